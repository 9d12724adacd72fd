"""Bytes to articles: plain text, HTML, tables, feeds, and the sites we know."""
