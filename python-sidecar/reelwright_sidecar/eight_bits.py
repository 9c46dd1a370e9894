"""Linear layers in eight bits: kept in them, or multiplied in them too, as whole numbers or as floats."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import torch
import torch.nn.functional as F

from .own_kernels import tried

_STEPS = 127
_FLOATS = torch.float8_e4m3fn
_LARGEST_FLOAT = torch.finfo(_FLOATS).max
# A row of zeros is no reason to divide by nothing; in float16 this is the smallest number with all its digits.
_LEAST_SCALE = 2.0**-14
_LEAST_STEP = 2.0**-100
# Products of whole numbers (torch._int_mm) that cuBLAS takes, whichever it is: more than 16 rows, widths that are
# multiples of 8; of so few some of its versions gave wrong sums. Those of floats (torch._scaled_mm): multiples of 16.
_FEWEST_ROWS = 32
_WIDTHS_OF = 16
PIECE = 2**24
"""Numbers on the wider side of what is multiplied at once as whole numbers. Their sums are 64 MiB, which the caches of
large cards hold, and there are still more tiles of them than any card has multiprocessors. The planner reckons with it.
"""


class EightBitLinear(torch.nn.Linear):
    """A linear layer whose weight is kept in whole numbers of eight bits with a scale for each row.

    It is calculated with in the precision of its input.
    """

    scale: torch.Tensor
    largest: ClassVar[float] = _STEPS
    """Of the numbers, either way."""

    @staticmethod
    def rounded(values: torch.Tensor) -> torch.Tensor:
        """The nearest numbers to float32 values, which may be changed."""
        return values.round_().clamp_(-_STEPS, _STEPS).to(torch.int8)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return F.linear(input, self.weight.to(input.dtype).mul_(self.scale), self.bias)


class EightBitProducts(EightBitLinear):
    """The same with its input in such numbers, too: each row by its own scale."""

    numbers: ClassVar[torch.dtype]

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        rows = input.reshape(-1, self.in_features)
        if len(rows) < _FEWEST_ROWS:
            return super().forward(input)
        found: torch.Tensor = self.multiplied(rows).unflatten(0, input.shape[:-1])
        return found

    def multiplied(self, rows: torch.Tensor) -> torch.Tensor:
        """[rows, inputs] to [rows, outputs], in the same precision."""
        raise NotImplementedError

    def alone(self, rows: torch.Tensor) -> Callable[[], torch.Tensor]:
        """The product of as many rows of numbers that are in eight bits already."""
        raise NotImplementedError


class Int8Products(EightBitProducts):
    """Whole numbers, 127 steps either way."""

    numbers = torch.int8

    def multiplied(self, rows: torch.Tensor) -> torch.Tensor:
        if torch.compiler.is_compiling():
            # The compiler puts into one kernel what is done to a number, the product's sums among them.
            scale, bias = self._by_column()
            step = _steps_of(rows, _STEPS)
            whole = (rows / step).round_().to(torch.int8)
            sums = torch._int_mm(whole, self.weight.t()) * scale
            return torch.addcmul(bias, sums, step).to(rows.dtype)
        kernels = kernels_for(Int8Products, rows)
        if kernels is None:
            multiply = functools.partial(self._plainly, *self._by_column())
        else:
            multiply = functools.partial(self._by_kernels, kernels)
        result = rows.new_empty(len(rows), self.out_features)
        for piece in pieces(len(rows), PIECE // max(self.in_features, self.out_features)):
            multiply(rows[piece], result[piece])
        return result

    def _by_column(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The scale and the bias of each, in single precision."""
        scale = self.scale.float().t()
        return scale, scale.new_zeros(()) if self.bias is None else self.bias.float()

    # Functions of one piece, which keep nothing of it when the next one begins.
    def _plainly(
        self, scale: torch.Tensor, bias: torch.Tensor, rows: torch.Tensor, result: torch.Tensor
    ) -> None:
        step = _steps_of(rows, _STEPS)
        # Half as much to write and read as in float32; of bfloat16 what is over 64 is a quarter of a step off.
        quotient = torch.div(rows, step, out=torch.empty_like(rows))
        whole = quotient.round_().to(torch.int8)
        del quotient
        product = torch._int_mm(whole, self.weight.t())
        # Each scaled sum takes the place of the sum that it was.
        sums = torch.mul(product, scale, out=product.view(torch.float32))
        torch.addcmul(bias, sums, step, out=result)

    def _by_kernels(self, kernels: Any, rows: torch.Tensor, result: torch.Tensor) -> None:
        whole, step = kernels.rounded(rows, self.numbers, self.largest, _LEAST_STEP)
        kernels.scaled(torch._int_mm(whole, self.weight.t()), self.scale, step, self.bias, result)

    def alone(self, rows: torch.Tensor) -> Callable[[], torch.Tensor]:
        """As above: sums of four bytes."""
        whole = torch.randint(-_STEPS, _STEPS + 1, rows.shape, device=rows.device, dtype=torch.int8)
        return functools.partial(torch._int_mm, whole, self.weight.data.t())


class Fp8Products(EightBitProducts):
    """Floats with three digits behind the first (float8_e4m3fn), the largest of a row as large as they can be.

    The card's kernel scales the sums by row and by column and adds the bias before it writes them, so nothing but the
    rounded input lies beside. All such kernels give bfloat16, and some of them nothing else: whatever the precision
    around them, that rounds a sixteenth as much as the numbers that go in.
    """

    numbers = _FLOATS
    largest = _LARGEST_FLOAT

    @staticmethod
    def rounded(values: torch.Tensor) -> torch.Tensor:
        return values.clamp_(-_LARGEST_FLOAT, _LARGEST_FLOAT).to(_FLOATS)

    def multiplied(self, rows: torch.Tensor) -> torch.Tensor:
        if torch.compiler.is_compiling():
            step = _steps_of(rows, _LARGEST_FLOAT)
            numbers = (rows / step).to(_FLOATS)
        elif (kernels := kernels_for(Fp8Products, rows)) is not None:
            numbers, step = kernels.rounded(rows, self.numbers, self.largest, _LEAST_STEP)
        else:
            step = _steps_of(rows, _LARGEST_FLOAT)
            # No quotient in between.
            numbers = torch.div(rows, step, out=torch.empty_like(rows, dtype=_FLOATS))
        return self._product(numbers, step).to(rows.dtype)

    def alone(self, rows: torch.Tensor) -> Callable[[], torch.Tensor]:
        """As above: the scales and the bias are part of it."""
        step = _steps_of(rows, _LARGEST_FLOAT)
        return functools.partial(self._product, (rows / step).to(_FLOATS), step)

    def _product(self, numbers: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        """Of numbers and the size of their steps, by row, in bfloat16. Sums need not be kept to the last digit."""
        result: torch.Tensor = torch._scaled_mm(
            numbers,
            self.weight.t(),
            scale_a=step,
            scale_b=self.scale.float().t(),
            bias=None if self.bias is None else self.bias.to(torch.bfloat16),
            out_dtype=torch.bfloat16,
            use_fast_accum=True,
        )
        return result


def kernels_for(kind: type[EightBitProducts], rows: torch.Tensor) -> Any:
    """The module of kernels for such rows [rows, width], or None: on a processor, or where they cannot be made."""
    if not rows.is_cuda:
        return None
    return _fused(rows.device, rows.dtype, rows.shape[1], kind.numbers, kind.largest)


@functools.cache
def _fused(
    device: torch.device, dtype: torch.dtype, width: int, eight_bits: torch.dtype, largest: float
) -> Any:
    """As above. Those that are made here for one row are those of any number; a card without such floats has none."""

    def trial() -> Any:
        from . import eight_bits_fused

        row = torch.zeros(1, width, device=device, dtype=dtype)
        numbers, step = eight_bits_fused.rounded(row, eight_bits, largest, _LEAST_STEP)
        if eight_bits is torch.int8:
            eight_bits_fused.scaled(numbers.int(), row.t(), step, row[0], torch.empty_like(row))
        return eight_bits_fused

    return tried(trial, device, "What is multiplied in eight bits is rounded without kernels of our own.")


def _steps_of(rows: torch.Tensor, steps: float) -> torch.Tensor:
    """The size of a step for each of [rows, width], so that the largest has so many: float32 [rows, 1]."""
    largest = torch.linalg.vector_norm(rows, math.inf, 1, keepdim=True, dtype=torch.float32)
    step: torch.Tensor = (largest / steps).clamp_(min=_LEAST_STEP)
    return step


def pieces(rows: int, size: int) -> Iterator[slice]:
    """All rows, about so many at a time: multiples of 32, never fewer than a product can have."""
    starts = range(0, rows - _FEWEST_ROWS + 1, max(32, size // 32 * 32))
    return map(slice, starts, [*starts[1:], rows])


def store(layer: torch.nn.Linear, kind: type[EightBitLinear]) -> None:
    """Keeps the weight in eight bits from here on. A layer that cannot be multiplied in them is only kept."""
    able = layer.in_features % _WIDTHS_OF == 0 and layer.out_features % _WIDTHS_OF == 0
    kept = kind if able else EightBitLinear
    weight = layer.requires_grad_(False).weight.data
    scale = (weight.abs().amax(1, keepdim=True).float() / kept.largest).clamp_(min=_LEAST_SCALE)
    layer.register_buffer("scale", scale.to(weight.dtype), persistent=False)
    layer.weight.data = kept.rounded(weight.float() / layer.get_buffer("scale").float())
    layer.__class__ = kept
