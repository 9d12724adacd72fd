"""Scores of outputs: statistics, totals and signatures."""
