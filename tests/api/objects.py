"""Fixtures that make applications and certificates through the door; conftest.py names them."""

import pytest

from tests.doors import APPLICATION

PEM = {"content-type": "application/x-pem-file"}


@pytest.fixture
def applications(organisation):
    """The path of the applications of `organisation`."""
    return f"/organisations/{organisation}/softwarestatements"


@pytest.fixture
def create(ask, applications):
    """Post an application; members may be changed."""

    def make(**changed):
        return ask("POST", applications, json=APPLICATION | changed)

    return make


@pytest.fixture
def organisation_path(application):
    return f"/organisations/{application[0]}"


@pytest.fixture
def submit(ask, path):
    """Post PEM for a type of the application."""

    def post(type_, body, **headers):
        return ask(
            "POST",
            f"{path}/certificates/{type_}",
            content=body,
            headers={"content-type": "application/x-pem-file"} | headers,
        )

    return post
