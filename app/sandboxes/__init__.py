"""The sandboxes beside `default`: made, opened when they are asked for, dropped without trace (architecture 4)."""

from app.sandboxes.registry import Sandboxes

__all__ = ["Sandboxes"]
