"""The store of pairs, judgements and post-edits: blind by construction, nothing judged twice, nothing lost."""

from workbench.review.blindness import blind_in, hidden_names, see_names
from workbench.review.campaigns import campaign, campaigns, create_campaign, progress
from workbench.review.judging import CATEGORIES, SEVERITIES, cast_vote, next_ticket, undo
from workbench.review.shapes import Campaign, Edit, Error, Item, Reveal, Standing, Ticket, Vote
from workbench.review.store import Store, open_store

__all__ = [
    "CATEGORIES",
    "SEVERITIES",
    "Campaign",
    "Edit",
    "Error",
    "Item",
    "Reveal",
    "Standing",
    "Store",
    "Ticket",
    "Vote",
    "blind_in",
    "campaign",
    "campaigns",
    "cast_vote",
    "create_campaign",
    "hidden_names",
    "next_ticket",
    "open_store",
    "progress",
    "see_names",
    "undo",
]
