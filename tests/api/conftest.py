"""The REST door in process."""

from tests.doors import (  # noqa: F401
    application,
    ask,
    client,
    clock,
    control,
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
