"""Summaries: what a summariser is, how long a summary may be, those that pick sentences and those that write."""

from workbench.summarise.abstractive import Abstractive, Manner
from workbench.summarise.base import Length, Summariser, Translates, in_language
from workbench.summarise.extractive import Extractive
from workbench.summarise.ranking import Weights

__all__ = [
    "Abstractive",
    "Extractive",
    "Length",
    "Manner",
    "Summariser",
    "Translates",
    "Weights",
    "in_language",
]
