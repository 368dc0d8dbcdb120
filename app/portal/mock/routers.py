"""Every page of the mock's own powers, for `app.ROUTERS`."""

from __future__ import annotations

from fastapi import APIRouter

from app.portal.mock import certificates, clock, evidence, faults, journal, propagation, sandboxes, scenarios, states

ROUTERS: tuple[APIRouter, ...] = (
    clock.router,
    faults.router,
    propagation.router,
    scenarios.router,
    certificates.router,
    sandboxes.router,
    states.router,
    journal.router,
    evidence.router,
)
