"""The main job's result: an article in two languages, as a record, as text and as a page."""

from workbench.brief.make import make_brief, other_language
from workbench.brief.page import to_page
from workbench.brief.plain import to_text

__all__ = ["make_brief", "other_language", "to_page", "to_text"]
