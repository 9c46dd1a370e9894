"""Makes a loaded CogVideoX denoiser calculate as the plan says: kernel of the attention, storage, compiled blocks."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import Any

import torch

from ..attention import Kernel, kernel_of
from ..contract import Plan
from ..eight_bits import EightBitLinear, Fp8Products, Int8Products, store
from ..libraries import CogVideoXTransformer3DModel, apply_rotary_emb
from . import cogvideox_block
from .gelu_linear import activate


class JointAttention:
    """Attention over text and video tokens together; only the video's are rotated.

    The library's processor calls torch's kernel by name. This one has its order of operations, and any kernel.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        image_rotary_emb: Any = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Gives the video's states, then the text's."""
        text = encoder_hidden_states.shape[1]
        states = torch.cat([encoder_hidden_states, hidden_states], dim=1)

        def heads(values: torch.Tensor) -> torch.Tensor:
            split: torch.Tensor = values.unflatten(2, (attn.heads, -1)).transpose(1, 2)
            return split

        query, key, value = heads(attn.to_q(states)), heads(attn.to_k(states)), heads(attn.to_v(states))
        if attn.norm_q is not None:
            query = attn.norm_q(query)
        if attn.norm_k is not None:
            key = attn.norm_k(key)
        if image_rotary_emb is not None:
            for rotated in (query, key):
                rotated[:, :, text:] = apply_rotary_emb(rotated[:, :, text:], image_rotary_emb)
        mixed = self._kernel(query, key, value).transpose(1, 2).flatten(2)
        mixed = attn.to_out[1](attn.to_out[0](mixed))
        return mixed[:, text:], mixed[:, :text]


_STORED = {"int8": EightBitLinear, "int8-products": Int8Products, "fp8-products": Fp8Products}


def _store(denoiser: CogVideoXTransformer3DModel, kind: type[EightBitLinear]) -> None:
    """The large layers of the blocks. Those that scale and shift for norms are few, and what they give is delicate."""
    for name, module in denoiser.transformer_blocks.named_modules():
        if isinstance(module, torch.nn.Linear) and "norm" not in name:
            store(module, kind)


def _compile_blocks(denoiser: CogVideoXTransformer3DModel, kernels: Path | None) -> None:
    """One compilation serves every block. What was compiled stays on disk, in the caches of torch and Triton."""
    if kernels is not None:
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(kernels / "inductor"))
        os.environ.setdefault("TRITON_CACHE_DIR", str(kernels / "triton"))
    for block in denoiser.transformer_blocks:
        # The forward, not the module: its hooks, which bring weights, stay outside.
        block.forward = torch.compile(block.forward)


def seconds_compiling() -> float:
    """What torch has spent on compiling in this process so far."""
    dynamo = sys.modules.get("torch._dynamo.utils")
    return 0.0 if dynamo is None else float(dynamo.calculate_time_spent()["total_wall_time"])


def sparing(plan: Plan) -> bool:
    """Whether blocks move few numbers: on cards. On a processor clips have the library's very bits."""
    return plan.device == "cuda"


def prepare(denoiser: CogVideoXTransformer3DModel, plan: Plan, kernels: Path | None) -> None:
    """Once, after loading. `kernels`: a folder for what is compiled.

    Raises ImportError when the plan asks for a kernel that is not installed.
    """
    kernel = kernel_of(plan.attention)
    denoiser.set_attn_processor(JointAttention(kernel))
    if plan.storage.transformer != "same":
        _store(denoiser, _STORED[plan.storage.transformer])
    if plan.compile:
        _compile_blocks(denoiser, kernels)
    elif sparing(plan):
        for block in denoiser.transformer_blocks:
            activate(block.ff.net[0])
            operations = cogvideox_block.operations_for(block, torch.device(plan.device), denoiser.dtype)
            block.forward = functools.partial(cogvideox_block.forward, block, kernel, operations)


def prepared_as(plan: Plan) -> str:
    """Tells apart what `prepare` makes of a denoiser."""
    return f"{plan.storage.transformer} {plan.attention} {'compiled' if plan.compile else 'plain'}"
