"""The store leaves the browser and comes back: for its owner alone, nothing lost, nothing doubled, no name told."""

import io
import json
from dataclasses import replace

import pytest

from tests.review.conftest import material
from tests.views.server import desk
from workbench.review import Campaign, Vote, cast_vote, create_campaign, next_ticket, see_names
from workbench.review.exchange import export_store, held
from workbench.views import carry
from workbench.views.access import Guard, hashed
from workbench.views.desk import Limits

SYSTEMS = ("systemalpha", "systembeta")


@pytest.fixture
def here(tmp_path):
    made = desk(tmp_path)
    campaign = Campaign(name="news", source="ar", target="en", attention=0, owner="ann")
    made_campaign = create_campaign(made.store, campaign, material(2, systems=SYSTEMS))
    ticket = next_ticket(made.store, made_campaign.id, "ann")
    cast_vote(made.store, ticket=ticket.id, annotator="ann", vote=Vote(choice="left"))
    yield made
    made.store.close()


@pytest.fixture
def other(tmp_path):
    (tmp_path / "other").mkdir()
    made = desk(tmp_path / "other")
    yield made
    made.store.close()


def client(desk, users=None):
    """Asks a server on which that desk stands."""
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    app = FastAPI()
    carry.routes(app, desk)
    guard = Guard(app, users=users, sign_in=lambda *_: "<!-- sign in -->")
    return TestClient(guard, base_url="http://localhost", follow_redirects=False)


def everything(desk):
    sink = io.StringIO()
    export_store(desk.store, sink)
    return sink.getvalue()


def test_the_store_goes_out_and_comes_into_another_once(here, other):
    left = client(here).get("/store")
    assert left.status_code == 200
    assert left.text == everything(here)
    assert int(left.headers["x-rows"]) == len(left.text.splitlines()) == sum(held(here.store).values())
    assert "attachment" in left.headers["content-disposition"]
    for rows in (len(left.text.splitlines()), 0):
        assert client(other).put("/store", content=left.content).json() == {"rows": rows}
        assert everything(other) == left.text
    assert client(here).put("/store", content=left.content).json() == {"rows": 0}
    assert list(here.uploads.iterdir()) == list(other.uploads.iterdir()) == []


def test_what_is_no_export_or_another_store_changes_nothing(here, other):
    left = client(here).get("/store").text
    create_campaign(
        other.store, Campaign(name="mine", source="ar", target="en"), material(1, systems=SYSTEMS)
    )
    before = everything(other)
    for content in (b"\xff\xfe", b"{}", b"<html>", left.encode() + b"broken", left.encode()):
        answer = client(other).put("/store", content=content)
        assert answer.status_code == 403
        assert answer.json()["cure"]
        assert everything(other) == before
    small = replace(other, limits=Limits(store_bytes=100))
    assert "--import" in client(small).put("/store", content=left).json()["cure"]
    assert list(other.uploads.iterdir()) == []


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_store_of_a_shared_workbench_is_nobodys_to_carry(here, method):
    users = {"ann": hashed("a good password")}
    asked = client(here, users)
    before = everything(here)
    assert asked.request(method, "/store", content=before).status_code == 401
    asked.post("/sign-in", data={"person": "ann", "password": "a good password"})
    answer = asked.request(method, "/store", content=before)
    assert answer.status_code == 403
    assert "person who runs it" in answer.json()["problem"]
    assert not any(name in answer.text for name in SYSTEMS)


def test_a_page_from_elsewhere_cannot_send_a_store(here):
    for origin in ("https://evil.example", "null"):
        asked = client(here).options(
            "/store", headers={"origin": origin, "access-control-request-method": "PUT"}
        )
        assert asked.status_code >= 400
        assert "access-control-allow-origin" not in asked.headers
    assert client(here).put("/store", headers={"origin": "https://evil.example"}).status_code == 403
    assert client(here).post("/store", headers={"origin": "null"}).status_code == 405


@pytest.mark.parametrize(("language", "word"), [("en", "judging"), ("ar", "تحكم")])
def test_names_stay_in_while_the_owner_judges_blind(here, language, word):
    assert next_ticket(here.store, 1, "local") is not None
    asked = client(here)
    asked.cookies.set("workbench_language", language)
    answer = asked.get("/store")
    assert answer.status_code == 403
    assert word in answer.json()["problem"]
    assert not any(name in json.dumps(answer.json()) for name in SYSTEMS)
    assert list(here.uploads.iterdir()) == []
    see_names(here.store, "local")
    assert SYSTEMS[0] in asked.get("/store").text
