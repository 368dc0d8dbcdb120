"""Every page of the mock's own powers, for `app.ROUTERS`."""

from __future__ import annotations

from fastapi import APIRouter

from app.portal.mock import clock, faults, propagation

ROUTERS: tuple[APIRouter, ...] = (clock.router, faults.router, propagation.router)
