"""Webhooks (connect.md 18): who is told of changes, in which words, signed how, and how often it is tried.

A change and what is told of it are one transaction: `outbox.py` is called by the store at the end of each transaction
that has left an audit record. Nothing here speaks HTTP: `post.py` gives out parcels, and app/server/postman.py sends
them through app/runtime/outgoing.py.
"""
