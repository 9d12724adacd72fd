"""Suites, scores, significance and reports."""
