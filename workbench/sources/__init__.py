"""Bytes to articles: plain text, HTML, Word, PDF, tables, feeds, and the sites we know."""

from workbench.registry import Entry, Registry

SOURCES = Registry(
    "kind of source",
    {
        "alalam": Entry("workbench.sources.alalam:read"),
        "text": Entry("workbench.sources.plain:read"),
        "html": Entry("workbench.sources.html:read"),
        "docx": Entry("workbench.sources.office:read_docx"),
        "pdf": Entry("workbench.sources.office:read_pdf"),
        "feed": Entry("workbench.sources.feeds:read"),
        "jsonl": Entry("workbench.sources.tables:read_json_lines"),
        "json": Entry("workbench.sources.tables:read_json"),
        "csv": Entry("workbench.sources.tables:read_csv"),
        "parquet": Entry("workbench.sources.tables:read_parquet"),
    },
)
"""Each entry is a `workbench.sources.base.Reader`."""
