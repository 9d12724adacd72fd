"""Stores to test on: SQLite always, PostgreSQL where Debian's is installed."""

import os
import pwd
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workbench.review import Campaign, Item, create_campaign, open_store


def _binaries():
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    """A PostgreSQL of the test run's own, reached through a socket in its folder; root cannot run one."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'psycopg[binary]'")
    # The path of a socket has at most 107 characters.
    folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/pg.XXXXXX"], text=True).strip())
    user = {}
    if os.getuid() == 0:
        try:
            account = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": "postgres"}
    data = folder / "data"
    quiet = {"capture_output": True, "cwd": folder, "timeout": 120} | user
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        **quiet,
    )
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    control = [binaries / "pg_ctl", "-D", data, "-w"]
    subprocess.run(
        [*control, "-l", folder / "log", "-o", options, "start"],
        check=True,
        **(quiet | {"capture_output": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}),
    )
    yield f"postgresql://tester@/postgres?host={folder}"
    subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)
    shutil.rmtree(folder, ignore_errors=True)


class Clock:
    """Time that tests move."""

    def __init__(self):
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self):
        self.moment += timedelta(seconds=1)
        return self.moment


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_store(request, tmp_path, clock):
    """Opens new, empty stores."""
    opened = []

    def make():
        number = len(opened)
        if request.param == "sqlite":
            url = str(tmp_path / f"store-{number}.sqlite")
        else:
            url = _database(request.getfixturevalue("postgres_server"), f"t{abs(hash(tmp_path))}_{number}")
        store = open_store(url, clock=clock)
        store.url = url
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


def _database(server, name):
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def store(new_store):
    return new_store()


def material(count=4, systems=("alpha", "beta", "gamma")):
    return [
        Item(
            key=f"s{number}",
            source=f"مصدر {number}",
            reference=f"reference {number} says it well enough",
            domain="sport" if number % 2 else "politics",
            outputs={
                name: f"text {number} by system number {place} {'good ' * place}".strip()
                for place, name in enumerate(systems)
            },
        )
        for number in range(count)
    ]


@pytest.fixture
def campaign(store):
    """Makes campaigns; without attention checks unless asked for."""

    def make(*, items=None, **fields):
        facts = {"name": "news", "source": "ar", "target": "en", "attention": 0} | fields
        return create_campaign(store, Campaign(**facts), items or material())

    return make
