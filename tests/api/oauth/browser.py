"""A browser without JavaScript: it keeps cookies, follows no redirect by itself, and sends forms as they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """What is on a page: its forms, its words and its links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words, self.links, self.tags = "", [], []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag == "input" and self.forms:
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "button" and "name" in given:
            self.forms[-1].buttons.append((given["name"], given.get("value", "")))
        elif tag == "a":
            self.links.append(given.get("href", ""))

    def handle_data(self, data: str) -> None:
        self.words += data

    def form(self, action: str) -> Form:
        return next(form for form in self.forms if form.action == action)


class Browser:
    """Cookies are kept by name; Secure ones are sent over https alone."""

    def __init__(self, app: Any, base: str = "http://localhost:8080") -> None:
        self.app, self.base, self.cookies = app, base, {}
        self.sent_cookies: list[str] = []
        self.response: Any = None

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> Any:
        async def go() -> Any:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=self.base) as client:
                cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
                given = ({"cookie": cookie} if cookie else {}) | (headers or {})
                return await client.request(method, path, headers=given, **options)

        self.response = anyio.run(go)
        for line in self.response.headers.get_list("set-cookie"):
            self.sent_cookies.append(line)
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return self.response

    def open(self, path: str, **options: Any) -> Any:
        return self.ask("GET", path, **options)

    @property
    def page(self) -> Page:
        return Page(self.response.text)

    def send(self, action: str, *, headers: dict[str, str] | None = None, **filled: str) -> Any:
        """Send the form with this action, with these fields filled in; as a browser says where it comes from."""
        form = self.page.form(action)
        own = {"origin": self.base, "sec-fetch-site": "same-origin"} if headers is None else headers
        return self.ask("POST", action, data=form.fields | filled, headers=own)

    def follow(self) -> Any:
        """Go where a redirect to this server leads."""
        assert self.response.status_code == 303, (self.response.status_code, self.response.text)
        location = self.response.headers["location"]
        assert location.startswith("/"), location
        return self.open(location)

    def sign_in(self, email: str, password: str = "connect-mock", code: str | None = None) -> Any:
        """From the sign-in page on, to where it leads."""
        self.send("/sign_in", email=email, password=password)
        if code is not None:
            assert self.response.status_code == 200
            self.send("/sign_in/second_factor", code=code)
        return self.follow()

    @property
    def location(self) -> str:
        assert self.response.status_code == 303, (self.response.status_code, self.response.text)
        return str(self.response.headers["location"])

    @property
    def goes_abroad(self) -> bool:
        return bool(urlsplit(self.location).netloc)
