"""The REST door in process."""

from tests.api.csr_door import csr, server_csr  # noqa: F401
from tests.api.objects import applications, create, organisation_path, submit  # noqa: F401
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
