"""Every page of the mock's own powers, for `app.ROUTERS`."""

from __future__ import annotations

from fastapi import APIRouter

from app.portal.mock import certificates, clock, faults, propagation, scenarios

ROUTERS: tuple[APIRouter, ...] = (
    clock.router,
    faults.router,
    propagation.router,
    scenarios.router,
    certificates.router,
)
