"""The forward of a CogVideoX block that moves few numbers, for where nothing is compiled.

The library's reads and writes so many numbers between its products that a fast card spends a third of a step on them,
and keeps twice as many at a time. This one has its order of operations; only where a product is added to something, or
one kernel does several of them, is rounded once, not twice.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch

from ..attention import Kernel
from ..own_kernels import tried
from . import block_pointwise
from .block_pointwise import Rotation
from .gelu_linear import GeluLinear


def forward(
    block: Any,
    kernel: Kernel,
    operations: Any,
    hidden_states: torch.Tensor,
    encoder_hidden_states: torch.Tensor,
    temb: torch.Tensor,
    image_rotary_emb: Rotation | None = None,
    attention_kwargs: dict[str, Any] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The video's states [prompts, tokens, width] and the text's, changed where they are: nobody else wants them.

    `operations`: as `operations_for` gives it.
    """
    video, text = hidden_states, encoder_hidden_states
    texts = text.shape[1]
    modulation = _modulation(block.norm1, temb)
    states = operations.normed(block.norm1.norm, modulation, video, text)
    attention = block.attn1
    heads = attention.heads, -1
    # A head's numbers stay together: the rows of a product are split as they lie. Nobody has them while they change.
    query = operations.turned(
        attention.to_q(states).unflatten(2, heads), attention.norm_q, image_rotary_emb, texts
    )
    key = operations.turned(
        attention.to_k(states).unflatten(2, heads), attention.norm_k, image_rotary_emb, texts
    )
    value = attention.to_v(states).unflatten(2, heads)
    del states
    mixed = kernel(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))
    del query, key, value
    change = attention.to_out[0](mixed.transpose(1, 2).flatten(2))
    del mixed
    before, modulation = modulation, _modulation(block.norm2, temb)
    states = operations.added_and_normed(before, change, block.norm2.norm, modulation, video, text)
    del change
    widening, _, narrowing, *_ = block.ff.net
    wide = widening.proj(states)
    del states
    if not isinstance(widening.proj, GeluLinear):
        wide = torch.ops.aten.gelu_(wide, approximate=widening.approximate)
    change = narrowing(wide)
    del wide
    operations.add(modulation, change, video, text)
    return video, text


def _modulation(norm: Any, temb: torch.Tensor) -> torch.Tensor:
    """What the time [prompts, width of its embedding] makes of the states, as `block_pointwise` has it."""
    modulation: torch.Tensor = norm.linear(norm.silu(temb))
    return modulation


def operations_for(block: Any, device: torch.device, dtype: torch.dtype) -> Any:
    """The module that has what is done between the products, for blocks like this one on the device. The block's
    weights need not be there yet."""
    if device.type != "cuda":
        return block_pointwise
    return _fused(device, dtype, block.norm1.norm.normalized_shape[0], block.attn1.heads) or block_pointwise


@cache
def _fused(device: torch.device, dtype: torch.dtype, width: int, heads: int) -> Any:
    """The kernels, if this machine can make them. Those that are made here for one token are those of a clip."""

    def trial() -> Any:
        from . import block_fused

        like: dict[str, Any] = {"device": device, "dtype": dtype}
        norm = torch.nn.LayerNorm(width, **like).requires_grad_(False)
        head_norm = torch.nn.LayerNorm(width // heads, **like).requires_grad_(False)
        rotation = torch.ones(1, width // heads, device=device), torch.zeros(1, width // heads, device=device)
        modulation, video, text = torch.zeros(1, 6 * width, **like), *torch.zeros(2, 1, 1, width, **like)
        states = block_fused.normed(norm, modulation, video, text)
        block_fused.turned(states.unflatten(2, (heads, -1)), head_norm, rotation, 1)
        block_fused.added_and_normed(modulation, states, norm, modulation, video, text)
        block_fused.add(modulation, states, video, text)
        return block_fused

    return tried(trial, device, "Blocks are calculated without kernels of their own.")
