"""People: administrators and domain users of an organisation, what has been agreed to, and who runs the directory."""
