"""Builds tiny random COMET models with the official package, and records how it scores 50 triples.

Needs an environment of its own, since that package cannot live beside transformers 5:

    python -m venv comet && comet/bin/pip install unbabel-comet "setuptools<80"
    comet/bin/python eval/meta/comet_parity.py tests/metrics/comet

`tests/metrics/test_comet.py` then holds our loader to those scores, to 1e-4.
"""

import json
import random
import shutil
import sys
from pathlib import Path

import torch
import yaml
from comet.models import RegressionMetric, load_from_checkpoint
from comet.models.regression.referenceless import ReferencelessRegression
from sentencepiece import SentencePieceTrainer
from transformers import XLMRobertaConfig, XLMRobertaTokenizerFast

MINI = Path(__file__).parent.parent / "data" / "mini.jsonl"
COMMON = {"encoder_model": "XLM-RoBERTa", "hidden_sizes": [24, 8], "load_pretrained_weights": False}
VARIANTS = {
    "softmax": (
        RegressionMetric,
        {"layer": "mix", "layer_transformation": "softmax", "layer_norm": True, "pool": "avg"},
    ),
    "sparsemax": (
        RegressionMetric,
        {"layer": "mix", "layer_transformation": "sparsemax", "layer_norm": False, "pool": "max"},
    ),
    "qe": (
        ReferencelessRegression,
        {
            "layer": 1,
            "layer_norm": False,
            "pool": "cls",
            "activations": "Sigmoid",
            "final_activation": "Sigmoid",
        },
    ),
}


def sentences():
    records = [json.loads(line) for line in MINI.read_text(encoding="utf-8").splitlines()]
    return [pair for record in records for pair in record["sentences"]]


def build_encoder(folder):
    """A tokeniser trained on our own sentences, and the configuration of a very small XLM-R."""
    folder.mkdir()
    model = folder / "sentencepiece.bpe.model"
    SentencePieceTrainer.train(
        sentence_iterator=iter([text for pair in sentences() for text in pair.values()]),
        model_prefix=str(folder / "spm"),
        vocab_size=400,
        hard_vocab_limit=False,
        normalization_rule_name="identity",
        minloglevel=2,
    )
    (folder / "spm.model").rename(model)
    (folder / "spm.vocab").unlink()
    tokeniser = XLMRobertaTokenizerFast(str(model))
    tokeniser.save_pretrained(folder)
    for name in ("sentencepiece.bpe.model", "special_tokens_map.json"):
        (folder / name).unlink()
    XLMRobertaConfig(
        vocab_size=len(tokeniser),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=66,
        type_vocab_size=1,
    ).save_pretrained(folder)


def triples():
    """Sentences with a word dropped here and there, an empty one, and one that is too long."""
    chance = random.Random(3)  # noqa: S311 - no secret
    found = []
    for pair in chance.sample(sentences(), 48):
        words = pair["en"].split()
        if chance.random() < 0.7:
            words.pop(chance.randrange(len(words)))
        found.append({"src": pair["ar"], "mt": " ".join(words), "ref": pair["en"]})
    return [*found, {"src": "", "mt": "", "ref": "x"}, {"src": "نعم " * 90, "mt": "yes " * 90, "ref": "yes"}]


def build(folder, name, encoder):
    kind, options = VARIANTS[name]
    torch.manual_seed(len(name))
    model = kind(pretrained_model=str(encoder), **COMMON, **options)
    for parameter in model.parameters():
        parameter.data = torch.randn_like(parameter) * 0.3 + (0 if parameter.dim() > 1 else parameter.data)
    told = {key: value for key, value in model.hparams.items() if not key.endswith("_data")}
    told["class_identifier"] = (
        "regression_metric" if kind is RegressionMetric else "referenceless_regression_metric"
    )
    (folder / "checkpoints").mkdir(parents=True)
    path = folder / "checkpoints" / "model.ckpt"

    def save():
        checkpoint = {
            "state_dict": model.state_dict(),
            "hyper_parameters": told,
            "pytorch-lightning_version": "2.0.0",
        }
        torch.save(checkpoint, path)
        (folder / "hparams.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")

    save()
    loaded = load_from_checkpoint(str(path))
    told["pretrained_model"] = "encoder"
    save()
    return loaded


def main():
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    encoder = folder / "encoder"
    build_encoder(encoder)
    scores = {}
    for name in VARIANTS:
        model = build(folder / name, name, encoder)
        found = model.predict(triples(), batch_size=8, gpus=0, progress_bar=False).scores
        scores[name] = [float(score) for score in found]
        print(name, min(scores[name]), max(scores[name]))
    record = {"triples": triples(), "scores": scores}
    (folder / "scores.json").write_text(json.dumps(record, ensure_ascii=False, indent=0), encoding="utf-8")


if __name__ == "__main__":
    main()
