"""Summaries: what a summariser is, how long a summary may be, and the one that picks an article's own sentences."""

from workbench.summarise.base import Length, Summariser, Translates, in_language
from workbench.summarise.extractive import Extractive
from workbench.summarise.ranking import Weights

__all__ = ["Extractive", "Length", "Summariser", "Translates", "Weights", "in_language"]
