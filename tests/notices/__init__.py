"""Notices: their way out by mail, and the rounds of the server."""
