"""Our own forward of a block is as near to the exact one as the library's, and keeps half as much at a time."""

from __future__ import annotations

import weakref
from typing import Any

import pytest
import torch
from diffusers.models.transformers.cogvideox_transformer_3d import CogVideoXBlock
from torch.utils._python_dispatch import TorchDispatchMode

from reelwright_sidecar.attention import kernel_of
from reelwright_sidecar.families import cogvideox_block
from reelwright_sidecar.families.cogvideox_denoiser import JointAttention

HEADS, HEAD, VIDEO, TEXT, PROMPTS = 4, 64, 360, 26, 2
WIDTH = HEADS * HEAD
KERNEL = kernel_of("sdpa")
Given = dict[str, Any]


# The same work, whoever asks for it; and what moves nothing.
BESIDES = ("linear", "attention", "new_empty", "dropout")


class Counted(TorchDispatchMode):
    """The bytes that operations have made and somebody still has at most, and those that they read and write besides
    products and attention."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._sizes: dict[int, int] = {}
        self.peak = 0
        self.moved = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {tensor.untyped_storage()._cdata for tensor in args if isinstance(tensor, torch.Tensor)}
        result = func(*args, **(kwargs or {}))
        if not func.is_view and not any(name in func.__name__ for name in BESIDES):
            tensors = [each for each in [*args, result] if isinstance(each, torch.Tensor)]
            self.moved += sum(each.numel() * each.itemsize for each in tensors)
        for tensor in result if isinstance(result, tuple | list) else [result]:
            storage = tensor.untyped_storage()
            if storage._cdata in self._sizes or storage._cdata in given:
                continue
            self._sizes[storage._cdata] = storage.nbytes()
            weakref.finalize(storage, self._sizes.pop, storage._cdata)
            self.peak = max(self.peak, sum(self._sizes.values()))
        return result


def block_of(dtype: torch.dtype, norm: bool = True) -> CogVideoXBlock:
    block = CogVideoXBlock(WIDTH, HEADS, HEAD, 512, attention_bias=True, qk_norm=norm, norm_eps=1e-5)
    for weights in block.parameters():
        weights.data.normal_(0, 0.05)
    block.attn1.set_processor(JointAttention(KERNEL))
    return block.to(dtype).requires_grad_(False)


def given(dtype: torch.dtype, rotary: bool = True) -> Given:
    turns = torch.randn(VIDEO, HEAD // 2).repeat_interleave(2, -1)
    return {
        "hidden_states": torch.randn(PROMPTS, VIDEO, WIDTH).to(dtype),
        "encoder_hidden_states": torch.randn(PROMPTS, TEXT, WIDTH).to(dtype),
        "temb": torch.randn(PROMPTS, 512).to(dtype),
        "image_rotary_emb": (turns.cos(), turns.sin()) if rotary else None,
    }


def copied(values: Given, dtype: torch.dtype) -> Given:
    return {
        name: value.to(dtype, copy=True) if isinstance(value, torch.Tensor) else value
        for name, value in values.items()
    }


@pytest.fixture(autouse=True)
def _seeded() -> Any:
    torch.manual_seed(0)
    with torch.inference_mode():
        yield


@pytest.mark.parametrize(("rotary", "norm"), [(True, True), (False, True), (True, False)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_as_exact_as_the_library(dtype: torch.dtype, rotary: bool, norm: bool) -> None:
    block, values = block_of(dtype, norm), given(dtype, rotary)
    theirs = block(**copied(values, dtype))
    ours = cogvideox_block.forward(block, KERNEL, **copied(values, dtype))
    exact = block.double()(**copied(values, torch.float64))
    for mine, other, right in zip(ours, theirs, exact, strict=True):
        assert mine.dtype == dtype
        away, library = (float((each - right).norm() / right.norm()) for each in (mine, other))
        assert away < 1.05 * library


def test_half_as_much_is_kept_and_moved() -> None:
    dtype = torch.bfloat16
    block, values = block_of(dtype), given(dtype)
    states = PROMPTS * (VIDEO + TEXT) * WIDTH * dtype.itemsize
    with Counted() as library:
        block(**copied(values, dtype))
    own = copied(values, dtype)
    with Counted() as kept:
        cogvideox_block.forward(block, KERNEL, **own)
    # Normed and scaled, and four times as wide; or queries, keys, values and the pairs of one of them.
    assert kept.peak < 5.6 * states
    assert library.peak > 11 * states
    assert kept.moved < 0.6 * library.moved
