"""What all tests share: the data folder where it is present, and a network that is closed."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
LOOPBACK = {"127.0.0.1", "::1", "localhost", ""}


@pytest.fixture(scope="session")
def shared() -> Path:
    """The data folder beside the checkout; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the data folder ../shared/data is not beside this checkout")
    return SHARED


@pytest.fixture(autouse=True)
def closed_network(monkeypatch):
    """No test reaches beyond this machine: sockets connect to loopback or to local files alone."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def check(address):
        host = address[0] if isinstance(address, tuple) else ""
        if host not in LOOPBACK:
            raise OSError(f"a test tried to reach {host}: tests have no network")

    def guarded(self, address):
        check(address)
        return connect(self, address)

    def guarded_ex(self, address):
        check(address)
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory) -> Iterator[Path]:
    """The user's cache, data and configuration stay out of reach: tests have folders of their own."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(home))
        yield home


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Callable[[Callable[[Path], Path]], Path]:
    """From a function that builds a model to its folder: each is built once for all tests, which only read it."""
    made: dict[Callable[[Path], Path], Path] = {}

    def folder(build: Callable[[Path], Path]) -> Path:
        if build not in made:
            made[build] = build(tmp_path_factory.mktemp("tiny-model"))
        return made[build]

    return folder


@pytest.fixture(scope="session")
def tiny_marian(built) -> Path:
    """A complete Marian model that knows six sentences: real tokeniser, no download."""
    from tests.models import build_marian

    return built(build_marian)


@pytest.fixture(scope="session")
def tiny_compact(built) -> Path:
    """M2M100's shape with Marian's tokeniser."""
    from tests.models import build_compact

    return built(build_compact)


@pytest.fixture(scope="session")
def tiny_m2m100(built) -> Path:
    """M2M100 as published, with its own tokeniser and language tokens."""
    from tests.models import build_m2m100

    return built(build_m2m100)
