"""`workbench review`: what it refuses before it serves, users, and stores that travel."""

import socket

import pytest
from typer.testing import CliRunner

from tests.review.conftest import material
from workbench.cli import app
from workbench.errors import ConfigError, InputError
from workbench.review import Campaign, campaigns, create_campaign, open_store
from workbench.views.access import read_users


def run(*arguments, **options):
    return CliRunner().invoke(app, ["review", *map(str, arguments)], **options)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_a_network_needs_users(host):
    fault = run("--host", host).exception
    assert isinstance(fault, ConfigError)
    assert "--add-user" in fault.cure


def test_a_taken_port_and_a_missing_folder_are_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        fault = run("--port", taken.getsockname()[1]).exception
        assert isinstance(fault, ConfigError)
        assert "--port" in fault.cure
    assert isinstance(run("--runs", tmp_path / "absent").exception, InputError)
    assert isinstance(run("--device", "tpu").exception, ConfigError)


def test_users_are_added_with_a_password_asked_for_twice(tmp_path):
    path = tmp_path / "users"
    done = run("--users", path, "--add-user", "amal", input="a good password\na good password\n")
    assert done.exit_code == 0, done.output
    assert list(read_users(path)) == ["amal"]
    assert isinstance(run("--add-user", "amal", input="x\nx\n").exception, ConfigError)


def test_a_store_travels(tmp_path):
    store = open_store(str(tmp_path / "one.sqlite"))
    create_campaign(store, Campaign(name="news", source="ar", target="en"), material(2))
    store.close()
    carried = tmp_path / "store.jsonl"
    assert run("--store", tmp_path / "one.sqlite", "--export", carried).exit_code == 0
    assert run("--store", tmp_path / "two.sqlite", "--import", carried).exit_code == 0
    other = open_store(str(tmp_path / "two.sqlite"))
    assert [one.name for one in campaigns(other)] == ["news"]
    other.close()
    # Once more changes nothing.
    assert run("--store", tmp_path / "two.sqlite", "--import", carried).exit_code == 0
    other = open_store(str(tmp_path / "two.sqlite"))
    assert [one.name for one in campaigns(other)] == ["news"]
    other.close()
