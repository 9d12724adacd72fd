"""Reads, summarises, translates, scores and compares Arabic and English news."""

__version__ = "0.1.0"
