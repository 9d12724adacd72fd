"""The guard: who comes in, from where, and what never leaves."""

import asyncio

import pytest

from workbench.errors import ConfigError
from workbench.views.access import LOCAL, Guard, add_user, hashed, is_loopback, read_users


async def inner(scope, _receive, send):
    body = str(scope.get("state", {}).get("person")).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def ask(guard, path="/", *, method="GET", body=b"", query=b"", **headers):
    """Status, headers and text of an answer."""
    sent = []
    given = {"host": "localhost:7860", "accept": "text/html"} | headers
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
    }

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, sent[1]["body"].decode()


def guarded(users=None, **options):
    return Guard(
        inner, users=users, sign_in=lambda language, failed: f"<!-- {language} {failed} -->", **options
    )


USERS = {"amal": hashed("a good password")}


def signed_in(guard, password="a good password"):
    return ask(guard, "/sign-in", method="POST", body=f"person=amal&password={password}".encode())


def test_this_machine_comes_in_without_a_name():
    assert ask(guarded())[::2] == (200, LOCAL)


def test_nothing_may_be_loaded_from_or_sent_to_elsewhere():
    policy = ask(guarded())[1]["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http:" not in policy
    assert "https:" not in policy


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", ""])
def test_a_name_that_was_made_to_point_here_is_refused(host):
    assert ask(guarded(), host=host)[0] == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:7860", "[::1]:7860"])
def test_names_of_this_machine_are_served(host):
    assert ask(guarded(), host=host)[0] == 200


def test_other_pages_cannot_send_here():
    assert ask(guarded(), method="POST", origin="https://evil.example")[0] == 403
    assert ask(guarded(), method="POST", origin="http://localhost:7860")[0] == 200


def test_strangers_are_sent_to_sign_in_and_asked_again():
    guard = guarded(USERS)
    status, headers, _ = ask(guard, "/ar/")
    assert (status, headers["location"]) == (303, "/sign-in?lang=ar")
    assert ask(guard, "/en/gradio_api/component_server", method="POST", accept="*/*")[0] == 401
    assert ask(guard, "/sign-in")[0] == 200
    assert signed_in(guard, "a wrong password")[0] == 401
    assert ask(guard, "/sign-in", method="POST", body=b"person=nobody&password=x")[0] == 401


def test_a_person_who_signed_in_is_known_by_name():
    guard = guarded(USERS)
    status, headers, _ = signed_in(guard)
    assert status == 303
    assert "HttpOnly" in headers["set-cookie"]
    cookie = headers["set-cookie"].partition(";")[0]
    assert ask(guard, cookie=cookie)[::2] == (200, "amal")
    forged = cookie[:-1] + ("0" if cookie[-1] != "0" else "1")
    assert ask(guard, cookie=forged)[0] == 303
    assert ask(guarded(USERS), cookie=cookie)[0] == 303, "another process has another secret"


def test_a_session_ends():
    now = [1_000_000.0]
    guard = guarded(USERS, clock=lambda: now[0])
    cookie = signed_in(guard)[1]["set-cookie"].partition(";")[0]
    now[0] += 15 * 86400
    assert ask(guard, cookie=cookie)[0] == 303


def test_guessing_is_slowed():
    guard = guarded(USERS)
    for _ in range(21):
        signed_in(guard, "wrong password")
    assert signed_in(guard)[0] == 401


def test_the_users_file_holds_hashes_alone(tmp_path):
    path = tmp_path / "users"
    add_user(path, "amal", "a good password")
    add_user(path, "basil", "another password")
    add_user(path, "amal", "a third password")
    assert list(read_users(path)) == ["amal", "basil"]
    assert "password" not in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o077 == 0
    for name, password in (
        ("a b", "long enough"),
        ("amal", "short"),
        ("local", "long enough"),
        ("x:y", "long enough"),
    ):
        with pytest.raises(ConfigError):
            add_user(path, name, password)
    path.write_text("amal:plain\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1"):
        read_users(path)
    with pytest.raises(ConfigError):
        read_users(tmp_path / "absent")


def test_only_this_machines_own_addresses_are_loopback():
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "::1", "127.8.8.8")))
    assert not any(map(is_loopback, ("0.0.0.0", "192.168.1.2", "example.org", "::")))
