"""Resumable jobs over many articles."""
