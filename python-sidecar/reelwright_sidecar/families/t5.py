"""The encoder half of T5 1.1, the text encoder of CogVideoX, with the names that its weights have in files.

Written out here because it is all that a render needs of the transformers library, whose import costs more time than
the rest of the worker's. Tests hold it bit-equal to transformers' T5EncoderModel.
Sources: Raffel et al. 2020 (T5), Shazeer 2020 (gated GELU), Zhang and Sennrich 2019 (RMS norm).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

WIDE_PARTS = ("wo",)
"""Parts of tensor names of layers that calculate in float32 where the rest is float16, which they would overflow."""


@dataclass(frozen=True)
class T5Shape:
    """The sizes of an encoder."""

    vocabulary: int
    width: int
    heads: int
    head_width: int
    inner_width: int
    layers: int
    buckets: int
    distance: int
    epsilon: float
    gated: bool


def t5_shape(config: Mapping[str, object]) -> T5Shape:
    """Reads the sizes from a config.json. Raises ValueError for what this encoder cannot be."""

    def whole(name: str, default: int | None = None) -> int:
        value = config.get(name, default)
        if isinstance(value, int) and value > 0:
            return value
        raise ValueError(f"{name} is {value!r}")

    kind = config.get("feed_forward_proj", "relu")
    if kind not in ("gated-gelu", "relu"):
        raise ValueError(f"feed_forward_proj is {kind!r}")
    epsilon = config.get("layer_norm_epsilon", 1e-6)
    return T5Shape(
        vocabulary=whole("vocab_size", 32128),
        width=whole("d_model", 512),
        heads=whole("num_heads", 8),
        head_width=whole("d_kv", 64),
        inner_width=whole("d_ff", 2048),
        layers=whole("num_layers", 6),
        buckets=whole("relative_attention_num_buckets", 32),
        distance=whole("relative_attention_max_distance", 128),
        epsilon=float(epsilon) if isinstance(epsilon, (int, float)) else 1e-6,
        gated=kind == "gated-gelu",
    )


class RmsNorm(nn.Module):
    """Scales to a root mean square of one, then by `weight`; the mean is taken in float32."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self._epsilon = epsilon

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        square = x.to(torch.float32).pow(2).mean(-1, keepdim=True)
        return self.weight * (x * torch.rsqrt(square + self._epsilon)).to(self.weight.dtype)


class SelfAttention(nn.Module):
    """Attention whose scores are not scaled but shifted by a learned bias for the distance between two tokens."""

    def __init__(self, shape: T5Shape, first: bool) -> None:
        super().__init__()
        inner = shape.heads * shape.head_width
        self.q = nn.Linear(shape.width, inner, bias=False)
        self.k = nn.Linear(shape.width, inner, bias=False)
        self.v = nn.Linear(shape.width, inner, bias=False)
        self.o = nn.Linear(inner, shape.width, bias=False)
        if first:  # the other layers use the bias of the first
            self.relative_attention_bias = nn.Embedding(shape.buckets, shape.heads)
        self._shape = shape

    def bias(self, length: int, device: torch.device) -> torch.Tensor:
        """[1, heads, length, length]."""
        positions = torch.arange(length, device=device)
        buckets = distance_buckets(
            positions[None] - positions[:, None], self._shape.buckets, self._shape.distance
        )
        values: torch.Tensor = self.relative_attention_bias(buckets)
        return values.permute(2, 0, 1).unsqueeze(0).contiguous()

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        batch, length, _ = x.shape

        def split(y: torch.Tensor) -> torch.Tensor:
            return y.view(batch, length, -1, self._shape.head_width).transpose(1, 2)

        mixed = functional.scaled_dot_product_attention(
            split(self.q(x)), split(self.k(x)), split(self.v(x)), attn_mask=bias, scale=1.0
        )
        result: torch.Tensor = self.o(mixed.transpose(1, 2).reshape(batch, length, -1))
        return result


def distance_buckets(distance: torch.Tensor, buckets: int, longest: int) -> torch.Tensor:
    """Buckets of distances between tokens: half for each direction; in each, one bucket for every short distance,
    then ever wider ones up to `longest`."""
    half = buckets // 2
    exact = half // 2
    size = distance.abs()
    wide = exact + (torch.log(size.float() / exact) / math.log(longest / exact) * (half - exact)).to(
        torch.int64
    )
    return (distance > 0) * half + torch.where(size < exact, size, wide.clamp(max=half - 1))


class WideLinear(nn.Linear):
    """Calculates in float32 what comes in float16, whatever its weight is kept in: more bits would say no more."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if input.dtype != torch.float16:
            return super().forward(input)
        return functional.linear(input.float(), self.weight.float())


class FeedForward(nn.Module):
    """Two layers with a GELU (tanh form) in between, gated by a third, or with a ReLU."""

    def __init__(self, shape: T5Shape) -> None:
        super().__init__()
        self._gated = shape.gated
        if shape.gated:
            self.wi_0 = nn.Linear(shape.width, shape.inner_width, bias=False)
            self.wi_1 = nn.Linear(shape.width, shape.inner_width, bias=False)
        else:
            self.wi = nn.Linear(shape.width, shape.inner_width, bias=False)
        self.wo = WideLinear(shape.inner_width, shape.width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self._gated:
            y = self.wi_0(x)
            gate = 0.5 * y * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (y + 0.044715 * torch.pow(y, 3.0))))
            inner = gate * self.wi_1(x)
        else:
            inner = functional.relu(self.wi(x))
        result: torch.Tensor = self.wo(inner)
        return result


class Sublayer(nn.Module):
    """Norm, then attention or feed-forward, added to the input; kept within float16 where that is the type."""

    def __init__(self, shape: T5Shape, name: str, part: nn.Module) -> None:
        super().__init__()
        self.add_module(name, part)
        self.layer_norm = RmsNorm(shape.width, shape.epsilon)
        self._part = name

    def forward(self, x: torch.Tensor, *bias: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = x + self.get_submodule(self._part)(self.layer_norm(x), *bias)
        if result.dtype == torch.float16:
            largest = torch.finfo(torch.float16).max - (1000 if bool(torch.isinf(result).any()) else 0)
            result = result.clamp(-largest, largest)
        return result


class Block(nn.Module):
    """Attention, then feed-forward."""

    def __init__(self, shape: T5Shape, first: bool) -> None:
        super().__init__()
        self.layer = nn.ModuleList(
            [
                Sublayer(shape, "SelfAttention", SelfAttention(shape, first)),
                Sublayer(shape, "DenseReluDense", FeedForward(shape)),
            ]
        )

    def forward(self, x: torch.Tensor, bias: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """The first block is given no bias: it has the table, and gives the bias to those after it."""
        if bias is None:
            attention = self.get_submodule("layer.0.SelfAttention")
            assert isinstance(attention, SelfAttention)
            bias = attention.bias(x.shape[1], x.device)
        return self.layer[1](self.layer[0](x, bias)), bias


class Stack(nn.Module):
    """The blocks and the last norm."""

    def __init__(self, shape: T5Shape) -> None:
        super().__init__()
        self.block = nn.ModuleList([Block(shape, index == 0) for index in range(shape.layers)])
        self.final_layer_norm = RmsNorm(shape.width, shape.epsilon)


class T5Encoder(nn.Module):
    """Tokens [batch, length] to states [batch, length, width]. Padding is attended to, as CogVideoX was trained."""

    def __init__(self, shape: T5Shape) -> None:
        super().__init__()
        self.shared = nn.Embedding(shape.vocabulary, shape.width)
        self.encoder = Stack(shape)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.shared(tokens)
        bias = None
        for block in self.encoder.block:
            x, bias = block(x, bias)
        result: torch.Tensor = self.encoder.final_layer_norm(x)
        return result
