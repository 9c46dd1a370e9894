"""Linear layers in eight bits, against what they would give without rounding."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright_sidecar import eight_bits
from reelwright_sidecar.eight_bits import Int8Linear, Int8Products, int8_share, pieces, store

PRECISIONS = [torch.float32, torch.bfloat16, torch.float16]


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


def layer_of(inputs: int, outputs: int, dtype: torch.dtype, *, bias: bool = True) -> torch.nn.Linear:
    layer = torch.nn.Linear(inputs, outputs, bias, dtype=dtype)
    store(layer, Int8Products)
    return layer


def states(rows: int, width: int, dtype: torch.dtype, seed: int) -> torch.Tensor:
    """Rows of very different sizes, with one of zeros and some numbers that stand out."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(rows, width, generator=generator) * torch.logspace(-3, 2, rows)[:, None]
    values[0] = 0
    values[-1, 0] *= 30
    return values.to(dtype)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(1, 70),
    inputs=st.one_of(st.integers(1, 80), st.integers(1, 5).map(lambda n: 16 * n)),
    outputs=st.one_of(st.integers(1, 80), st.integers(1, 5).map(lambda n: 16 * n)),
    dtype=st.sampled_from(PRECISIONS),
    bias=st.booleans(),
    seed=st.integers(0, 100),
)
def test_a_product_is_as_near_as_its_steps(
    rows: int, inputs: int, outputs: int, dtype: torch.dtype, bias: bool, seed: int
) -> None:
    """Whatever the shape: half a step of its row for every number, twice rounded, and the rounding of the result."""
    layer = layer_of(inputs, outputs, dtype, bias=bias)
    given_rows = states(rows, inputs, dtype, seed)
    got = layer(given_rows)
    assert (got.dtype, got.shape) == (dtype, (rows, outputs))
    weight = layer.weight.double() * layer.get_buffer("scale").double()
    exact = given_rows.double() @ weight.t() + (layer.bias.double() if bias else 0)
    sizes = given_rows.double().abs() @ weight.abs().t() + exact.abs()
    eps = torch.finfo(dtype).eps
    half_steps = (
        (1 + 64 * eps) * given_rows.double().abs().amax(1, keepdim=True) / 127 / 2 * weight.abs().sum(1)
    )
    # Where it is only kept in eight bits, its weight is rounded once more.
    assert ((got.double() - exact).abs() <= 1.01 * half_steps + 2 * eps * sizes + 1e-7).all()


@pytest.mark.parametrize(
    ("inputs", "outputs", "kind"),
    [(64, 48, Int8Products), (64, 24, Int8Linear), (20, 64, Int8Linear), (16, 16, Int8Products)],
)
def test_what_cannot_be_multiplied_so_is_only_kept(inputs: int, outputs: int, kind: type) -> None:
    layer = layer_of(inputs, outputs, torch.float32)
    assert type(layer) is kind
    few = states(31, inputs, torch.float32, 1)
    assert torch.equal(layer(few), Int8Linear.forward(layer, few))  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_pieces_make_no_difference(dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = layer_of(48, 96, dtype)
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


def test_a_compiler_sees_one_graph_with_the_same_result() -> None:
    layer = layer_of(32, 64, torch.float32)
    rows = states(100, 32, torch.float32, 3)
    torch._dynamo.reset()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    assert torch.equal(compiled(rows), layer(rows))


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_no_number_stays_none(wrong: float) -> None:
    layer = layer_of(32, 64, torch.float32)
    rows = states(40, 32, torch.float32, 4)
    rows[7, 3] = wrong
    got = layer(rows)
    assert not got[7].isfinite().any()
    assert got[:7].isfinite().all()
    assert got[8:].isfinite().all()


class Clock:
    """Takes as long as it is said for each of three ways in turn."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = seconds
        self._calls = 0

    def __call__(self, call: Callable[[], object]) -> float:
        call()
        self._calls += 1
        return self._seconds[(self._calls - 1) % len(self._seconds)]


def test_the_share_that_they_take_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eight_bits, "_TRIED_WIDTH", 64)
    monkeypatch.setattr(eight_bits, "_TRIED_ROWS", 40)
    monkeypatch.setattr(eight_bits, "milliseconds", Clock(10, 6, 4))
    share = int8_share((8, 9), "cpu")
    assert share is not None
    assert share.whole == pytest.approx(0.6)
    assert share.bare == pytest.approx(0.4)
    assert int8_share((7, 5), "cpu") == share
    assert int8_share((7, 0), "cpu") is None


def raising(*_: object) -> torch.Tensor:
    raise RuntimeError("CUBLAS_STATUS_NOT_SUPPORTED")


def zeros(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return torch.zeros(len(left), right.shape[1], dtype=torch.int32)


@pytest.mark.parametrize("product", [raising, zeros])
def test_a_card_that_cannot_or_does_wrong_has_no_share(
    product: Callable[..., torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eight_bits, "_TRIED_WIDTH", 64)
    monkeypatch.setattr(eight_bits, "_TRIED_ROWS", 40)
    monkeypatch.setattr(eight_bits, "milliseconds", Clock(1))
    assert int8_share((8, 9), "cpu") is not None
    monkeypatch.setattr(torch, "_int_mm", functools.partial(product))
    assert int8_share((8, 9), "cpu") is None
