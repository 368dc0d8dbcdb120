"""What receivers of webhooks ask, in the manner of SNS: confirm, unsubscribe, the certificate (connect.md 18).

Who visits needs no token of ours: the one in the address was sent to the receiver alone.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import DirectoryError, Invalid, NotFound
from app.sandbox import Sandbox
from app.store.webhook_records import Subscription
from app.web.calls import call
from app.web.publications import PEM, publish
from app.web.queries import Query, read_query, text
from app.webhooks.canonical import CONFIRM, UNSUBSCRIBE

XMLNS = "http://sns.amazonaws.com/doc/2010-03-31/"
PREFIX, SUFFIX = "SimpleNotificationService-", ".pem"
WEEK = 604_800
router = APIRouter()


@router.api_route("/sns", methods=["GET", "HEAD", "POST"], include_in_schema=False)
@router.api_route("/sns/", methods=["GET", "HEAD", "POST"], include_in_schema=False)
async def action(request: Request) -> Response:
    """`Action` is ConfirmSubscription, with the token, or Unsubscribe, with the ARN of the subscription.

    The address that was sent is visited; AWS's own libraries send the same as a form. Who only looks whether the
    address is there (HEAD) confirms nothing.
    """
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    try:
        query = await _asked(request)
        action = text(query, "Action")
        if action not in (CONFIRM, UNSUBSCRIBE):
            raise Invalid(f"Action must be {CONFIRM} or {UNSUBSCRIBE}", code="webhook.action")
        if request.method == "HEAD":
            return Response(status_code=200)
        found = await (_confirm(sandbox, query) if action == CONFIRM else _unsubscribe(sandbox, query))
    except DirectoryError as refusal:
        return _refused(request, refusal)
    return _xml(_answer(action, sandbox, found, request), 200)


async def _asked(request: Request) -> Query:
    if request.method != "POST":
        return read_query(request.scope)
    return read_query({"query_string": (await request.body()).strip()})


async def _confirm(sandbox: Sandbox, query: Query) -> Subscription:
    if text(query, "TopicArn") not in ("", sandbox.webhooks.topic.arn):
        raise NotFound("the topic of this directory has another ARN", code="webhook.not_there")
    return await call(sandbox, sandbox.webhooks.confirm_token, text(query, "Token"))


async def _unsubscribe(sandbox: Sandbox, query: Query) -> Subscription:
    return await call(sandbox, sandbox.webhooks.deactivate, text(query, "SubscriptionArn").rpartition(":")[2])


@router.api_route("/sns/{name}", methods=["GET", "HEAD"], include_in_schema=False)
async def certificate(request: Request) -> Response:
    """The certificate that SigningCertURL names. Raises NotFound."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    signer = await call(sandbox, sandbox.webhooks.signing.find)
    if signer is None or request.path_params["name"] != f"{PREFIX}{signer.name}{SUFFIX}":
        raise NotFound("no webhook was signed by a certificate of this name", code="path.unknown")
    return publish(request, signer.certificate_pem.encode(), PEM, max_age=WEEK)


def _answer(asked: str, sandbox: Sandbox, found: Subscription, request: Request) -> str:
    arn = escape(sandbox.webhooks.topic.subscription_arn(found.subscription_id))
    result = f"<{CONFIRM}Result><SubscriptionArn>{arn}</SubscriptionArn></{CONFIRM}Result>"
    return (
        f'<{asked}Response xmlns="{XMLNS}">{result if asked == CONFIRM else ""}'
        f"<ResponseMetadata><RequestId>{escape(_id(request))}</RequestId></ResponseMetadata></{asked}Response>"
    )


def _refused(request: Request, refusal: DirectoryError) -> Response:
    """As SNS refuses, with the whole reason in the journal."""
    request.scope["state"].update(code=refusal.code, reason=refusal.reason)
    kind, status = ("NotFound", 404) if isinstance(refusal, NotFound) else ("InvalidParameter", 400)
    text_ = (
        f'<ErrorResponse xmlns="{XMLNS}"><Error><Type>Sender</Type><Code>{kind}</Code>'
        f"<Message>{escape(refusal.reason)}</Message></Error><RequestId>{escape(_id(request))}</RequestId></ErrorResponse>"
    )
    return _xml(text_, status)


def _xml(content: str, status: int) -> Response:
    return Response(content, status, media_type="text/xml", headers={"cache-control": "no-store"})


def _id(request: Request) -> str:
    return str(request.scope["state"].get("interaction_id", ""))
