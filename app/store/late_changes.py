"""Changes that some view does not show yet. Where nothing is late there are no rows, and a look at none is cheap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from app.runtime.propagation import CHANNELS, NAME, Channel, Delays, Kind
from app.store.certificates import Certificates
from app.store.columns import Moment
from app.store.late_table import late_change
from app.store.power_rows import Powers
from app.store.records import Application, Certificate, Organisation
from app.store.schema import application, organisation
from app.store.statements import Row, Statement, Transaction, inserting

CERTIFICATE, APPLICATION, ORGANISATION = "certificate", "application", "organisation"


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody did to an object; `before` is how it was: the columns that changed, or `{"absent": true}`.

    `revocation` is the sequence that a revocation got.
    """

    kind: Kind
    object_kind: str
    object_id: str
    organisation_id: str
    at: datetime
    before: Mapping[str, Any] = field(default_factory=dict)
    revocation: int | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """A change that a view does not show before `visible_at`."""

    change: Change
    visible_at: datetime


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds where nobody has said anything, and the clock of changes that no use case dates; None = no clock."""

    delays: Delays = field(default_factory=Delays)
    clock: Callable[[], datetime] | None = None


_MOMENTS = tuple(late_change.c[channel] for channel in CHANNELS)
_CHANGE = tuple(
    late_change.c[name]
    for name in ("kind", "object_kind", "object_id", "organisation_id", "at", "before", "revocation")
)
_ADD = inserting(late_change)
_LAST = Statement(select(*(func.max(moment) for moment in _MOMENTS)))
_LAST_OF = Statement(
    select(*_MOMENTS).where(late_change.c.object_id == bindparam("key")).order_by(late_change.c.number.desc()).limit(1)
)
_ANY = Statement(select(late_change.c.number).limit(1))
_COUNT = Statement(select(func.count()).select_from(late_change))
_DROP_ALL = Statement(delete(late_change))
_PRUNE = Statement(
    delete(late_change).where(*(or_(moment.is_(None), moment <= bindparam("now", type_=Moment)) for moment in _MOMENTS))
)
_OWNER = Statement(
    select(organisation.c.status, application.c.status)
    .select_from(organisation.outerjoin(application, application.c.software_statement_id == bindparam("software")))
    .where(organisation.c.organisation_id == bindparam("owner"))
)


class LateChanges:
    def __init__(self, transaction: Transaction, usual: Usual) -> None:
        self._transaction, self._usual = transaction, usual
        self._is_empty: bool | None = None

    # writing

    def note(self, change: Change) -> None:
        """Remember a change for the views that show it later; call it in the transaction that makes the change."""
        delays = self._given()
        if delays is None:
            return
        visible = delays.visible_at(change.kind, change.at, self._last(change.kind))
        late = {channel: moment for channel, moment in visible.items() if moment > change.at}
        if not late:
            return
        self._is_empty = None
        self._transaction.change(_PRUNE, now=change.at)
        self._transaction.change(
            _ADD,
            kind=change.kind,
            object_kind=change.object_kind,
            object_id=change.object_id,
            organisation_id=change.organisation_id,
            at=change.at,
            before=dict(change.before),
            revocation=change.revocation,
            **{channel: late.get(channel) for channel in CHANNELS},
        )

    def shown(self, channel: Channel, now: datetime) -> None:
        """What the view shows by now it shows for ever, also where the clock goes back."""
        self._transaction.change(_shown(channel), now=now, moment=None)

    def settle(self, channel: Channel) -> None:
        """One view shows everything from now on."""
        self._transaction.change(_settling(channel), moment=None)

    def flush(self) -> int:
        """Every view shows everything from now on; how many changes were under way."""
        return self._transaction.change(_DROP_ALL)

    def _last(self, kind: Kind) -> dict[Channel, datetime]:
        """The last moments that were told, of the channels that a kind of change concerns at least.

        Of one channel they rise from change to change, so the newest has the last: nothing else need be looked at.
        """
        if kind == "listing":
            newest = self._transaction.row(_newest("participants"))
            return {} if newest is None else {"participants": newest[0]}
        row = self._transaction.row(_LAST)
        return {} if row is None else _present(row)

    # asking

    def delays(self) -> Delays:
        """Those that are set, or the usual ones."""
        return self._given() or Delays()

    def may_be_late(self) -> bool:
        """Whether a change of this moment may be shown late, if only since it overtakes no other one."""
        return self._usual.clock is not None and self._given() is not None

    def _given(self) -> Delays | None:
        """None where nobody has said anything, and no view is late as usual."""
        power = Powers(self._transaction).find(NAME)
        if power is not None:
            return Delays.of(power.value)
        return self._usual.delays if self._usual.delays.late else None

    def now(self) -> datetime:
        """By the clock of changes that no use case dates. Raises LookupError without one."""
        if self._usual.clock is None:
            raise LookupError("nobody has told this store of a clock")
        return self._usual.clock()

    def moments(self, channel: Channel) -> tuple[datetime, ...]:
        """When a view has shown or will show what is still remembered here."""
        return tuple(row[0] for row in self._transaction.rows(_moments(channel)))

    def listings(self, now: datetime) -> tuple[Late, ...]:
        """Changes that the list of participants does not show, oldest first."""
        return self._several(_of_kind("participants"), kind="listing", now=now)

    def count(self) -> int:
        row = self._transaction.row(_COUNT)
        return int(row[0]) if row else 0

    def visible_at(self, object_id: str) -> dict[Channel, datetime]:
        """By channel, of the last change of an object; those that it was never late for are left out."""
        row = self._transaction.row(_LAST_OF, key=object_id)
        return {} if row is None else _present(row)

    def first(self, channel: Channel, object_id: str, now: datetime) -> Late | None:
        """The oldest change of an object that the view does not show: it shows the object as it was before that."""
        if self._is_empty is None:
            self._is_empty = self._transaction.row(_ANY) is None
        if self._is_empty:
            return None
        return _late(self._transaction.row(_first(channel), key=object_id, now=now))

    def revocations(self, channel: Channel, now: datetime) -> tuple[Late, ...]:
        """Revocations that the view does not show, oldest first: their sequences are the last ones of the store."""
        return self._several(_revocations(channel), now=now)

    def of_organisation(self, channel: Channel, organisation_id: str, now: datetime) -> tuple[Late, ...]:
        """Everything of an organisation and its applications that the view does not show, oldest first."""
        return self._several(_of_organisation(channel), owner=organisation_id, now=now)

    # as a view shows it

    def certificate(self, channel: Channel, record: Certificate, now: datetime) -> Certificate | None:
        """A certificate as the view shows it; None where it is not there yet."""
        seen: Certificate | None = record
        if late := self.first(channel, record.certificate_id, now):
            seen = certificate_before(record, late.change)
        if seen is None or (owner := self._owner_active(channel, record, now)) is None:
            return seen
        return replace(seen, owner_active=owner)

    def _owner_active(self, channel: Channel, record: Certificate, now: datetime) -> bool | None:
        """None where nothing about the owner is late."""
        software = record.software_statement_id
        late = (
            self.first(channel, record.organisation_id, now),
            self.first(channel, software, now) if software else None,
        )
        if late == (None, None):
            return None
        row = self._transaction.row(_OWNER, owner=record.organisation_id, software=software or "")
        statuses = list(row or ("", None))
        for index, each in enumerate(late):
            if each is not None:
                statuses[index] = each.change.before["status"]
        return statuses[0] == "Active" and (software is None or statuses[1] == "Active")

    def stands(self, channel: Channel, certificate_id: str, now: datetime) -> bool:
        """`Certificates.stands`, as the view shows it."""
        certificates = Certificates(self._transaction)
        if self._is_empty or self._transaction.row(_ANY) is None:
            return certificates.stands(certificate_id, now)
        record = certificates.find_by_id(certificate_id)
        seen = None if record is None else self.certificate(channel, record, now)
        if seen is None or seen.is_expired(now) or not seen.owner_active:
            return False
        return seen.revoked_at is None or seen.revoked_at > now

    def holder(
        self, channel: Channel, found: tuple[Organisation, Application], now: datetime
    ) -> tuple[Organisation, Application]:
        """An application and its organisation, with the status that the view shows."""
        held, software = self.organisation(channel, found[0], now), found[1]
        if late := self.first(channel, software.software_statement_id, now):
            software = replace(software, status=late.change.before["status"])
        return held, software

    def organisation(self, channel: Channel, record: Organisation, now: datetime) -> Organisation:
        """With the status that the view shows."""
        late = self.first(channel, record.organisation_id, now)
        return record if late is None else replace(record, status=late.change.before["status"])

    def _several(self, statement: Statement, **values: Any) -> tuple[Late, ...]:
        found = (_late(row) for row in self._transaction.rows(statement, **values))
        return tuple(each for each in found if each is not None)


def certificate_before(record: Certificate, change: Change) -> Certificate | None:
    """How a certificate was before a change; None where it was not there."""
    before = change.before
    if "absent" in before:
        return None
    revoked_at = before.get("revoked_at")
    return replace(
        record,
        revoked_at=None if revoked_at is None else datetime.fromisoformat(revoked_at),
        revoke_reason=before.get("revoke_reason"),
    )


def revocation_of(record: Certificate, at: datetime, sequence: int) -> Change:
    """A revocation, a new reason or the end of a hold; `record` is how the certificate was before."""
    before: dict[str, Any] = {}
    if record.revoked_at is not None:
        before = {"revoked_at": record.revoked_at.isoformat(), "revoke_reason": record.revoke_reason}
    return Change("revocation", CERTIFICATE, record.certificate_id, record.organisation_id, at, before, sequence)


def issue_of(record: Certificate) -> Change:
    """A new certificate or key."""
    at = record.created_at
    return Change("issue", CERTIFICATE, record.certificate_id, record.organisation_id, at, {"absent": True})


def standing_of(record: Organisation | Application, at: datetime) -> Change:
    """Another status of an application or an organisation; `record` is how it was before."""
    kind, object_id = ORGANISATION, record.organisation_id
    if isinstance(record, Application):
        kind, object_id = APPLICATION, record.software_statement_id
    return Change("standing", kind, object_id, record.organisation_id, at, {"status": record.status})


def _present(row: Row) -> dict[Channel, datetime]:
    return {channel: moment for channel, moment in zip(CHANNELS, row, strict=True) if moment is not None}


def _late(row: Row | None) -> Late | None:
    return None if row is None else Late(Change(*row[:-1]), row[-1])


def _hidden(channel: Channel) -> Any:
    return late_change.c[channel] > bindparam("now", type_=Moment)


@cache
def _first(channel: Channel) -> Statement:
    query = select(*_CHANGE, late_change.c[channel])
    query = query.where(late_change.c.object_id == bindparam("key"), _hidden(channel))
    return Statement(query.order_by(late_change.c.number).limit(1))


@cache
def _revocations(channel: Channel) -> Statement:
    query = select(*_CHANGE, late_change.c[channel])
    query = query.where(late_change.c.revocation.is_not(None), _hidden(channel))
    return Statement(query.order_by(late_change.c.number))


@cache
def _of_organisation(channel: Channel) -> Statement:
    query = select(*_CHANGE, late_change.c[channel])
    query = query.where(and_(late_change.c.organisation_id == bindparam("owner"), _hidden(channel)))
    return Statement(query.order_by(late_change.c.number))


@cache
def _of_kind(channel: Channel) -> Statement:
    query = select(*_CHANGE, late_change.c[channel])
    query = query.where(and_(late_change.c.kind == bindparam("kind"), _hidden(channel)))
    return Statement(query.order_by(late_change.c.number))


@cache
def _newest(channel: Channel) -> Statement:
    moment = late_change.c[channel]
    return Statement(select(moment).where(moment.is_not(None)).order_by(late_change.c.number.desc()).limit(1))


@cache
def _moments(channel: Channel) -> Statement:
    moment = late_change.c[channel]
    return Statement(select(moment).where(moment.is_not(None)).distinct())


@cache
def _settling(channel: Channel) -> Statement:
    moment = late_change.c[channel]
    return Statement(update(late_change).where(moment.is_not(None)).values({moment: bindparam("moment", type_=Moment)}))


@cache
def _shown(channel: Channel) -> Statement:
    moment = late_change.c[channel]
    clause = update(late_change).where(moment <= bindparam("now", type_=Moment))
    return Statement(clause.values({moment: bindparam("moment", type_=Moment)}))
