"""One step of a decoder of each family, over keys and values that lie in fixed places. For `workbench.engines.static`.

The layers are transformers' own. The beams of a text stand where transformers expects the tokens of a sequence: they
share the keys and values of their text, and a mask tells each of them which are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from transformers.cache_utils import Cache, EncoderDecoderCache, StaticLayer


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes that stay the same for every step.

    Attributes:
        lanes: Texts that are decoded side by side.
        beams: Width of the search.
        source: Most tokens of a text that is read.
        length: Most tokens that are written, those that every output is made to begin with included.
    """

    lanes: int
    beams: int
    source: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the beams may look at in one step.

    Attributes:
        position: Number of the token that is read now, [lanes].
        seen: How many steps the longest output may have behind it.
        places: Where the new keys and values go, [lanes * beams], counted through all lanes.
        own: Which keys each beam has written, [lanes, 1, beams, seen * beams].
        source: Which tokens of the text are no padding, [lanes, 1, beams, source].
    """

    position: Tensor
    seen: int
    places: Tensor
    own: Tensor
    source: Tensor


class _Layer(StaticLayer):  # type: ignore[misc]
    """Keys and values of one layer, as transformers asks for them; heads are the third dimension in memory."""

    def __init__(self, keys: Tensor, values: Tensor, view: View) -> None:
        super().__init__(max_cache_len=keys.shape[1])
        self._held = (keys, values)
        self._view = view
        self.keys, self.values = keys.transpose(1, 2), values.transpose(1, 2)

    def update(self, keys: Tensor, values: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Put the new keys and values, [lanes, heads, beams, dim], in their places; everything that may be seen."""
        for held, new in zip(self._held, (keys, values), strict=True):
            held.flatten(0, 1).index_copy_(0, self._view.places, new.transpose(1, 2).flatten(0, 1))
        end = self._view.own.shape[-1]
        return self.keys[:, :, :end], self.values[:, :, :end]

    def get_seq_length(self) -> int:
        """More than none, so that transformers takes what is held instead of computing it."""
        return 1


class Held:
    """All keys and values of a decoder: of what was written, and of the texts that are read.

    `own` is [layers, 2, lanes, length * beams, heads, dim] and `crossed` [layers, 2, lanes, source, heads, dim].
    """

    def __init__(self, stack: Stack, shape: Shape) -> None:
        some = stack.weight
        sizes = (stack.heads, stack.width)
        self.own = some.new_zeros((stack.layers, 2, shape.lanes, shape.length * shape.beams, *sizes))
        self.crossed = some.new_zeros((stack.layers, 2, shape.lanes, shape.source, *sizes))

    def cache(self, view: View) -> EncoderDecoderCache:
        """The same as a cache of transformers."""
        own, crossed = (
            Cache(layers=[_Layer(keys, values, view) for keys, values in held])
            for held in (self.own, self.crossed)
        )
        return EncoderDecoderCache(own, crossed)


class Stack(Protocol):
    """A decoder with its embeddings and its output layer.

    Attributes:
        layers: Their number.
        heads: Of attention in each layer.
        width: Dimensions of one head.
        weight: Some weight: it tells device and type.
    """

    layers: int
    heads: int
    width: int
    weight: Tensor

    def step(self, tokens: Tensor, view: View, held: Held) -> Tensor:
        """Scores of the next token, [lanes, beams, vocabulary], behind `tokens`, [lanes, beams]."""
        ...

    def crossed(self, states: Tensor) -> Tensor:
        """Keys and values of texts, [layers, 2, lanes, source, heads, dim], from their encoder's last states."""
        ...


class _BartStack:
    """Marian, BART, mBART, PEGASUS, M2M100 and NLLB: positions from a table, norms before or behind."""

    def __init__(self, model: Any) -> None:
        self._decoder = model.model.decoder
        self._head = model.lm_head
        self._bias = getattr(model, "final_logits_bias", None)
        self._scale = getattr(self._decoder, "embed_scale", 1.0)  # the others scale inside their embeddings
        self._table = _positions(self._decoder.embed_positions)
        self._first = getattr(self._decoder, "layernorm_embedding", nn.Identity())
        self._last = getattr(self._decoder, "layer_norm", nn.Identity())
        self.layers = len(self._decoder.layers)
        self.heads = self._decoder.layers[0].encoder_attn.num_heads
        self.width = self._decoder.layers[0].encoder_attn.head_dim
        self.weight = self._decoder.embed_tokens.weight

    def step(self, tokens: Tensor, view: View, held: Held) -> Tensor:
        embedded = self._decoder.embed_tokens(tokens) * self._scale
        hidden = self._first(embedded + self._table[view.position].unsqueeze(1))
        cache = held.cache(view)
        for layer in self._decoder.layers:
            hidden = layer(hidden, view.own, hidden, view.source, cache)  # the third is not read: all is held
        logits: Tensor = self._head(self._last(hidden))
        return logits if self._bias is None else logits + self._bias

    def crossed(self, states: Tensor) -> Tensor:
        attentions = (layer.encoder_attn for layer in self._decoder.layers)
        return _keys_and_values(((each.k_proj, each.v_proj) for each in attentions), states, self.width)


class _T5Stack:
    """T5, mT5 and MADLAD: the distance of two tokens is part of their attention."""

    def __init__(self, model: Any) -> None:
        self._decoder = model.decoder
        self._head = model.lm_head
        config = model.config
        scaled = config.model_type == "t5" and config.scale_decoder_outputs
        self._scale = config.d_model**-0.5 if scaled else 1.0
        first = self._decoder.block[0].layer[0].SelfAttention
        self._bias, self._bucket = first.relative_attention_bias, first._relative_position_bucket
        self._buckets = {
            "num_buckets": first.relative_attention_num_buckets,
            "max_distance": first.relative_attention_max_distance,
        }
        self.layers = len(self._decoder.block)
        self.heads = config.num_heads
        self.width = config.d_kv
        self.weight = self._decoder.embed_tokens.weight

    def step(self, tokens: Tensor, view: View, held: Held) -> Tensor:
        hidden = self._decoder.embed_tokens(tokens)
        near = self._nearness(view, beams=tokens.shape[1])
        none = hidden.new_zeros((1, self.heads, 1, view.source.shape[-1]))
        cache = held.cache(view)
        for block in self._decoder.block:
            hidden = block(hidden, view.own, near, hidden, view.source, none, cache)[0]
        logits: Tensor = self._head(self._decoder.final_layer_norm(hidden) * self._scale)
        return logits

    def _nearness(self, view: View, *, beams: int) -> Tensor:
        """What distance adds to attention, [lanes, heads, 1, seen * beams]."""
        steps = torch.arange(view.seen, device=view.position.device)
        ahead = steps - view.position.unsqueeze(1)
        added: Tensor = self._bias(self._bucket(ahead, bidirectional=False, **self._buckets))
        return added.repeat_interleave(beams, 1).permute(0, 2, 1).unsqueeze(2)

    def crossed(self, states: Tensor) -> Tensor:
        attentions = (block.layer[1].EncDecAttention for block in self._decoder.block)
        return _keys_and_values(((each.k, each.v) for each in attentions), states, self.width)


_STACKS: dict[str, Callable[[Any], Stack]] = {
    "bart": _BartStack,
    "m2m_100": _BartStack,
    "marian": _BartStack,
    "mbart": _BartStack,
    "mt5": _T5Stack,
    "pegasus": _BartStack,
    "t5": _T5Stack,
}


def stack_of(model: Any) -> Stack | None:
    """The decoder of a transformers model, or None where its family is not one of those above."""
    config = model.config
    if config.model_type == "m2m_100" and config.decoder_start_token_id == config.pad_token_id:
        return None  # M2M100 gives padding no place among the positions
    kind = _STACKS.get(config.model_type)
    return kind(model) if kind else None


def _positions(embedding: Any) -> Tensor:
    """The table of positions from the first token on, [positions, dim]."""
    if hasattr(embedding, "weights"):  # M2M100 counts from behind the number of its padding
        table: Tensor = embedding.weights[embedding.padding_idx + 1 :]
    else:
        table = embedding.weight[getattr(embedding, "offset", 0) :]  # BART and mBART leave two rows free
    return table


def _keys_and_values(layers: Iterator[tuple[Any, Any]], states: Tensor, width: int) -> Tensor:
    return torch.stack(
        [torch.stack([make(states).unflatten(-1, (-1, width)) for make in pair]) for pair in layers]
    )
