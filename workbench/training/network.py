"""The network, as a plain transformers class; its loss, its averaged weights, and greedy writing in bulk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from workbench.training.batches import Batch
from workbench.training.settings import ArchitectureConfig
from workbench.training.vocabulary import BOS, EOS, PAD


def build(config: ArchitectureConfig, vocabulary: int, *, seed: int) -> Any:
    """A `PreTrainedModel` of the family, randomly initialised, of the vocabulary's size."""
    import transformers

    shape = {
        "vocab_size": vocabulary,
        "d_model": config.width,
        "encoder_ffn_dim": config.feed_forward,
        "decoder_ffn_dim": config.feed_forward,
        "encoder_attention_heads": config.heads,
        "decoder_attention_heads": config.heads,
        "encoder_layers": config.encoder_layers,
        "decoder_layers": config.decoder_layers,
        "max_position_embeddings": config.positions,
        "dropout": config.dropout,
        "attention_dropout": 0.0,
        "activation_dropout": 0.0,
        "encoder_layerdrop": 0.0,
        "decoder_layerdrop": 0.0,
        "activation_function": config.activation,
        "scale_embedding": True,
        "bos_token_id": BOS,
        "pad_token_id": PAD,
        "eos_token_id": EOS,
        "decoder_start_token_id": EOS,
        "init_std": config.width**-0.5 / 2,
    }
    torch.manual_seed(seed)
    if config.family == "marian":
        model = transformers.MarianMTModel(
            transformers.MarianConfig(
                **shape,
                static_position_embeddings=True,
                forced_eos_token_id=EOS,
                share_encoder_decoder_embeddings=True,
            )
        )
    else:
        model = transformers.M2M100ForConditionalGeneration(transformers.M2M100Config(**shape))
    _initialise(model, config)
    return model


def set_dropout(model: Any, share: float) -> None:
    """Drop another share of the states of embeddings and layers in training; attention's weights are never dropped."""
    for side in (model.model.encoder, model.model.decoder):
        for module in (side, *side.layers):
            module.dropout = share


def _initialise(model: nn.Module, config: ArchitectureConfig) -> None:
    """Xavier for matrices; the tied embedding small, since `scale_embedding` multiplies it by the root of its width."""
    for name, weight in model.named_parameters():
        if weight.dim() != 2 or "embed_positions" in name:  # positions are sinusoids
            continue
        if "embed" in name or "shared" in name:
            nn.init.normal_(weight, std=config.width**-0.5)
        else:
            nn.init.xavier_uniform_(weight)
    embedding = model.get_input_embeddings()  # type: ignore[operator]
    with torch.no_grad():
        embedding.weight[PAD].zero_()


class Inputs(NamedTuple):
    """What one update reads, as tensors of one device; see `workbench.training.batches.Batch`.

    Attributes:
        source: int64, shape [batch, width].
        decoder_input: int64, shape [batch, width of the labels].
        rows: int64, shape [labels]: where the labels stand in the flattened decoder input.
        wanted: int64, shape [labels]: the labels, `PAD` where there is nothing to write.
    """

    source: Tensor
    decoder_input: Tensor
    rows: Tensor
    wanted: Tensor

    @classmethod
    def of(cls, batch: Batch) -> Inputs:
        """On the CPU."""
        arrays = (batch.source, batch.decoder_input(), *batch.scored())
        return cls(*map(torch.from_numpy, arrays))

    def to(self, device: str) -> Inputs:
        """The same on a device; from pinned memory nobody waits for the copies."""
        return Inputs(*(tensor.to(device, non_blocking=True) for tensor in self))


def loss(model: Any, inputs: Inputs, *, smoothing: float) -> Tensor:
    """Mean smoothed cross-entropy over the labels that are not padding.

    Nothing here asks the device for a value, so that a GPU never waits for the next update to be prepared.

    Args:
        model: From `build`.
        inputs: Of one update.
        smoothing: Probability mass spread over the vocabulary.
    """
    hidden = _states(model, inputs.source, inputs.decoder_input).flatten(0, 1)[inputs.rows]
    logits = nn.functional.linear(hidden, model.get_input_embeddings().weight)
    return nn.functional.cross_entropy(
        logits.float(), inputs.wanted, label_smoothing=smoothing, ignore_index=PAD
    )


def _states(model: Any, source: Tensor, decoder_input: Tensor) -> Tensor:
    """The decoder's last states, shape [batch, width, model width].

    Both masks are given complete, shape [batch or 1, 1, queries or 1, keys]: of flat ones transformers would ask the
    device whether they mask anything. Attention written out adds them to its scores; fused attention takes them as
    they are.
    """
    width = decoder_input.shape[1]
    written_out = model.config._attn_implementation == "eager"
    seen = source.ne(PAD)[:, None, None, :]
    earlier = torch.ones(width, width, dtype=torch.bool, device=source.device).tril()[None, None]
    states: Tensor = model.model(
        input_ids=source,
        attention_mask=_added(seen) if written_out else seen,
        decoder_input_ids=decoder_input,
        decoder_attention_mask=_added(earlier) if written_out else earlier,
        use_cache=False,
    ).last_hidden_state
    return states


def _added(seen: Tensor) -> Tensor:
    """A mask to be added to scores: 0 where a key is seen, the lowest number of float32 elsewhere."""
    return torch.zeros(seen.shape, device=seen.device).masked_fill_(~seen, torch.finfo(torch.float32).min)


@torch.no_grad()
def losses(model: Any, source: Tensor, decoder_input: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of each example, shape [batch]: how unlikely the model finds it."""
    hidden = _states(model, source, decoder_input)
    logits = nn.functional.linear(hidden, model.get_input_embeddings().weight).float()
    each = nn.functional.cross_entropy(logits.transpose(1, 2), labels, reduction="none", ignore_index=PAD)
    return each.sum(dim=1) / labels.ne(PAD).sum(dim=1)


class Average:
    """A running average of the weights: what is evaluated and exported."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.weights = [weight.detach().clone() for weight in model.parameters()]

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move towards the model's weights; faster at first, so that early weights are forgotten."""
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 9))
        torch._foreach_lerp_(self.weights, [weight.detach() for weight in model.parameters()], 1 - decay)

    @torch.no_grad()
    def give(self, model: nn.Module) -> None:
        """Make the average the model's weights."""
        for mine, theirs in zip(self.weights, model.parameters(), strict=True):
            theirs.copy_(mine)

    @torch.no_grad()
    def swap(self, model: nn.Module) -> None:
        """Exchange the average with the model's weights; a second call undoes the first."""
        for mine, theirs in zip(self.weights, model.parameters(), strict=True):
            kept = theirs.detach().clone()
            theirs.copy_(mine)
            mine.copy_(kept)


@torch.no_grad()
def write(
    model: Any, sources: list[NDArray[np.int64]], *, batch_tokens: int, device: str
) -> Iterator[tuple[int, list[int]]]:
    """Translate many sources, sorted by length, as (index, pieces) in the order they are finished.

    Args:
        model: From `build`, in evaluation mode.
        sources: Pieces with language token and end of sentence.
        batch_tokens: Source positions in one batch, padding included.
        device: "cpu" or "cuda".
    """
    order = sorted(range(len(sources)), key=lambda index: -len(sources[index]))
    start = 0
    while start < len(order):
        width = len(sources[order[start]])
        rows = order[start : start + max(1, batch_tokens // width)]
        start += len(rows)
        batch = torch.full((len(rows), width), PAD, dtype=torch.long)
        for line, index in enumerate(rows):
            batch[line, : len(sources[index])] = torch.from_numpy(sources[index])
        batch = batch.to(device)
        longest = min(model.config.max_position_embeddings - 2, width * 2 + 10)
        written = model.generate(
            input_ids=batch,
            attention_mask=batch.ne(PAD).long(),
            max_new_tokens=longest,
            num_beams=1,
            do_sample=False,
            use_cache=True,
        ).tolist()
        for index, pieces in zip(rows, written, strict=True):
            body = pieces[1:]
            yield index, body[: body.index(EOS)] if EOS in body else body
