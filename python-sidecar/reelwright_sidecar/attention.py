"""Kernels of attention that a plan can ask for, and what they take on this card."""

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
_States = tuple[torch.Tensor, torch.Tensor, torch.Tensor]

# Where cuDNN refuses, as on the processor, the others are tried as ever.
_CUDNN_FIRST = [
    SDPBackend.CUDNN_ATTENTION,
    SDPBackend.FLASH_ATTENTION,
    SDPBackend.EFFICIENT_ATTENTION,
    SDPBackend.MATH,
]
# Large enough to fill a card, small enough to be over at once on a slow one; of as odd a length as a model's tokens.
_TRIED_TOKENS, _TRIED_WIDTH = 8208, 64
# SageAttention starts several kernels from Python, which is not to be what is timed.
_TRIED_HEADS = {"cudnn": 8, "sage": 32}
# Results are about 0.02 and at most 0.1; rounding is a few ten-thousandths.
_SAME = 0.002
# Of random numbers whole ones of eight bits make a hundredth; where the weights are floats of eight bits, a few.
_NEAR = 0.1
_TIMES = 5


def kernel_of(attention: Attention) -> Kernel:
    """Raises ImportError for SageAttention where it is not installed."""
    match attention:
        case "sdpa":
            return F.scaled_dot_product_attention
        case "cudnn":
            return _cudnn
        case "sage":
            importlib.import_module("sageattention")
            return _smoothed


def _cudnn(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    with sdpa_kernel(_CUDNN_FIRST, set_priority=True):
        return F.scaled_dot_product_attention(query, key, value)


def _smoothed(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """SageAttention's kernel: products in eight bits, not exact.

    What all keys have in common makes no difference to the softmax and is hard on eight bits. Its first version takes
    it away in the caller's own tensor; here it is taken away before.
    """
    query, key, value = (states.transpose(1, 2) for states in (query, key, value))
    mixed: torch.Tensor = torch.ops.reelwright.sage(query, key - key.mean(1, keepdim=True), value)
    return mixed.transpose(1, 2)


# For the compiler it is one operation: what is behind it differs from version to version, and is compiled already.
# Defined in this way it costs nothing; torch.library.custom_op loads the compiler for the first call.
torch.library.define("reelwright::sage", "(Tensor query, Tensor key, Tensor value) -> Tensor")


@torch.library.impl("reelwright::sage", "CompositeExplicitAutograd")
def _sage(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Each [batch, tokens, heads, width], as a model has them in memory."""
    sageattn = importlib.import_module("sageattention").sageattn
    mixed: torch.Tensor = sageattn(query, key, value, tensor_layout="NHD", is_causal=False, smooth_k=False)
    return mixed.contiguous()


torch.library.register_fake("reelwright::sage", lambda query, key, value: query.new_empty(query.shape))


@torch.inference_mode()
def cudnn_share(capability: tuple[int, int]) -> float | None:
    """What attention by cuDNN takes on the current card, of what torch's own choice takes: both are measured, in turn.

    Torch asks for cuDNN by itself only on some cards, and on Windows it is built without its fastest kernel. None where
    cuDNN cannot, or gives something else.
    """
    if capability < (8, 0):
        return None
    try:
        states = _tried("cudnn", "cuda")
        with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
            here = F.scaled_dot_product_attention(*states)
        if not torch.allclose(here, F.scaled_dot_product_attention(*states), atol=_SAME, rtol=_SAME):
            return None
        return _share(_cudnn, states)
    except RuntimeError:
        return None


@torch.inference_mode()
def sage_share(capability: tuple[int, int], device: str = "cuda") -> float | None:
    """The same of SageAttention. None where it is not installed, cannot, or gives something else.

    It is imported and run: built for another torch, or for another card, it is there and of no use.
    """
    if capability < (8, 0) or importlib.util.find_spec("sageattention") is None:
        return None
    try:
        kernel, states = kernel_of("sage"), _tried("sage", device)
        exact = F.scaled_dot_product_attention(*states).float()
        # Not so of what is no number, either.
        if not (kernel(*states).float() - exact).norm() <= _NEAR * exact.norm():
            return None
        return _share(kernel, states)
    except Exception:  # noqa: BLE001  whatever it raises, it cannot be used
        return None


def _tried(attention: Attention, device: str) -> _States:
    """Queries, keys and values, in memory as a model has them."""
    shape = 1, _TRIED_TOKENS, _TRIED_HEADS[attention], _TRIED_WIDTH
    query, key, value = torch.randn(3, *shape, device=device, dtype=torch.bfloat16).transpose(2, 3)
    return query, key, value


def _share(kernel: Kernel, states: _States) -> float | None:
    """What a kernel takes of what torch's own choice takes; both have run once."""
    ways = [functools.partial(each, *states) for each in (kernel, kernel_of("sdpa"))]
    rounds = [[milliseconds(way) for way in ways] for _ in range(_TIMES)]
    return statistics.median(mine / other for mine, other in rounds if other > 0)
