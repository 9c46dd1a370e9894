"""Linear layers in eight bits: kept in them, or multiplied in them too, and what that takes on this card."""

from __future__ import annotations

import functools
import math
import statistics
from collections.abc import Iterator

import torch
import torch.nn.functional as F

from .card_clock import milliseconds
from .contract import Int8Share

_STEPS = 127
# A row of zeros is no reason to divide by nothing; in float16 this is the smallest number with all its digits.
_LEAST_SCALE = 2.0**-14
_LEAST_STEP = 2.0**-100
# Products of whole numbers (torch._int_mm) that cuBLAS takes, whichever it is: more than 16 rows, widths that are
# multiples of 8; of so few some of its versions gave wrong sums.
_FEWEST_ROWS = 32
_WIDTHS_OF = 16
PIECE = 2**24
"""Numbers on the wider side of what is multiplied at once. Their sums are 64 MiB, which the caches of large cards hold,
and there are still more tiles of them than any card has multiprocessors. The planner reckons with it."""


class Int8Linear(torch.nn.Linear):
    """A linear layer whose weight is kept in whole numbers of eight bits with a scale for each row.

    It is calculated with in the precision of its input.
    """

    scale: torch.Tensor

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return F.linear(input, self.weight.to(input.dtype).mul_(self.scale), self.bias)


class Int8Products(Int8Linear):
    """The same with its input in whole numbers, too: each row by its own scale, 127 steps either way."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        rows = input.reshape(-1, self.in_features)
        if len(rows) < _FEWEST_ROWS:
            return super().forward(input)
        scale = self.scale.float().t()
        bias = scale.new_zeros(()) if self.bias is None else self.bias.float()
        if torch.compiler.is_compiling():
            # The compiler puts into one kernel what is done to a number, the product's sums among them.
            step = _steps_of(rows)
            whole = (rows / step).round_().to(torch.int8)
            sums = torch._int_mm(whole, self.weight.t()) * scale
            result = torch.addcmul(bias, sums, step).to(input.dtype)
        else:
            result = input.new_empty(len(rows), self.out_features)
            for piece in pieces(len(rows), PIECE // max(self.in_features, self.out_features)):
                step = _steps_of(rows[piece])
                # Half as much to write and read as in float32; of bfloat16 what is over 64 is a quarter of a step off.
                quotient = torch.div(rows[piece], step, out=torch.empty_like(rows[piece]))
                whole = quotient.round_().to(torch.int8)
                product = torch._int_mm(whole, self.weight.t())
                # Each scaled sum takes the place of the sum that it was.
                sums = torch.mul(product, scale, out=product.view(torch.float32))
                torch.addcmul(bias, sums, step, out=result[piece])
        found: torch.Tensor = result.unflatten(0, input.shape[:-1])
        return found


def _steps_of(rows: torch.Tensor) -> torch.Tensor:
    """The size of a step for each of [rows, width]: float32 [rows, 1]."""
    largest = torch.linalg.vector_norm(rows, math.inf, 1, keepdim=True, dtype=torch.float32)
    step: torch.Tensor = (largest / _STEPS).clamp_(min=_LEAST_STEP)
    return step


def pieces(rows: int, size: int) -> Iterator[slice]:
    """All rows, about so many at a time: multiples of 32, never fewer than a product can have."""
    starts = range(0, rows - _FEWEST_ROWS + 1, max(32, size // 32 * 32))
    return map(slice, starts, [*starts[1:], rows])


def store(layer: torch.nn.Linear, kind: type[Int8Linear]) -> None:
    """Keeps the weight in eight bits from here on. A layer that cannot be multiplied in them is only kept."""
    weight = layer.requires_grad_(False).weight.data
    scale = (weight.abs().amax(1, keepdim=True).float() / _STEPS).clamp_(min=_LEAST_SCALE).to(weight.dtype)
    layer.weight.data = (weight.float() / scale.float()).round_().clamp_(-_STEPS, _STEPS).to(torch.int8)
    layer.register_buffer("scale", scale, persistent=False)
    able = layer.in_features % _WIDTHS_OF == 0 and layer.out_features % _WIDTHS_OF == 0
    layer.__class__ = kind if able else Int8Linear


# The layers of one block as wide as the large models', and how often it has each; rows that take long enough to time.
_TRIED_WIDTH = 3072
_TRIED_LAYERS = ((1, 1, 4), (1, 4, 1), (4, 1, 1))
_TRIED_ROWS = 4096
_TIMES = 5
# Of random numbers both roundings make a hundredth.
_SAME = 0.03


@torch.inference_mode()
def int8_share(capability: tuple[int, int], device: str = "cuda") -> Int8Share | None:
    """What a block's products take in eight bits on the current card, of what they take in half precision: both are
    measured, in turn. None where it cannot, has no memory for it at the moment, or gives something else.
    """
    if capability < (7, 5):
        return None
    dtype = torch.bfloat16 if capability >= (8, 0) else torch.float16
    taken = [0.0, 0.0, 0.0]
    try:
        for inputs, outputs, times in _TRIED_LAYERS:
            size = inputs * _TRIED_WIDTH, outputs * _TRIED_WIDTH
            layer = torch.nn.Linear(*size, device=device, dtype=dtype)
            rows = torch.randn(_TRIED_ROWS, layer.in_features, device=device, dtype=dtype)
            half = functools.partial(F.linear, rows, layer.weight.data, layer.bias.data)
            store(layer, Int8Products)
            whole = functools.partial(layer, rows)
            numbers = torch.randint(-_STEPS, _STEPS + 1, rows.shape, device=device, dtype=torch.int8)
            bare = functools.partial(torch._int_mm, numbers, layer.weight.data.t())
            exact = half()
            # Not so of what is no number, either.
            if not (whole() - exact).norm() <= _SAME * exact.norm():
                return None
            rounds = [[milliseconds(way) for way in (half, whole, bare)] for _ in range(_TIMES)]
            for way, each in enumerate(zip(*rounds, strict=True)):
                taken[way] += times * statistics.median(each)
    except RuntimeError:
        return None
    finally:
        torch.cuda.empty_cache()
    return Int8Share(whole=taken[1] / taken[0], bare=taken[2] / taken[0]) if taken[0] > 0 else None
