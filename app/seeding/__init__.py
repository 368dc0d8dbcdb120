"""Seeds put into a directory: above the sandbox, since a seed needs every use case of it."""
