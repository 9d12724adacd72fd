"""Who may come in: loopback alone by default, a file of users with hashed passwords for a network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import ConfigError, OutputError

LOCAL = "local"
"""The only person where nobody signs in."""

_COST = {"n": 1 << 14, "r": 8, "p": 1}
_NAME = re.compile(r"[\w.@-]{1,60}")
_DAYS = 14
_COOKIE = "workbench_session"
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

Scope = Mapping[str, Any]


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def hashed(password: str) -> str:
    """A password as the users' file keeps it: scrypt with a salt of its own."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, **_COST)


def add_user(path: Path, name: str, password: str) -> None:
    """Write a user into the file, in the place of an older entry.

    Raises:
        ConfigError: The name or the password will not do, or the file is broken.
        OutputError: The file cannot be written.
    """
    if not _NAME.fullmatch(name) or name == LOCAL:
        raise ConfigError(f"{name!r} is no name for a user.", cure="Use letters, digits and . @ - _ alone.")
    if len(password) < 8:
        raise ConfigError("The password is too short.", cure="Take 8 characters or more.")
    users = dict(read_users(path)) if path.exists() else {}
    users[name] = hashed(password)
    try:
        path.touch(mode=0o600)
        path.write_text("".join(f"{who}:{entry}\n" for who, entry in users.items()), encoding="utf-8")
    except OSError as fault:
        raise OutputError(
            f"{path} cannot be written: {fault.strerror}.", cure="Choose another file."
        ) from fault


def read_users(path: Path) -> Mapping[str, str]:
    """Names and hashes.

    Raises:
        ConfigError: The file cannot be read, or a line is no entry.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(
            f"The users' file {path} cannot be read.", cure="Add a user: --users FILE --add-user NAME."
        ) from fault
    users = {}
    for number, line in enumerate(lines, start=1):
        name, _, entry = line.partition(":")
        if line.strip():
            if not re.fullmatch(r"scrypt\$[0-9a-f]{32}\$[0-9a-f]{128}", entry):
                raise ConfigError(
                    f"{path}, line {number}, is no user.", cure="Write it with --add-user, not by hand."
                )
            users[name] = entry
    return users


class Guard:
    """Stands before the whole application: checks where requests come from and who sends them.

    Args:
        app: What it guards.
        users: Names and hashes; None lets everybody in as `LOCAL`.
        sign_in: Makes the page of signing in, from a language and whether an attempt failed.
        hosts: Names under which the server may be called; None allows any. A page elsewhere that has its name
            resolve to this machine is thereby refused.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        app: Callable[..., Awaitable[None]],
        *,
        users: Mapping[str, str] | None,
        sign_in: Callable[[str, bool], str],
        hosts: tuple[str, ...] | None = _LOOPBACK_NAMES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app, self._users, self._sign_in = app, users, sign_in
        self._hosts, self._clock = hosts, clock
        self._secret = secrets.token_bytes(32)
        self._failures: list[float] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let a request through, with the person's name in its state, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refused = self._refused(scope)
        if refused:
            await _answer(send, 403, refused)
            return
        person = self.person(scope)
        path = scope["path"]
        if path == "/sign-in" and self._users is not None:
            await self._signing_in(scope, receive, send)
        elif path == "/sign-out":
            await _answer(send, 303, "", {"location": "/", "set-cookie": f"{_COOKIE}=; Max-Age=0; Path=/"})
        elif person is None and not path.startswith(("/assets/", "/favicon.ico")):
            await self._turned_away(scope, send)
        else:
            scope.setdefault("state", {})["person"] = person
            await self._app(scope, receive, _with_headers(send))

    def person(self, scope: Scope) -> str | None:
        """Who sends a request, or None."""
        if self._users is None:
            return LOCAL
        for part in _header(scope, b"cookie").split(";"):
            name, _, value = part.strip().partition("=")
            if name == _COOKIE:
                return self._verified(value)
        return None

    def _verified(self, value: str) -> str | None:
        try:
            body, _, signature = value.partition(".")
            name, _, until = base64.urlsafe_b64decode(body).decode().rpartition("|")
        except ValueError:
            return None
        good = hmac.compare_digest(signature, self._signature(body)) and float(until) > self._clock()
        return name if good and name in (self._users or {}) else None

    def _signature(self, body: str) -> str:
        return hmac.new(self._secret, body.encode(), hashlib.sha256).hexdigest()

    def _refused(self, scope: Scope) -> str | None:
        host = _header(scope, b"host").rsplit("]", 1)[0].lstrip("[")
        name = host if ":" in host and host.count(":") > 1 else host.partition(":")[0]
        if self._hosts is not None and name not in self._hosts:
            return "This address is not served here."
        origin = _header(scope, b"origin")
        foreign = origin not in ("", "null") and origin.partition("://")[2] != _header(scope, b"host")
        if foreign and scope["method"] not in ("GET", "HEAD"):
            return "Requests from other pages are refused."
        return None

    async def _signing_in(self, scope: Any, receive: Any, send: Any) -> None:
        language = "ar" if b"lang=ar" in scope.get("query_string", b"") else "en"
        if scope["method"] != "POST":
            await _answer(send, 200, self._sign_in(language, False))
            return
        form = await _form(receive)
        name, entry = form.get("person", ""), (self._users or {}).get(form.get("person", ""))
        if self._too_many() or not _matches(form.get("password", ""), entry):
            self._failures.append(self._clock())
            await _answer(send, 401, self._sign_in(language, True))
            return
        body = base64.urlsafe_b64encode(f"{name}|{self._clock() + _DAYS * 86400:.0f}".encode()).decode()
        cookie = f"{_COOKIE}={body}.{self._signature(body)}; HttpOnly; SameSite=Strict; Path=/; Max-Age={_DAYS * 86400}"
        await _answer(send, 303, "", {"location": f"/{language}/", "set-cookie": cookie})

    def _too_many(self) -> bool:
        """Whether more than twenty attempts failed within a minute: guessing is made slow for everybody."""
        self._failures = [at for at in self._failures if at > self._clock() - 60]
        return len(self._failures) > 20

    async def _turned_away(self, scope: Scope, send: Any) -> None:
        if scope["method"] == "GET" and "text/html" in _header(scope, b"accept"):
            language = "?lang=ar" if scope["path"].startswith("/ar") else ""
            await _answer(send, 303, "", {"location": f"/sign-in{language}"})
        else:
            await _answer(send, 401, "Sign in first.")


def _matches(password: str, entry: str | None) -> bool:
    """Whether a password is the one; an unknown name takes as long to refuse as a wrong password."""
    _, salt, key = (entry or f"scrypt${'0' * 32}${'0' * 128}").split("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)).hex(), key) and entry is not None


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def _form(receive: Any) -> dict[str, str]:
    from urllib.parse import parse_qsl

    body, more = b"", True
    while more and len(body) < 10_000:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return dict(parse_qsl(body.decode("utf-8", "replace")))


_HEADERS = {
    # Gradio's own page needs inline scripts and eval; what matters here is that nothing reaches another server.
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}


def _with_headers(send: Any) -> Any:
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            known = {key for key, _ in message["headers"]}
            extra = [
                (name.encode(), value.encode())
                for name, value in _HEADERS.items()
                if name.encode() not in known
            ]
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return sending


async def _answer(send: Any, status: int, body: str, headers: Mapping[str, str] | None = None) -> None:
    kind = "text/html; charset=utf-8" if body.startswith("<!") else "text/plain; charset=utf-8"
    told = {"content-type": kind, "cache-control": "no-store"} | _HEADERS | dict(headers or {})
    head = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body.encode()})
