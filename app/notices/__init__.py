"""Notices before certificates expire: what falls due when, to whom, in which words, and by mail (connect.md 19).

Nothing is scheduled. What is due follows from the certificates and the sandbox's clock, and is put into the outbox by
whoever looks (`book.py`); an application's server looks every few seconds (app/server/rounds.py).
"""
