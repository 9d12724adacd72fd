"""What the workbench bears: judging users at once, a kill in the middle, a million judgements.

python eval/review/load.py users --users 50 --seconds 120
python eval/review/load.py kill
python eval/review/load.py million
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import httpx
from sqlalchemy import func, insert, select

from workbench.review import Campaign, Item, create_campaign, open_store, tables
from workbench.review.standing import leaderboard
from workbench.views.access import add_user

SYSTEMS = [f"system-{number}" for number in range(7)]


def fill(store, count: int, overlap: int = 3) -> int:
    """A campaign of `count` items by seven systems."""
    items = [
        Item(
            key=str(number),
            source=f"قال الوزير إن المشروع رقم {number} سيبدأ قريبا.",
            outputs={
                name: f"The minister said project {number} begins soon, says {name[-1]}." for name in SYSTEMS
            },
        )
        for number in range(count)
    ]
    facts = {"name": "load", "source": "ar", "target": "en", "overlap": overlap, "attention": 12}
    return create_campaign(store, Campaign(**facts), items).id


@contextmanager
def serving(folder: Path, users: int):
    """A workbench in a process of its own; gives its address, process and the names of its users."""
    names = [f"user{number}" for number in range(users)]
    file = folder / "users"
    if not file.exists():
        # One hash for all: making fifty takes seconds that are not measured here.
        add_user(file, names[0], "a load test")
        line = file.read_text(encoding="utf-8").partition(":")[2]
        file.write_text("".join(f"{name}:{line}" for name in names), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "workbench", "review", "--port", str(port), "--users", str(file)]
    begun = time.perf_counter()
    server = subprocess.Popen([*command, "--store", str(folder / "store.sqlite")], env=os.environ)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/sign-in")  # noqa: S310 - our own server
                break
            except OSError:
                time.sleep(0.1)
        print(f"started in {time.perf_counter() - begun:.1f} s")
        yield address, server, names
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait(20)


class Annotator:
    """One person at a browser: signs in, asks, thinks, votes."""

    def __init__(self, address: str, name: str, campaign: int, think: float) -> None:
        self.name, self.campaign, self.think = name, campaign, think
        self.client = httpx.AsyncClient(base_url=address, timeout=60)
        self.acknowledged: list[str] = []
        self.seconds: list[float] = []
        self.component = 0

    async def enter(self) -> None:
        """Sign in, and find the judging view's number."""
        answer = await self.client.post("/sign-in", data={"person": self.name, "password": "a load test"})
        assert answer.status_code == 303, answer.status_code
        config = (await self.client.get("/en/config")).json()
        self.component = next(
            one["id"] for one in config["components"] if one["props"].get("elem_id") == "view-judge"
        )

    async def call(self, name: str, data: dict) -> dict:
        """Ask the server as the page does."""
        body = {
            "session_hash": self.name,
            "component_id": self.component,
            "fn_name": name,
            "data": data,
        }
        answer = await self.client.post("/en/gradio_api/component_server", json=body)
        answer.raise_for_status()
        return answer.json()

    async def work(self, until: float) -> None:
        """Vote until the time is over; every acknowledged vote is written down."""
        generator = random.Random(self.name)  # noqa: S311 - thinking times
        await asyncio.sleep(generator.uniform(0, self.think))
        while time.perf_counter() < until:
            try:
                ticket = (await self.call("ticket", {"campaign": self.campaign}))["ticket"]
                if ticket is None:
                    return
                await asyncio.sleep(generator.uniform(0.5, 1.5) * self.think)
                begun = time.perf_counter()
                told = await self.call(
                    "vote", {"ticket": ticket["id"], "choice": generator.choice(["left", "right", "tie"])}
                )
            except (httpx.HTTPError, json.JSONDecodeError):
                return
            if "left" in told:
                self.seconds.append(time.perf_counter() - begun)
                self.acknowledged.append(ticket["id"])


def check(store, campaign: int, people: list[Annotator]) -> None:
    """Every acknowledged vote is in the store once."""
    j = tables.judgements.c
    with store.reading() as db:
        stored = list(db.scalars(select(j.ticket).where(j.campaign == campaign, j.undone.is_(None))))
        doubled = db.execute(
            select(j.pair, j.annotator)
            .where(j.undone.is_(None))
            .group_by(j.pair, j.annotator)
            .having(func.count() > 1)
        ).all()
    acknowledged = {ticket for person in people for ticket in person.acknowledged}
    print(
        f"acknowledged {len(acknowledged)}, stored {len(stored)}, lost {len(acknowledged - set(stored))}, "
        f"doubled {len(stored) - len(set(stored)) + len(doubled)}"
    )


def users(options) -> None:
    """Many people judge at once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(str(folder / "store.sqlite"))
        campaign = fill(store, 2000)
        with serving(folder, options.users) as (address, server, names):
            people = [Annotator(address, one, campaign, options.think) for one in names]
            asyncio.run(crowd(people, options.seconds, server if options.kill else None))
            if options.kill:
                server.wait()
            seconds = sorted(second for person in people for second in person.seconds)
            if seconds:
                slow = seconds[int(0.95 * len(seconds))]
                print(f"{len(seconds)} votes by {len(people)} people in {options.seconds} s")
                print(
                    f"one takes {1000 * statistics.median(seconds):.0f} ms (median), {1000 * slow:.0f} ms (95 %)"
                )
            check(store, campaign, people)
        store.close()


async def crowd(people: list[Annotator], seconds: float, victim=None) -> None:
    """Everybody works; in the middle the server is killed where that is wanted."""
    for person in people:
        await person.enter()
    until = time.perf_counter() + seconds

    async def kill() -> None:
        await asyncio.sleep(seconds / 2)
        if victim is not None:
            victim.send_signal(signal.SIGKILL)
            print("killed")

    await asyncio.gather(kill(), *(person.work(until) for person in people))
    await asyncio.gather(*(person.client.aclose() for person in people))


def million(_options) -> None:
    """A million judgements, and the leaderboard over them."""
    with tempfile.TemporaryDirectory() as name:
        store = open_store(str(Path(name) / "store.sqlite"))
        count = 2000
        campaign = fill(store, count, overlap=24)
        generator = random.Random(1)  # noqa: S311 - invented votes
        begun = time.perf_counter()
        with store.writing() as db:
            items = list(db.scalars(select(tables.items.c.id).order_by(tables.items.c.id)))
            systems = list(db.scalars(select(tables.systems.c.id).order_by(tables.systems.c.id)))
            low_high = [(a, b) for a in systems for b in systems if a < b]
            pairs = [
                {
                    "campaign": campaign,
                    "item": item,
                    "low": low,
                    "high": high,
                    "swapped": False,
                    "damaged": None,
                    "taken": 24,
                    "attention": 0,
                }
                for item in items
                for low, high in low_high
            ]
            db.execute(insert(tables.pairs), pairs)
            rows = db.execute(
                select(tables.pairs.c.id, tables.pairs.c.item, tables.pairs.c.low, tables.pairs.c.high)
            ).all()
            made = 0
            for turn in range(24):
                tickets, judged = [], []
                for row in rows:
                    if made >= 1_000_000:
                        break
                    made += 1
                    ticket = f"{made:032x}"
                    outcome = generator.choices(
                        ("low", "high", "tie", "bad"), (4 + row.low, 4 + row.high, 2, 1)
                    )[0]
                    tickets.append(
                        {
                            "id": ticket,
                            "pair": row.id,
                            "campaign": campaign,
                            "annotator": f"a{turn}",
                            "issued": "2026-01-01",
                            "open": False,
                            "revealed": True,
                        }
                    )
                    judged.append(
                        {
                            "ticket": ticket,
                            "campaign": campaign,
                            "pair": row.id,
                            "item": row.item,
                            "low": row.low,
                            "high": row.high,
                            "annotator": f"a{turn}",
                            "choice": "left",
                            "outcome": outcome,
                            "spans": "[]",
                            "comment": "",
                            "seconds": 9.0,
                            "at": "2026-01-01",
                            "shown": "0" * 64,
                            "counts": True,
                            "passed": None,
                            "undone": None,
                        }
                    )
                if tickets:
                    db.execute(insert(tables.tickets), tickets)
                    db.execute(insert(tables.judgements), judged)
        print(f"{made:,} judgements stored in {time.perf_counter() - begun:.0f} s")
        from workbench.review import next_ticket

        for _ in range(3):
            begun = time.perf_counter()
            board = leaderboard(store, campaign)
            print(f"leaderboard in {time.perf_counter() - begun:.2f} s, alpha {board.alpha:.3f}")
        begun = time.perf_counter()
        next_ticket(store, campaign, "new")
        print(f"next ticket in {1000 * (time.perf_counter() - begun):.0f} ms")
        print(
            *(f"{one.system} {one.value:.1f} [{one.low:.1f}, {one.high:.1f}]" for one in board.standings),
            sep="\n",
        )
        store.close()


def main() -> None:
    """Choose a campaign."""
    options = argparse.ArgumentParser(description=re.sub(r"\n.*", "", __doc__ or ""))
    options.add_argument("what", choices=["users", "kill", "million"])
    options.add_argument("--users", type=int, default=50)
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--think", type=float, default=3.0, help="seconds that a person looks at a pair")
    given = options.parse_args()
    given.kill = given.what == "kill"
    (million if given.what == "million" else users)(given)


if __name__ == "__main__":
    main()
