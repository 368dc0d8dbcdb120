"""What the mock's own powers are asked for: read and refused alike, be it a body of JSON or a form of the portal."""
