"""The control listener in process, and the REST door beside it."""

from tests.control.powers.fault_kit import faults  # noqa: F401
from tests.doors import (  # noqa: F401
    application,
    ask,
    client,
    clock,
    control,
    database_kind,
    door,
    make_csr,
    nobody,
    options,
    organisation,
    other,
    path,
    readiness,
    rsa_key,
    sandbox,
    token,
)
