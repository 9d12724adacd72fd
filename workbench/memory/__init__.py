"""What was translated and summarised before, in one SQLite file: exact hits are free, edits by people win."""

from workbench.memory.database import LIMIT
from workbench.memory.store import Entry, Key, Match, Memory, default_path

__all__ = ["LIMIT", "Entry", "Key", "Match", "Memory", "default_path"]
