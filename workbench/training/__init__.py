"""Corpus, training and export of the embedded model."""
