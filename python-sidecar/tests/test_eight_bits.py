"""Linear layers in eight bits, against what they would give without rounding."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright_sidecar import eight_bits
from reelwright_sidecar.eight_bits import (
    EightBitLinear,
    EightBitProducts,
    Fp8Products,
    Int8Products,
    pieces,
    store,
)

PRECISIONS = [torch.float32, torch.bfloat16, torch.float16]
KINDS = [Int8Products, Fp8Products]


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


def layer_of(
    kind: type[EightBitProducts], inputs: int, outputs: int, dtype: torch.dtype, *, bias: bool = True
) -> torch.nn.Linear:
    layer = torch.nn.Linear(inputs, outputs, bias, dtype=dtype)
    store(layer, kind)
    return layer


def states(rows: int, width: int, dtype: torch.dtype, seed: int) -> torch.Tensor:
    """Rows of very different sizes, with one of zeros and some numbers that stand out."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(rows, width, generator=generator) * torch.logspace(-3, 2, rows)[:, None]
    values[0] = 0
    values[-1, 0] *= 30
    return values.to(dtype)


@settings(deadline=None, max_examples=100)
@given(
    kind=st.sampled_from(KINDS),
    rows=st.integers(1, 70),
    inputs=st.one_of(st.integers(1, 80), st.integers(1, 5).map(lambda n: 16 * n)),
    outputs=st.one_of(st.integers(1, 80), st.integers(1, 5).map(lambda n: 16 * n)),
    dtype=st.sampled_from(PRECISIONS),
    bias=st.booleans(),
    seed=st.integers(0, 100),
)
def test_a_product_is_as_near_as_its_steps(
    kind: type[EightBitProducts],
    rows: int,
    inputs: int,
    outputs: int,
    dtype: torch.dtype,
    bias: bool,
    seed: int,
) -> None:
    """Whatever the shape: half a step for every number, twice rounded, and the rounding of the result."""
    layer = layer_of(kind, inputs, outputs, dtype, bias=bias)
    given_rows = states(rows, inputs, dtype, seed)
    got = layer(given_rows)
    assert (got.dtype, got.shape) == (dtype, (rows, outputs))
    weight = layer.weight.double() * layer.get_buffer("scale").double()
    exact = given_rows.double() @ weight.t() + (layer.bias.double() if bias else 0)
    sizes = given_rows.double().abs() @ weight.abs().t() + exact.abs()
    eps = torch.finfo(dtype).eps
    half_steps = (1 + 64 * eps) * half_a_step(layer, given_rows.double()) @ weight.abs().t()
    # Floats come as bfloat16 from their product; where a weight is only kept in eight bits, it is rounded once more.
    coarse = torch.finfo(torch.bfloat16).eps if isinstance(layer, Fp8Products) else eps
    assert ((got.double() - exact).abs() <= 1.01 * half_steps + 2 * max(coarse, eps) * sizes + 1e-7).all()


def half_a_step(layer: torch.nn.Linear, rows: torch.Tensor) -> torch.Tensor:
    """Of each number of [rows, width]: a 254th of its row's largest, or a sixteenth of itself, as long as it is not
    among the row's very small ones."""
    largest = rows.abs().amax(1, keepdim=True)
    if isinstance(layer, Fp8Products):
        return torch.maximum(rows.abs() / 16, largest / 448 * 2.0**-10)
    return (largest / 254).expand_as(rows)


@pytest.mark.parametrize(
    ("inputs", "outputs", "multiplied"), [(64, 48, True), (64, 24, False), (20, 64, False), (16, 16, True)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_multiplied_so_is_only_kept(
    kind: type[EightBitProducts], inputs: int, outputs: int, multiplied: bool
) -> None:
    layer = layer_of(kind, inputs, outputs, torch.float32)
    assert type(layer) is (kind if multiplied else EightBitLinear)
    few = states(31, inputs, torch.float32, 1)
    assert torch.equal(layer(few), EightBitLinear.forward(layer, few))


@pytest.mark.parametrize(
    ("dtype", "size"),
    [
        *((dtype, size) for dtype in (torch.float32, torch.bfloat16) for size in (1e30, 1e-20)),
        (torch.float16, 500),
    ],
)
def test_floats_are_neither_too_large_nor_too_small(dtype: torch.dtype, size: float) -> None:
    """Of themselves they end at 448, and below a 512th there is nothing."""
    layer = torch.nn.Linear(64, 48, dtype=dtype)
    layer.bias.data.zero_()
    weight = layer.weight.data.double()
    store(layer, Fp8Products)
    rows = (states(100, 64, torch.float32, 5) / 300 * size).to(dtype)
    got, exact = layer(rows).double(), rows.double() @ weight.t()
    assert got.isfinite().all()
    # Each row by its own measure; the one of zeros gives zeros.
    assert not got[0].any()
    assert ((got - exact)[1:].norm(dim=1) < 0.08 * exact[1:].norm(dim=1)).all()


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_nothing_is_added_to_the_rounding_of_floats(dtype: torch.dtype) -> None:
    """What the card's kernel is asked for is the product of the rounded numbers, scaled, with the bias."""
    layer = layer_of(Fp8Products, 96, 64, dtype)
    rows = states(80, 96, dtype, 6)
    step = (rows.float().abs().amax(1, keepdim=True) / 448).clamp(min=2.0**-100)
    numbers = (rows.float() / step).to(torch.float8_e4m3fn)
    scale = layer.get_buffer("scale").double()
    exact = (numbers.double() * step) @ (layer.weight.double() * scale).t() + layer.bias.double()
    torch.testing.assert_close(layer(rows).double(), exact, rtol=2.0**-7, atol=1e-3)


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_pieces_make_no_difference(dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = layer_of(Int8Products, 48, 96, dtype)
    batch = states(2 * 250, 48, dtype, 2).unflatten(0, (2, 250))
    whole = layer(batch)
    assert whole.shape == (2, 250, 96)
    for rows in (1, 32, 100, 499):
        monkeypatch.setattr(eight_bits, "PIECE", rows * 96)
        assert torch.equal(layer(batch), whole)
    # What is not contiguous, too.
    assert torch.equal(layer(batch.transpose(0, 1)), whole.transpose(0, 1))


@given(rows=st.integers(32, 5000), size=st.integers(0, 6000))
def test_pieces_are_all_rows_in_their_order(rows: int, size: int) -> None:
    cut = list(pieces(rows, size))
    assert (cut[0].start, cut[-1].stop) == (0, rows)
    assert all(one.stop == other.start for one, other in pairwise(cut))
    assert all(32 <= each.stop - each.start < max(32, size) + 32 for each in cut)


@pytest.mark.parametrize("kind", KINDS)
def test_a_compiler_sees_one_graph_with_the_same_result(kind: type[EightBitProducts]) -> None:
    layer = layer_of(kind, 32, 64, torch.float32)
    rows = states(100, 32, torch.float32, 3)
    torch._dynamo.reset()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    assert torch.equal(compiled(rows), layer(rows))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_no_number_stays_none(kind: type[EightBitProducts], wrong: float) -> None:
    layer = layer_of(kind, 32, 64, torch.float32)
    rows = states(40, 32, torch.float32, 4)
    rows[7, 3] = wrong
    got = layer(rows)
    assert not got[7].isfinite().any()
    assert got[:7].isfinite().all()
    assert got[8:].isfinite().all()


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_card_or_without_kernels_it_is_plain_torch(
    kind: type[EightBitProducts], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert eight_bits.kernels_for(kind, torch.zeros(40, 32)) is None
    assert not caplog.records

    def refused(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no compiler")

    monkeypatch.setattr(torch, "zeros", refused)
    card = torch.device("cuda")
    for _ in range(2):
        assert eight_bits._fused(card, torch.bfloat16, 32, kind.numbers, kind.largest) is None
    assert [record.message for record in caplog.records] == [
        "What is multiplied in eight bits is rounded without kernels of our own."
    ]
    eight_bits._fused.cache_clear()


@pytest.mark.skipif(find_spec("triton") is None, reason="needs Triton")
def test_kernels_are_equal_to_plain_torch() -> None:
    tests = Path(__file__).parent
    ran = subprocess.run(
        [sys.executable, str(tests / "eight_bits_kernels.py")],
        cwd=tests,
        env={**os.environ, "PYTHONPATH": str(tests.parent), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.strip().endswith("equal"), ran.stderr
