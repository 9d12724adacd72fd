"""The networks of COMET's regression models, without the `unbabel-comet` package: loads torch and transformers."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import torch
import yaml
from torch import Tensor, nn
from transformers import AutoConfig, AutoTokenizer, XLMRobertaModel

from workbench.errors import ModelError

_REGRESSION = "regression_metric"
_REFERENCE_FREE = "referenceless_regression_metric"
_IGNORED = (".position_ids", "dropout_mask", "dropout_fill")
_BATCH_TOKENS = 8192
_MOST_TEXTS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What `hparams.yaml` says of the network.

    Attributes:
        reference_free: Whether it reads source and output alone.
        layer: "mix", or the number of the encoder's layer that is used.
        transformation: How mixing weights are normalised: "softmax" or "sparsemax".
        layer_norm: Whether layers are normalised before they are mixed.
        pool: "avg", "cls" or "max".
        hidden_sizes: Of the regressor.
        activation: Between its layers.
        final_activation: Behind its last layer, or None.
        encoder: Hub id or folder of the encoder's tokeniser and configuration.
    """

    reference_free: bool
    layer: str | int
    transformation: str
    layer_norm: bool
    pool: str
    hidden_sizes: tuple[int, ...]
    activation: str
    final_activation: str | None
    encoder: str


def read_shape(folder: Path) -> Shape:
    """The shape of a checkpoint's network.

    Raises:
        ModelError: `hparams.yaml` is absent, or tells of a network that is not supported.
    """
    try:
        told: dict[str, Any] = yaml.safe_load((folder / "hparams.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as fault:
        raise ModelError(
            f"{folder} is no COMET model: hparams.yaml cannot be read.", cure="Fetch it again."
        ) from fault
    kind, encoder = told.get("class_identifier"), told.get("encoder_model", "XLM-RoBERTa")
    if kind not in (_REGRESSION, _REFERENCE_FREE) or encoder != "XLM-RoBERTa":
        raise ModelError(
            f"{folder} holds a COMET model of kind {kind} on {encoder}.",
            cure=f"Supported are {_REGRESSION} and {_REFERENCE_FREE} on XLM-RoBERTa, such as wmt22-comet-da.",
        )
    return Shape(
        reference_free=kind == _REFERENCE_FREE,
        layer=told.get("layer", "mix"),
        # "sparsemax_patch" marks models that were trained with softmax in spite of what they said.
        transformation="sparsemax" if told.get("layer_transformation") == "sparsemax" else "softmax",
        layer_norm=bool(told.get("layer_norm", True)),
        pool=told.get("pool", "avg"),
        hidden_sizes=tuple(told["hidden_sizes"]),
        activation=told.get("activations", "Tanh"),
        final_activation=told.get("final_activation"),
        encoder=told.get("pretrained_model", "xlm-roberta-large"),
    )


def sparsemax(weights: Tensor) -> Tensor:
    """`weights` [n] projected onto the simplex (Martins and Astudillo, 2016): a softmax with exact zeros."""
    ordered, _ = torch.sort(weights, descending=True)
    counts = torch.arange(1, len(weights) + 1, device=weights.device, dtype=weights.dtype)
    sums = ordered.cumsum(0)
    support = int((1 + counts * ordered > sums).sum())
    threshold = (sums[support - 1] - 1) / support
    return torch.clamp(weights - threshold, min=0)


class Mix(nn.Module):
    """A learned mean of the encoder's layers."""

    def __init__(self, layers: int, *, transformation: str, layer_norm: bool) -> None:
        super().__init__()
        self.scalar_parameters = nn.ParameterList([nn.Parameter(torch.zeros(1)) for _ in range(layers)])
        self.gamma = nn.Parameter(torch.ones(1))
        self._transform = (
            sparsemax if transformation == "sparsemax" else lambda weights: torch.softmax(weights, dim=0)
        )
        self._layer_norm = layer_norm

    def forward(self, layers: Sequence[Tensor], mask: Tensor) -> Tensor:
        """From layers [batch, time, dim] each and mask [batch, time] to [batch, time, dim]."""
        weights = self._transform(torch.cat(list(self.scalar_parameters)))
        pieces = (self._normalised(layer, mask) if self._layer_norm else layer for layer in layers)
        mixed = torch.stack([weight * piece for weight, piece in zip(weights, pieces, strict=True)]).sum(0)
        return self.gamma * mixed

    @staticmethod
    def _normalised(layer: Tensor, mask: Tensor) -> Tensor:
        """Zero mean and unit variance over all unmasked numbers of a sentence together."""
        wide = mask.unsqueeze(-1).to(layer.dtype)
        count = mask.sum(1).to(layer.dtype).view(-1, 1, 1) * layer.shape[-1]
        mean = (layer * wide).sum((1, 2), keepdim=True) / count
        variance = (((layer - mean) * wide) ** 2).sum((1, 2), keepdim=True) / count
        return (layer - mean) / torch.sqrt(variance + 1e-12)


class Regressor(nn.Module):
    """An encoder, a mix of its layers, a mean over each sentence, and a feed-forward network on pairs of sentences."""

    def __init__(self, shape: Shape, config: Any) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = nn.ModuleDict({"model": XLMRobertaModel(config, add_pooling_layer=False)})
        layers = config.num_hidden_layers + 1
        self.layerwise_attention = (
            Mix(layers, transformation=shape.transformation, layer_norm=shape.layer_norm)
            if shape.layer == "mix"
            else None
        )
        self.estimator = nn.ModuleDict({"ff": _feed_forward(shape, config.hidden_size)})

    def embed(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Sentence vectors [batch, dim] of token ids [batch, time] and their mask [batch, time]."""
        found = self.encoder["model"](input_ids=ids, attention_mask=mask, output_hidden_states=True)
        layers = [layer.float() for layer in found.hidden_states]
        words = (
            self.layerwise_attention(layers, mask)
            if self.layerwise_attention
            else layers[int(self.shape.layer)]
        )
        hidden = mask.unsqueeze(-1) == 0
        if self.shape.pool == "cls":
            return cast(Tensor, words[:, 0])
        if self.shape.pool == "max":
            return cast(Tensor, words.masked_fill(hidden, float("-inf")).amax(1))
        return cast(Tensor, words.masked_fill(hidden, 0).sum(1) / mask.sum(1, keepdim=True))

    def estimate(self, source: Tensor, output: Tensor, reference: Tensor | None) -> Tensor:
        """Scores [batch] of sentence vectors [batch, dim]."""
        pairs = [output * source, (output - source).abs()]
        if reference is None:
            features = [output, source, *pairs]
        else:
            features = [output, reference, output * reference, (output - reference).abs(), *pairs]
        return cast(Tensor, self.estimator["ff"](torch.cat(features, dim=1)).view(-1))


def _feed_forward(shape: Shape, dim: int) -> nn.Sequential:
    sizes = [dim * (4 if shape.reference_free else 6), *shape.hidden_sizes]
    layers: list[nn.Module] = []
    for given, wanted in pairwise(sizes):
        # The third place is dropout's: it keeps the numbers of the checkpoint's layers.
        layers += [nn.Linear(given, wanted), _activation(shape.activation), nn.Identity()]
    layers.append(nn.Linear(sizes[-1], 1))
    return nn.Sequential(*layers, *([_activation(shape.final_activation)] if shape.final_activation else []))


def _activation(name: str) -> nn.Module:
    known: dict[str, type[nn.Module]] = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
    kind = known.get(name.lower())
    if kind is None:
        raise ModelError(
            f"The activation {name!r} is not supported.", cure=f"Supported are {', '.join(known)}."
        )
    return kind()


class Scorer:
    """A loaded COMET model: sentences to vectors, vectors to scores.

    Args:
        folder: Holds `hparams.yaml` and `checkpoints/model.ckpt`.
        encoder: Folder of the encoder's tokeniser and configuration; None takes what the model names.
        device: "auto", "cpu" or "cuda".
        dtype: Of the encoder: "auto" is bfloat16 on a GPU, float32 elsewhere; the regressor keeps float32.

    Raises:
        ModelError: A file is absent or broken, or weights do not fit the network.
    """

    def __init__(
        self, folder: Path, *, encoder: str | Path | None = None, device: str = "auto", dtype: str = "auto"
    ) -> None:
        self.shape = read_shape(folder)
        name = str(encoder or self.shape.encoder)
        try:
            config = AutoConfig.from_pretrained(name, local_files_only=True)
            self._tokeniser = AutoTokenizer.from_pretrained(name, local_files_only=True)
        except (OSError, ValueError) as fault:
            raise ModelError(
                f"The tokeniser and configuration of {name} are not on this machine.",
                cure=f"Fetch them: hf download {name} config.json tokenizer.json tokenizer_config.json",
            ) from fault
        cuda = torch.cuda.is_available()
        self.device = torch.device("cuda" if device == "cuda" or (device == "auto" and cuda) else "cpu")
        self._limit = config.max_position_embeddings - 4
        self._model = Regressor(self.shape, config)
        _load(self._model, folder / "checkpoints" / "model.ckpt")
        self._model.eval().to(self.device)
        if dtype == "bfloat16" or (dtype == "auto" and self.device.type == "cuda"):
            self._model.encoder.to(torch.bfloat16)

    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> Tensor:
        """Vectors [len(texts), dim], in order; batches are sorted by length and cut by a budget of tokens."""
        ids = self._tokeniser(list(texts), truncation=True, max_length=self._limit)["input_ids"]
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
        vectors: dict[int, Tensor] = {}
        for batch in _batches(order, [len(each) for each in ids]):
            padded = self._tokeniser.pad({"input_ids": [ids[place] for place in batch]}, return_tensors="pt")
            found = self._model.embed(
                padded["input_ids"].to(self.device), padded["attention_mask"].to(self.device)
            )
            vectors |= dict(zip(batch, found, strict=True))
        return torch.stack([vectors[place] for place in range(len(ids))])

    @torch.inference_mode()
    def score(self, source: Tensor, output: Tensor, reference: Tensor | None) -> list[float]:
        """Scores of vectors [batch, dim] each."""
        return [float(value) for value in self._model.estimate(source, output, reference)]


def _batches(order: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    batches: list[list[int]] = []
    for place in order:
        # Sorted by length: the newest is the longest, and padding makes all as long.
        fits = (
            batches
            and (len(batches[-1]) + 1) * lengths[place] <= _BATCH_TOKENS
            and len(batches[-1]) < _MOST_TEXTS
        )
        if fits:
            batches[-1].append(place)
        else:
            batches.append([place])
    return batches


def _load(model: Regressor, path: Path) -> None:
    """Fill the network from a Lightning checkpoint; only tensors and plain values are unpickled.

    Raises:
        ModelError: The file is absent or broken, holds code, or does not fit.
    """
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    except pickle.UnpicklingError as fault:
        raise ModelError(
            f"{path} holds more than weights, and is not loaded.", cure="Fetch it from its authors."
        ) from fault
    except (OSError, RuntimeError, KeyError, EOFError) as fault:
        raise ModelError(
            f"{path} cannot be loaded: {str(fault).splitlines()[0]}", cure="Fetch the model again."
        ) from fault
    found = model.load_state_dict(held, strict=False)
    surplus = [name for name in found.unexpected_keys if not name.endswith(_IGNORED)]
    if found.missing_keys or surplus:
        told = [f"{len(found.missing_keys)} weights are missing"] if found.missing_keys else []
        told += [f"{len(surplus)} do not belong ({surplus[0]})"] if surplus else []
        raise ModelError(
            f"{path} does not fit its hparams.yaml: {', '.join(told)}.", cure="Fetch the model again."
        )
