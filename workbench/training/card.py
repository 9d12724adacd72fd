"""The card in the folder of an exported model: what it was trained on, under which licences, and what it is not."""

from __future__ import annotations

import csv
from pathlib import Path

from workbench.training.corpus import WRITTEN, read_pairs
from workbench.training.settings import TrainingConfig

_TEXT = """---
license: apache-2.0
language: [ar, en]
library_name: transformers
pipeline_tag: translation
---

# A compact model for Arabic and English news

One encoder-decoder for both directions: {family} shape, width {width}, {encoder} encoder and
{decoder} decoder layers, {size:,} SentencePiece pieces shared by both languages, tied embeddings;
{parameters:.1f} million parameters in float16. A source opens with the language to write: `>>eng<<`
or `>>ara<<`. It loads with `AutoModelForSeq2SeqLM` and `AutoTokenizer`. The vocabulary folds
diacritics, digits, quotation marks and presentation forms by itself.

<!-- scores -->
<!-- /scores -->

## Data

Trained from random weights on the sources below and on nothing else; no pre-trained model was used.
Left out: what is licensed for noncommercial use only, and what is marked unclear. Some sources carry
no licence (class "none"); whether that, or a share-alike licence of a source, touches the weights is
not settled: decide for yourself. The weights are offered under Apache-2.0.

| source | weight | pairs | licence | class |
|---|---|---|---|---|
{rows}

Monolingual news, translated by the model itself to teach the way back: {monolingual}. Their texts
remain their outlets'; none is in this folder.
{ran}{writing}
## Limits

Trained on little data. Names, rare words and long sentences go wrong; it writes fluent sentences that
say something else. Its register leans to the press it learnt from. Check every flag, and do not
publish a translation that nobody has read. Sentences written by a language model, fictional news
(`newspairs`) and others (`written`), are part of the data.
"""


_WRITING = """
Begun with the weights of an earlier model. It also writes headlines (`>>eng<< <s>` in front of an article's first
sentences, at most {opening} pieces, in either language) and summaries (`>>eng<< <unk>`), learnt from: {names}. What
stands further down in an article it has not seen; it states things that the article does not.
"""


def write_card(config: TrainingConfig, folder: Path, *, parameters: int) -> Path:
    """Write README.md beside the weights; licences come from the data folder's manifest.

    Args:
        config: What was run.
        folder: Of the exported model.
        parameters: Number of weights.
    """
    rows = _manifest(config.corpus.folder / "parallel" / "MANIFEST.tsv")
    ours = {"licence": "CC0, ours, synthetic", "licence_class": "open"}
    rows["newspairs"] = ours | {"pairs": "11472"}
    rows["written"] = ours | {"pairs": str(sum(1 for _ in read_pairs(WRITTEN)))}
    lines = [
        f"| {name} | {source.weight:g} | {rows.get(name, {}).get('pairs', '?')} | "
        f"{rows.get(name, {}).get('licence', '?')} | {rows.get(name, {}).get('licence_class', '?')} |"
        for name, source in sorted(config.corpus.sources.items(), key=lambda item: -item[1].weight)
        if source.weight
    ]
    used = {name for stage in config.stages for name in stage.synthetic}
    text = _TEXT.format(
        family="M2M100 (pre-norm)" if config.architecture.family == "m2m100" else "Marian (post-norm)",
        width=config.architecture.width,
        encoder=config.architecture.encoder_layers,
        decoder=config.architecture.decoder_layers,
        size=config.vocabulary.size,
        parameters=parameters / 1e6,
        rows="\n".join(lines),
        monolingual=", ".join(sorted(used)) or "none",
        ran=f"\n## Training\n\n{config.ran.strip()}\n" if config.ran else "",
        writing=_WRITING.format(opening=config.corpus.opening, names=", ".join(sorted(config.corpus.writing)))
        if config.corpus.writing
        else "",
    )
    path = folder / "README.md"
    path.write_text(text, encoding="utf-8")
    return path


def _manifest(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["source"]: row for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}
