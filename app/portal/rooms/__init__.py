"""Rooms: the pages of plain objects (contacts, claims, servers, reference data), made of declarations.

The portal's counterpart of app/api/resources: what the API has as one engine over app/wire/contents.py is here one set
of pages over the same entries - list, details, add, change, remove. A `Room` (declared.py) says what an entry does not:
which members a list shows, which a form asks for and in which groups, where choices come from, and which rooms are
below. All rooms stand in contents.py; their texts are `rooms.<name>.*` in texts/en/rooms.toml.

What has behaviour of its own has a module beside: endpoints (several at once), the history of roles.
"""
