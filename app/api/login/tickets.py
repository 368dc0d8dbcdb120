"""What a browser carries between password and second factor: whose password it was, sealed, for a few minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.requests import Request

from app.api.login.browser import Browser
from app.errors import Forbidden
from app.sandbox import Sandbox
from app.store.grants import Account

GOOD_FOR = timedelta(minutes=5)
TICKET = "second factor"


def ticket_for(request: Request, browser: Browser, account: Account) -> str:
    """A ticket for this account in this browser."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    made = str(int(sandbox.clock.now().timestamp()))
    return f"{account.user_id}.{made}.{sandbox.people.seals.seal(TICKET, browser.secret, account.user_id, made)}"


def read_ticket(request: Request, browser: Browser, ticket: str) -> str:
    """The id of the account. Raises Forbidden, `login.ticket`, for a ticket that is not of this browser, or too old."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    user_id, _, rest = ticket.partition(".")
    made, _, seal = rest.partition(".")
    if not sandbox.people.seals.is_sealed(seal, TICKET, browser.secret, user_id, made):
        raise Forbidden("sign in with your password first", code="login.ticket")
    age = sandbox.clock.now() - datetime.fromtimestamp(int(made), UTC)
    if not -GOOD_FOR < age < GOOD_FOR:
        raise Forbidden("the password was given too long ago; sign in again", code="login.ticket")
    return user_id
