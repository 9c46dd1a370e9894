"""Kernels of attention that a plan can ask for, and which of the exact ones is the faster on this card."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import statistics
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from .card_clock import milliseconds
from .contract import Attention

Kernel = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""Attention of queries, keys and values: each [batch, heads, tokens, width]."""

# Where cuDNN refuses, as on the processor, the others are tried as ever.
_CUDNN_FIRST = [
    SDPBackend.CUDNN_ATTENTION,
    SDPBackend.FLASH_ATTENTION,
    SDPBackend.EFFICIENT_ATTENTION,
    SDPBackend.MATH,
]
# Large enough to fill a card, small enough to be over at once on a slow one; of as odd a length as a model's tokens.
_TRIED_SHAPE = 1, 8, 8208, 64
# Results are about 0.02 and at most 0.1; rounding is a few ten-thousandths.
_SAME = 0.002
_TIMES = 5


def kernel_of(attention: Attention) -> Kernel:
    """Raises ImportError for SageAttention where it is not installed."""
    match attention:
        case "sdpa":
            return F.scaled_dot_product_attention
        case "cudnn":
            return _cudnn
        case "sage":
            return _sage()


def _cudnn(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    with sdpa_kernel(_CUDNN_FIRST, set_priority=True):
        return F.scaled_dot_product_attention(query, key, value)


def _sage() -> Kernel:
    """SageAttention's kernel: eight-bit products, not exact."""
    sageattn = importlib.import_module("sageattention").sageattn

    def kernel(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = sageattn(query, key, value, tensor_layout="HND", is_causal=False)
        return result

    return kernel


def has_sage(capability: tuple[int, int]) -> bool:
    """By importing it: built for another torch, it is there and of no use."""
    if capability < (8, 0) or importlib.util.find_spec("sageattention") is None:
        return False
    try:
        return callable(importlib.import_module("sageattention").sageattn)
    except Exception:  # noqa: BLE001  whatever it raises, it cannot be used
        return False


@torch.inference_mode()
def cudnn_share(capability: tuple[int, int]) -> float | None:
    """What attention by cuDNN takes on the current card, of what torch's own choice takes: both are measured, in turn.

    Torch asks for cuDNN by itself only on some cards, and on Windows it is built without its fastest kernel. None where
    cuDNN cannot, or gives something else.
    """
    if capability < (8, 0):
        return None
    try:
        query, key, value = (torch.randn(_TRIED_SHAPE, device="cuda", dtype=torch.bfloat16) for _ in range(3))
        with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
            here = F.scaled_dot_product_attention(query, key, value)
        there = F.scaled_dot_product_attention(query, key, value)
        if not torch.allclose(here, there, atol=_SAME, rtol=_SAME):
            return None
        ways = [functools.partial(kernel, query, key, value) for kernel in (_cudnn, kernel_of("sdpa"))]
        rounds = [[milliseconds(way) for way in ways] for _ in range(_TIMES)]
    except RuntimeError:
        return None
    return statistics.median(mine / other for mine, other in rounds if other > 0)
