"""What products in eight bits take on this card, of what they take in half precision."""

from __future__ import annotations

import functools
import statistics
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from .card_clock import milliseconds
from .contract import ProductShare, ProductShares
from .eight_bits import EightBitProducts, Fp8Products, Int8Products, store

# The layers of one block as wide as the large models', and how often it has each; rows that take long enough to time.
_TRIED_WIDTH = 3072
_TRIED_LAYERS = ((1, 1, 4), (1, 4, 1), (4, 1, 1))
_TRIED_ROWS = 4096
_TIMES = 5


@dataclass(frozen=True)
class _Tried:
    kind: type[EightBitProducts]
    since: tuple[int, int]
    """The first cards whose tensor cores have them."""
    same: float
    """So far from the exact product at most."""


# Of random numbers both roundings make a hundredth, and nearly four.
_INT8 = _Tried(Int8Products, (7, 5), 0.03)
_FP8 = _Tried(Fp8Products, (8, 9), 0.06)


@torch.inference_mode()
def product_shares(capability: tuple[int, int], device: str = "cuda") -> ProductShares:
    """By the kind of number; both ways are measured, in turn. None where the current card cannot, has no memory for it
    at the moment, or gives something else.
    """
    return ProductShares(int8=_share(_INT8, capability, device), fp8=_share(_FP8, capability, device))


def _share(tried: _Tried, capability: tuple[int, int], device: str) -> ProductShare | None:
    if capability < tried.since:
        return None
    dtype = torch.bfloat16 if capability >= (8, 0) else torch.float16
    taken = [0.0, 0.0, 0.0]
    try:
        for inputs, outputs, times in _TRIED_LAYERS:
            size = inputs * _TRIED_WIDTH, outputs * _TRIED_WIDTH
            layer = torch.nn.Linear(*size, device=device, dtype=dtype)
            rows = torch.randn(_TRIED_ROWS, layer.in_features, device=device, dtype=dtype)
            half = functools.partial(F.linear, rows, layer.weight.data, layer.bias.data)
            store(layer, tried.kind)
            whole = functools.partial(layer, rows)
            exact = half()
            # Not so of what is no number, either.
            if not (whole() - exact).norm() <= tried.same * exact.norm():
                return None
            assert isinstance(layer, EightBitProducts)
            bare = layer.alone(rows)
            rounds = [[milliseconds(way) for way in (half, whole, bare)] for _ in range(_TIMES)]
            for way, each in enumerate(zip(*rounds, strict=True)):
                taken[way] += times * statistics.median(each)
    # Whatever torch says of a card or of a system for which it has no such kernel.
    except (RuntimeError, ValueError):
        return None
    finally:
        torch.cuda.empty_cache()
    return ProductShare(whole=taken[1] / taken[0], bare=taken[2] / taken[0]) if taken[0] > 0 else None
