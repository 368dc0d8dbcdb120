"""Bodies in JSON, by the strict reader that signed JSON is read by too."""

from app.runtime.strict_json import MAX_DEPTH, kind_of, read_json, read_object

__all__ = ["MAX_DEPTH", "kind_of", "read_json", "read_object"]
