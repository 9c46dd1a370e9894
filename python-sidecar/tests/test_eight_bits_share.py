"""What products in eight bits take on a card is measured, and there are none where that gives something else."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import pytest
import torch

from reelwright_sidecar import eight_bits_share
from reelwright_sidecar.contract import ProductShares
from reelwright_sidecar.eight_bits_share import product_shares


class Clock:
    """Takes as long as it is said for each call in turn."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = cycle(seconds)

    def __call__(self, call: Callable[[], object]) -> float:
        call()
        return next(self._seconds)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eight_bits_share, "_TRIED_WIDTH", 64)
    monkeypatch.setattr(eight_bits_share, "_TRIED_ROWS", 40)
    monkeypatch.setattr(eight_bits_share, "milliseconds", Clock(1))


def test_the_share_that_they_take_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    # In half precision, as a whole and alone; five times each of three layers, whole numbers before floats.
    monkeypatch.setattr(eight_bits_share, "milliseconds", Clock(*15 * (10, 6, 4), *15 * (10, 5, 3)))
    shares = product_shares((8, 9), "cpu")
    for share, whole, bare in ((shares.int8, 0.6, 0.4), (shares.fp8, 0.5, 0.3)):
        assert share is not None
        assert share.whole == pytest.approx(whole)
        assert share.bare == pytest.approx(bare)


@pytest.mark.parametrize(
    ("capability", "able"),
    [
        ((7, 0), (False, False)),
        ((7, 5), (True, False)),
        ((8, 6), (True, False)),
        ((8, 9), (True, True)),
        ((12, 0), (True, True)),
    ],
)
def test_older_cards_are_not_asked(capability: tuple[int, int], able: tuple[bool, bool]) -> None:
    assert able_of(product_shares(capability, "cpu")) == able


def able_of(shares: ProductShares) -> tuple[bool, bool]:
    return shares.int8 is not None, shares.fp8 is not None


def raising(*_: object, **__: object) -> torch.Tensor:
    raise RuntimeError("CUBLAS_STATUS_NOT_SUPPORTED")


def refusing(*_: object, **__: object) -> torch.Tensor:
    raise ValueError("Only bf16 high precision output types are supported for row-wise scaling.")


def zeros(left: torch.Tensor, right: torch.Tensor, **_: object) -> torch.Tensor:
    return torch.zeros(len(left), right.shape[1], dtype=torch.int32)


def no_numbers(left: torch.Tensor, right: torch.Tensor, **_: object) -> torch.Tensor:
    return torch.full((len(left), right.shape[1]), torch.nan)


@pytest.mark.parametrize("product", [raising, refusing, zeros, no_numbers])
@pytest.mark.parametrize(("broken", "able"), [("_int_mm", (False, True)), ("_scaled_mm", (True, False))])
def test_what_a_card_cannot_or_does_wrong_has_no_share(
    product: Callable[..., torch.Tensor],
    broken: str,
    able: tuple[bool, bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch, broken, product)
    assert able_of(product_shares((8, 9), "cpu")) == able
