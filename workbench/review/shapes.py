"""The records of review: what a campaign is, what an annotator sees, says, and learns afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.records import Record, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Record):
    """A source with what several systems made of it.

    Attributes:
        key: Names it within the campaign.
        source: The text.
        outputs: By name of system.
        reference: A person's version, or None.
        domain: For slices of the leaderboard, or None.
    """

    key: str
    source: str
    outputs: Mapping[str, str]
    reference: str | None = None
    domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign(Record):
    """What is asked of annotators.

    Attributes:
        id: Number in the store; 0 before it is stored.
        name: As annotators see it.
        kind: "pairs" (which is better), "adequacy" (adequacy and fluency, 0 to 100), "esa" (error spans with a
            severity, then a score of 0 to 100) or "mqm" (error spans with category and severity).
        source: Language of the sources, BCP 47.
        target: Language of the outputs.
        overlap: How many annotators judge the same.
        share: Most judgements of one annotator; None sets no limit.
        attention: One of so many tickets is an attention check; 0 for none.
        reveal: Whether a vote is answered with the systems' names.
        show_reference: Whether annotators see the reference.
        seed: Of sides and orders.
        owner: Who made it.
        created: When, ISO 8601.
    """

    id: int = 0
    name: str
    kind: str = "pairs"
    source: str
    target: str
    overlap: int = 1
    share: int | None = None
    attention: int = 12
    reveal: bool = True
    show_reference: bool = False
    seed: int = 1
    owner: str = "local"
    created: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket(Record):
    """What an annotator is shown: texts alone, never whose they are.

    Attributes:
        id: Secret, valid for this annotator only.
        kind: As the campaign's.
        source: The source text.
        source_language: BCP 47.
        target_language: BCP 47.
        reference: Where the campaign shows it.
        left: First output, or the only one.
        right: Second output; None where outputs are judged one by one.
        done: Judgements of this annotator so far.
        share: Most judgements of this annotator, or None.
    """

    id: str
    kind: str
    source: str
    source_language: str
    target_language: str
    reference: str | None
    left: str
    right: str | None
    done: int
    share: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Error(Record):
    """A stretch of an output that is wrong.

    Attributes:
        span: In the output, code points.
        severity: "minor", "major" or "critical".
        category: A category of MQM, empty for ESA.
    """

    span: Span
    severity: str
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote(Record):
    """What an annotator says of a ticket; which fields are needed is a matter of its kind.

    Attributes:
        choice: "left", "right", "tie" or "bad", for pairs.
        adequacy: 0 to 100.
        fluency: 0 to 100.
        score: 0 to 100, for ESA.
        errors: For ESA and MQM; empty where the output has none.
        comment: Anything.
        seconds: Time spent looking, as the page measured it.
    """

    choice: str | None = None
    adequacy: float | None = None
    fluency: float | None = None
    score: float | None = None
    errors: tuple[Error, ...] = ()
    comment: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal(Record):
    """What a vote is answered with.

    Attributes:
        judgement: Number of the judgement.
        left: Name of the left system; None where the campaign keeps names.
        right: Name of the right one, or None.
    """

    judgement: int
    left: str | None = None
    right: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Record):
    """A segment as a person would have it.

    Attributes:
        document: Id of the document in the store.
        segment: Number of the segment, from 0.
        annotator: Who.
        source: The source sentence.
        machine: What the model wrote: never overwritten.
        text: What the person wrote.
        distance: Least number of characters to insert, delete or replace.
        seconds: Time spent, or None.
        at: When, ISO 8601.
    """

    document: str
    segment: int
    annotator: str
    source: str
    machine: str
    text: str
    distance: int
    seconds: float | None = None
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Record):
    """One system's place among people's judgements.

    Attributes:
        system: Its name.
        value: Expected share of wins against an average opponent in percent (Bradley-Terry), or a mean score.
        low: Lower 95 % bound.
        high: Upper 95 % bound.
        n: Judgements it took part in.
        details: Further means, such as adequacy and fluency.
    """

    system: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    details: Mapping[str, float] = field(default_factory=dict)
