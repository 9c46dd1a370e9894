"""Products in eight bits on a card: what is around them by kernels, against plain torch and the exact result."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from reelwright_sidecar import eight_bits
from reelwright_sidecar.eight_bits import PIECE, EightBitProducts, Fp8Products, Int8Products, store

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
CARD = torch.device("cuda")
LEAST = 2.0**-100
DTYPES = [torch.float32, torch.bfloat16, torch.float16]
HALVES = DTYPES[1:]
WIDTH = 3072
Multiply = Callable[[torch.Tensor], torch.Tensor]


@pytest.fixture(autouse=True)
def _on_the_card() -> Iterator[None]:
    torch.manual_seed(0)
    with torch.inference_mode(), CARD:
        yield
    torch.cuda.empty_cache()


@pytest.fixture(params=[Int8Products, Fp8Products])
def kind(request: pytest.FixtureRequest) -> type[EightBitProducts]:
    """Those that the card has."""
    found: type[EightBitProducts] = request.param
    if torch.cuda.get_device_capability() < ((8, 9) if found is Fp8Products else (7, 5)):
        pytest.skip("the card has no such products")
    return found


@pytest.fixture
def fused() -> Any:
    """Imported here, for a machine without a card may have no Triton."""
    from reelwright_sidecar import eight_bits_fused

    return eight_bits_fused


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> Callable[[Multiply, torch.Tensor], torch.Tensor]:
    """What a layer gives without kernels."""

    def without(layer: Multiply, rows: torch.Tensor) -> torch.Tensor:
        with monkeypatch.context() as patched:
            patched.setattr(eight_bits, "kernels_for", lambda *_: None)
            return layer(rows)

    return without


def rows_of(count: int, width: int, dtype: torch.dtype) -> torch.Tensor:
    """Of very different sizes; one is as large as numbers can be, one has a number that stands out, one is zeros."""
    rows = (torch.randn(count, width) * torch.logspace(-3, 2, count)[:, None]).to(dtype)
    rows[0] = rows[0] / rows[0].abs().max() * torch.finfo(dtype).max
    rows[1] = 0
    rows[-1, 0] *= 30
    return rows


def layer_of(
    kind: type[EightBitProducts], inputs: int, outputs: int, dtype: torch.dtype, *, bias: bool = True
) -> tuple[Any, torch.Tensor, torch.Tensor]:
    """Also the weight and the bias that it stands for, in double precision."""
    layer = torch.nn.Linear(inputs, outputs, bias, dtype=dtype)
    store(layer, kind)
    weight = layer.weight.double() * layer.get_buffer("scale").double()
    return layer, weight, layer.bias.double() if bias else weight.new_zeros(outputs)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("count", "width"), [(3, 16), (33, 208), (101, WIDTH), (37, 4 * WIDTH)])
def test_rows_are_rounded_to_the_nearest(
    kind: type[EightBitProducts], count: int, width: int, dtype: torch.dtype, fused: Any
) -> None:
    rows = rows_of(count, width, dtype)
    numbers, step = fused.rounded(rows, kind.numbers, kind.largest, LEAST)
    assert (numbers.dtype, numbers.shape) == (kind.numbers, rows.shape)
    assert (step.dtype, step.shape) == (torch.float32, (count, 1))
    torch.testing.assert_close(step, eight_bits._steps_of(rows, kind.largest), rtol=3e-7, atol=0)
    exact = rows.double() / step.double()
    off = (numbers.double() - exact).abs()
    if kind is Int8Products:
        assert off.max() <= 0.5 + 1e-4
    else:
        # To three digits behind the first; of the smallest numbers to whole steps of a 512th. Some kernels cut off what
        # is behind the tenth digit before they round.
        near = (exact.to(torch.float32).to(kind.numbers).double() - exact).abs()
        assert (off <= near + exact.abs() * 2.0**-9 + 1e-9).all()
    largest = numbers.double().abs().amax(1)
    assert not numbers[1].double().any()
    assert (largest[[row for row in range(count) if row != 1]] == kind.largest).all()


def test_of_two_as_near_it_is_the_even_one(fused: Any) -> None:
    halves = torch.tensor([[127, 0.5, 1.5, 2.5, -0.5, -1.5, -126.5, -127] * 2])
    numbers, _ = fused.rounded(halves, torch.int8, 127, LEAST)
    assert numbers[0, :8].tolist() == [127, 0, 2, 2, 0, -2, -126, -127]


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("count", "inputs", "outputs"),
    [(33, 64, 48), (1001, WIDTH, WIDTH), (2047, WIDTH, 4 * WIDTH), (2047, 4 * WIDTH, WIDTH)],
)
def test_as_near_to_the_exact_product_as_plain_torch(
    kind: type[EightBitProducts],
    count: int,
    inputs: int,
    outputs: int,
    bias: bool,
    dtype: torch.dtype,
    fused: Any,
    plainly: Callable[[Multiply, torch.Tensor], torch.Tensor],
) -> None:
    layer, weight, more = layer_of(kind, inputs, outputs, dtype, bias=bias)
    rows = torch.randn(count, inputs).to(dtype)
    rows[1] = 0
    assert eight_bits.kernels_for(kind, rows) is fused
    ours, plain = layer(rows), plainly(layer, rows)
    assert (ours.dtype, ours.shape) == (dtype, plain.shape)
    exact = rows.double() @ weight.t() + more
    away, other = (float((each.double() - exact).norm() / exact.norm()) for each in (ours, plain))
    assert away <= 1.01 * other
    assert away < (0.03 if kind is Int8Products else 0.06)
    torch.testing.assert_close(ours[1].double(), more, rtol=2.0**-7, atol=1e-6)


@pytest.mark.parametrize("size", [1e-20, 1e30])
def test_of_any_size(kind: type[EightBitProducts], size: float) -> None:
    layer, weight, _ = layer_of(kind, 256, 512, torch.bfloat16, bias=False)
    rows = (torch.randn(77, 256) * size).bfloat16()
    exact = rows.double() @ weight.t()
    assert (layer(rows).double() - exact).norm() < 0.06 * exact.norm()


@pytest.mark.parametrize("dtype", HALVES)
def test_pieces_make_no_difference(dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, _, _ = layer_of(Int8Products, WIDTH, 1040, dtype)
    rows = torch.randn(999, WIDTH).to(dtype)
    whole = layer(rows)
    for size in (32, 100, 998):
        monkeypatch.setattr(eight_bits, "PIECE", size * WIDTH)
        assert torch.equal(layer(rows), whole)
    # What does not lie row by row, too.
    assert torch.equal(layer(rows.t().contiguous().t()), whole)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_stays_none(kind: type[EightBitProducts], wrong: float) -> None:
    layer, _, _ = layer_of(kind, 64, 128, torch.bfloat16)
    rows = torch.randn(40, 64).bfloat16()
    rows[7, 3] = wrong
    got = layer(rows)
    assert not got[7].isfinite().any()
    assert got[:7].isfinite().all()
    assert got[8:].isfinite().all()


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (1, 4), (4, 1)])
def test_no_more_is_beside_than_the_planner_reckons_with(
    kind: type[EightBitProducts], inputs: int, outputs: int
) -> None:
    """By kernels: five bytes for a number of a piece, or one for a number that goes in."""
    layer, _, _ = layer_of(kind, inputs * WIDTH, outputs * WIDTH, torch.bfloat16)
    rows = torch.randn(12000, inputs * WIDTH, dtype=torch.bfloat16)
    layer(rows)
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    result = layer(rows)
    took = torch.cuda.max_memory_allocated() - before - result.nbytes
    # And what cuBLAS may work in.
    assert took <= (5 * PIECE if kind is Int8Products else rows.numel()) + 40 * 2**20


def test_more_numbers_than_32_bits_count(fused: Any) -> None:
    count = 2**31 // WIDTH + 100
    if torch.cuda.mem_get_info()[0] < 7 * count * WIDTH:
        pytest.skip("needs 14 GiB")
    rows = torch.zeros(count, WIDTH, dtype=torch.bfloat16)
    rows[-10:].normal_()
    numbers, step = fused.rounded(rows, torch.int8, 127, LEAST)
    last, last_step = fused.rounded(rows[-10:], torch.int8, 127, LEAST)
    assert torch.equal(numbers[-10:], last)
    assert torch.equal(step[-10:], last_step)
    del rows, numbers
    torch.cuda.empty_cache()
    sums = torch.zeros(count, WIDTH, dtype=torch.int32)
    sums[-10:] = torch.randint(-(2**20), 2**20, (10, WIDTH), dtype=torch.int32)
    scale, bias = torch.rand(WIDTH, 1).bfloat16(), torch.randn(WIDTH).bfloat16()
    result = torch.empty(count, WIDTH, dtype=torch.bfloat16)
    fused.scaled(sums, scale, step, bias, result)
    want = sums[-10:].double() * scale.double().t() * step[-10:].double() + bias.double()
    torch.testing.assert_close(result[-10:].double(), want, rtol=2.0**-8, atol=1e-6)
