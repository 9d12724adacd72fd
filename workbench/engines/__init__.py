"""Runtimes behind one protocol: transformers, CTranslate2, servers, and an echo for tests."""

from workbench.registry import Entry, Registry

ENGINES = Registry(
    "engine",
    {
        "echo": Entry("workbench.engines.echo:Echo"),
        "seq2seq": Entry("workbench.engines.seq2seq:Seq2Seq", needs="transformers"),
        "ct2": Entry("workbench.engines.ct2:CTranslate2", needs="ctranslate2"),
        "causal": Entry("workbench.engines.causal:Causal", needs="transformers"),
        "ct2-causal": Entry("workbench.engines.ct2_causal:CTranslate2Causal", needs="ctranslate2"),
        "server": Entry("workbench.engines.server:Server", needs="openai"),
    },
)
"""Each is called as `engine(spec: ModelSpec)` and gives an `Engine`."""
