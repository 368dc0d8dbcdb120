"""The logo of applications that were given none: the API asks for a logo, the wizard does not (connect.md 20)."""

from __future__ import annotations

import base64

_DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" rx="8" fill="#0b57a4"/>'
    b'<path d="M24 12v24M12 24h24" stroke="#fff" stroke-width="4"/></svg>'
)
PLACEHOLDER = f"data:image/svg+xml;base64,{base64.b64encode(_DRAWING).decode()}"
