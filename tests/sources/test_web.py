"""Fetching stays within its limits and outside the private network, against real servers on this machine."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from workbench.errors import SourceError
from workbench.ingest import ReadOptions, read, read_all
from workbench.records import Article, Rejection
from workbench.sources.web import fetch, is_public

ALLOWED = ReadOptions(allow_private=True, max_seconds=5)
PAGE = (
    "<!DOCTYPE html><html lang='en'><head><title>Ferry strike ends</title></head>"
    "<body><article><h1>Ferry strike ends</h1>"
    "<p>The island ferries sailed again on Sunday after crews and owners agreed on shorter winter shifts.</p>"
    "<p>The first boat left Saltmarsh at dawn with two hundred passengers, the harbour master said.</p></article>"
    "</body></html>"
)


class Server:
    """A server that answers each path with what it was told, byte for byte."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.stopped = threading.Event()
        self._threads = []
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def _listen(self):
        self._socket.settimeout(0.05)
        while not self.stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._answer, args=(connection,))
            thread.start()
            self._threads.append(thread)

    def _answer(self, connection):
        with connection:
            connection.settimeout(5)
            try:
                request = connection.recv(65536).decode("latin-1")
                self.asked.append(request)
                for part in self.answers.get(
                    request.split(" ")[1], lambda: [reply("gone", status="404 Not Found")]
                )():
                    connection.sendall(part)
            except OSError:
                return

    def close(self):
        self.stopped.set()
        self._listener.join()
        for thread in self._threads:
            thread.join()
        self._socket.close()


def reply(body: str | bytes = b"", *, status="200 OK", headers=()) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


@pytest.fixture
def server():
    running = Server()
    yield running
    running.close()


@contextmanager
def refused(match: str):
    with pytest.raises(SourceError, match=match) as caught:
        yield caught
    assert caught.value.cure


def test_a_page_is_read(server):
    server.answers["/news/%D8%AE%D8%A8%D8%B1?id=3"] = lambda: [
        reply(PAGE, headers=["Content-Type: text/html; charset=utf-8"])
    ]
    (article,) = read(server.url("/news/خبر?id=3"), ALLOWED)
    assert (article.title, article.source) == ("Ferry strike ends", "html")
    assert article.url.endswith("/news/%D8%AE%D8%A8%D8%B1?id=3") or article.url.endswith("/news/خبر?id=3")
    assert (
        f"Host: 127.0.0.1:{server.port}" in server.asked[0]
        or f"host: 127.0.0.1:{server.port}" in server.asked[0]
    )


def test_the_declared_encoding_is_used(server):
    page = PAGE.replace("Ferry strike ends", "انتهاء إضراب العبارات بعد ليلة من المحادثات")
    server.answers["/"] = lambda: [
        reply(page.encode("windows-1256"), headers=["Content-Type: text/html; charset=windows-1256"])
    ]
    (article,) = read(server.url(), ALLOWED)
    assert article.title == "انتهاء إضراب العبارات بعد ليلة من المحادثات"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"]
)
def test_this_machine_is_refused_however_it_is_written(server, host):
    with refused("private network|no host"):
        fetch(server.url(host=host), ReadOptions())
    assert server.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_private_addresses(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"]
)
def test_public_addresses(address):
    assert is_public(address)


def resolving(monkeypatch, table):
    """Names resolve as `table` says, each time to the next of their addresses."""
    real = socket.getaddrinfo

    def fake(host, port, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        if name not in table:
            return real(host, port, *args, **kwargs)
        answers = table[name]
        address = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", fake)


def test_a_name_that_resolves_inwards_is_refused(server, monkeypatch):
    resolving(monkeypatch, {"news.example": ["127.0.0.1"]})
    with refused("private network"):
        fetch(server.url(host="news.example"), ReadOptions())
    assert server.asked == []


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(server, monkeypatch):
    # Public when it is checked, loopback when somebody asks again: the connection must go to the checked address.
    tried = []
    resolving(monkeypatch, {"news.example": ["93.184.216.34", "127.0.0.1"]})
    connect = socket.socket.connect

    def watched(self, address):
        tried.append(address[0])
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    with refused("cannot be fetched|did not answer"):
        fetch(server.url(host="news.example"), ReadOptions(max_seconds=2))
    assert server.asked == []
    assert set(tried) == {"93.184.216.34"}


def test_a_redirect_inwards_is_refused(server, monkeypatch):
    # The first host stands in for a public one; the redirect leads to a name that was never allowed.
    resolving(monkeypatch, {"inside.example": ["10.0.0.7"]})
    server.answers["/"] = lambda: [
        reply(status="302 Found", headers=["Location: http://inside.example/admin"])
    ]
    monkeypatch.setattr("workbench.sources.web.is_public", lambda address: address == "127.0.0.1")
    with refused("inside.example.*private network"):
        fetch(server.url(), ReadOptions(max_seconds=5))


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://post.example/x", "http://[", "gopher://x"])
def test_a_redirect_out_of_the_web_is_refused(server, location):
    server.answers["/"] = lambda: [reply(status="301 Moved", headers=[f"Location: {location}"])]
    with refused("is no web address"):
        fetch(server.url(), ALLOWED)


def test_redirects_are_followed_to_the_end(server):
    server.answers["/"] = lambda: [reply(status="301 Moved", headers=["Location: next"])]
    server.answers["/next"] = lambda: [reply(status="307 Temporary", headers=["Location: /last"])]
    server.answers["/last"] = lambda: [reply(PAGE)]
    (article,) = read(server.url(), ALLOWED)
    assert article.url == server.url("/last")


def test_a_redirect_loop_ends(server):
    server.answers["/"] = lambda: [reply(status="302 Found", headers=["Location: /"])]
    with refused("redirects more than 5 times"):
        fetch(server.url(), ALLOWED)
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    ("status", "message", "cure"),
    [
        ("404 Not Found", "404 Not Found", "Check the address"),
        ("403 Forbidden", "403 Forbidden", "save the page"),
        ("429 Too Many Requests", "429", "wait"),
        ("500 Internal Server Error", "500", "later"),
        ("204 No Content", "204", "later"),
    ],
)
def test_an_answer_without_a_page(server, status, message, cure):
    server.answers["/"] = lambda: [reply("", status=status)]
    with refused(message) as caught:
        fetch(server.url(), ALLOWED)
    assert cure in caught.value.cure


def test_a_dead_address(server):
    server.close()
    with refused("cannot be fetched"):
        fetch(server.url(), ALLOWED)


def test_a_host_that_does_not_exist(monkeypatch):
    def nowhere(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with refused("there is no host"):
        fetch("http://nowhere.example/", ReadOptions())


@pytest.mark.parametrize(
    "url",
    ["http://", "http:///path", "http://[", "https://exa mple/", "http://\u0000/", "ftp://post.example/"],
)
def test_what_is_no_address(url):
    with refused("is no web address|there is no host"):
        fetch(url, ReadOptions())


def _within(seconds: float, action) -> None:
    """Run `action` and see that the limit on time cut it, with ample room for a busy machine."""
    begun = time.monotonic()
    with refused("did not answer in full within"):
        action()
    assert time.monotonic() - begun < seconds


def test_a_server_that_never_answers(server):
    server.answers["/"] = lambda: server.stopped.wait(20) and []
    try:
        _within(15, lambda: fetch(server.url(), ReadOptions(allow_private=True, max_seconds=0.5)))
    finally:
        server.stopped.set()


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n"]
)
def test_a_server_that_drips(server, start):
    # Each byte comes well within any limit on a single read: only the limit on the whole helps.
    def drip():
        yield start
        while not server.stopped.wait(0.05):
            yield b"x"

    server.answers["/"] = drip
    _within(15, lambda: fetch(server.url(), ReadOptions(allow_private=True, max_seconds=0.5)))


def test_an_endless_page(server):
    def endless():
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while not server.stopped.is_set():
            yield b"<p>more</p>" * 1000

    server.answers["/"] = endless
    with refused("sends more than 0.5 MB"):
        fetch(server.url(), ReadOptions(allow_private=True, max_bytes=500_000, max_seconds=30))


def test_a_page_compressed_against_our_wish_is_held_to_its_real_size(server):
    import gzip

    bomb = gzip.compress(b"a" * 3_000_000)
    assert len(bomb) < 10_000
    server.answers["/"] = lambda: [reply(bomb, headers=["Content-Encoding: gzip"])]
    with refused("sends more than 1 MB"):
        fetch(server.url(), ReadOptions(allow_private=True, max_bytes=1_000_000, max_seconds=30))


@pytest.mark.parametrize("answer", [b"nonsense", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut"])
def test_a_broken_answer(server, answer):
    server.answers["/"] = lambda: [answer]
    with refused("cannot be fetched"):
        fetch(server.url(), ALLOWED)


def test_fetching_works_inside_an_event_loop(server):
    import asyncio

    server.answers["/"] = lambda: [reply(PAGE)]

    async def notebook():
        return fetch(server.url(), ALLOWED)

    assert asyncio.run(notebook()).data == PAGE.encode()


def test_a_dead_address_among_several_sources_is_one_rejection(server):
    server.answers["/good"] = lambda: [reply(PAGE)]
    records = list(read_all([server.url("/missing"), server.url("/good")], ALLOWED))
    assert [type(record) for record in records] == [Rejection, Article]


def test_a_feed_is_followed_where_it_is_asked_for(server):
    feed = (
        f"<rss><channel><item><title>Ferry</title><link>{server.url('/page')}</link><description>The ferries sailed."
        f"</description></item><item><title>Gone</title><link>{server.url('/gone')}</link>"
        "<description>Nobody knows where it went.</description></item></channel></rss>"
    )
    server.answers["/feed"] = lambda: [reply(feed, headers=["Content-Type: application/rss+xml"])]
    server.answers["/page"] = lambda: [reply(PAGE)]
    short = list(read(server.url("/feed"), ALLOWED))
    assert [record.source for record in short] == ["feed", "feed"]
    full, gone = read(server.url("/feed"), ReadOptions(allow_private=True, follow=True, max_seconds=5))
    assert full.source == "html"
    assert len(full.text) > len(short[0].text)
    assert isinstance(gone, Rejection)
    assert "404" in gone.reason
