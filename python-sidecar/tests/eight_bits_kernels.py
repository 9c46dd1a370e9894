"""Compares the kernels around a product in eight bits with plain torch, on a machine without a card: Triton's
interpreter carries them out. Whatever it makes of floats in eight bits is wrong where a digit is carried, or no number.

Run in a process of its own, for the interpreter has to be chosen before Triton is imported.
"""

from __future__ import annotations

import itertools
import os
from typing import Any

os.environ["TRITON_INTERPRET"] = "1"

import torch

from reelwright_sidecar import eight_bits, eight_bits_fused
from reelwright_sidecar.eight_bits import EightBitProducts, Fp8Products, Int8Products, store

torch.set_num_threads(1)

LEAST = 2.0**-100
DTYPES = (torch.float32, torch.bfloat16, torch.float16)
SHAPES = ((3, 16), (4, 48), (7, 3072), (3, 12288))


def rows_of(count: int, width: int, dtype: torch.dtype) -> torch.Tensor:
    """Of very different sizes; one is as large as numbers can be, one has a number that stands out, one is zeros."""
    torch.manual_seed(count + width)
    rows = (torch.randn(count, width) * torch.logspace(-3, 2, count)[:, None]).to(dtype)
    rows[0] = rows[0] / rows[0].abs().max() * torch.finfo(dtype).max
    rows[1] = 0
    rows[-1, 0] *= 30
    return rows


def roundings() -> None:
    """Whole numbers are as near as they can be."""
    for dtype, (count, width) in itertools.product(DTYPES, SHAPES):
        rows = rows_of(count, width, dtype)
        kind: type[EightBitProducts]
        for kind in (Int8Products, Fp8Products):
            numbers, step = eight_bits_fused.rounded(rows, kind.numbers, kind.largest, LEAST)
            assert (numbers.dtype, numbers.shape, step.dtype) == (kind.numbers, rows.shape, torch.float32)
            torch.testing.assert_close(step, eight_bits._steps_of(rows, kind.largest), rtol=3e-7, atol=0)
            if kind is Int8Products:
                off = (numbers.double() - rows.double() / step.double()).abs()
                assert off.max() <= 0.5 + 1e-4
                assert numbers.abs().amax(1).tolist() == [0 if row == 1 else 127 for row in range(count)]
    halves = torch.tensor([[127, 0.5, 1.5, 2.5, -0.5, -1.5, -126.5, -127] * 2])
    numbers, _ = eight_bits_fused.rounded(halves, torch.int8, 127, LEAST)
    assert numbers[0, :8].tolist() == [127, 0, 2, 2, 0, -2, -126, -127]


def layer_of(kind: type[EightBitProducts], dtype: torch.dtype, bias: bool) -> Any:
    """Wider than what is scaled at once."""
    torch.manual_seed(3)
    layer = torch.nn.Linear(96, 1040, bias, dtype=dtype)
    store(layer, kind)
    return layer


def whole_numbers(plainly: Any, by_kernels: Any) -> None:
    """Are as near to the exact result as without kernels, in one piece and in several."""
    for dtype, bias in itertools.product(DTYPES, (True, False)):
        layer = layer_of(Int8Products, dtype, bias)
        rows = torch.randn(101, 96).to(dtype) * torch.logspace(-2, 1, 101, dtype=dtype)[:, None]
        weight = layer.weight.double() * layer.scale.double()
        exact = rows.double() @ weight.t() + (layer.bias.double() if bias else 0)
        eight_bits.kernels_for = plainly
        plain = layer(rows)
        eight_bits.kernels_for = by_kernels
        ours = layer(rows)
        for size in (2**24, 32 * 1040, 100 * 1040):
            eight_bits.PIECE = size
            assert torch.equal(layer(rows), ours)
        # What does not lie row by row, too.
        assert torch.equal(layer(rows.t().contiguous().t()), ours)
        assert (ours.dtype, ours.shape) == (dtype, plain.shape)
        away, other = (float((each - exact).norm()) for each in (ours, plain))
        # The interpreter cuts bfloat16 off, which a card rounds.
        assert away <= (1.1 if dtype == torch.bfloat16 else 1.01) * other, (dtype, away, other)


def floats(by_kernels: Any) -> None:
    """Go into the product as the kernel makes them."""
    eight_bits.kernels_for = by_kernels
    for dtype, bias in itertools.product(DTYPES, (True, False)):
        layer, rows = layer_of(Fp8Products, dtype, bias), torch.randn(70, 96).to(dtype)
        numbers, step = eight_bits_fused.rounded(rows, torch.float8_e4m3fn, 448, LEAST)
        assert torch.equal(layer(rows), layer._product(numbers, step).to(dtype))


def what_is_no_number(by_kernels: Any) -> None:
    """Stays none, in its row alone."""
    eight_bits.kernels_for = by_kernels
    for wrong in (torch.nan, torch.inf, -torch.inf):
        layer, rows = layer_of(Int8Products, torch.float32, True), torch.randn(40, 96)
        rows[7, 3] = wrong
        got = layer(rows)
        assert not got[7].isfinite().any()
        assert got[:7].isfinite().all()
        assert got[8:].isfinite().all()


def ours(*_: object) -> Any:
    """In place of the question whether there are kernels."""
    return eight_bits_fused


if __name__ == "__main__":
    with torch.inference_mode():
        roundings()
        whole_numbers(eight_bits.kernels_for, ours)
        floats(ours)
        what_is_no_number(ours)
    print("equal")
