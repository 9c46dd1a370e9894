"""Our own forward of a block is as near to the exact one as the library's, and keeps half as much at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.activations import GELU
from diffusers.models.transformers.cogvideox_transformer_3d import CogVideoXBlock
from torch.utils._python_dispatch import TorchDispatchMode

from reelwright_sidecar.attention import kernel_of
from reelwright_sidecar.eight_bits import EightBitLinear, store
from reelwright_sidecar.families import block_pointwise, cogvideox_block
from reelwright_sidecar.families.cogvideox_block import operations_for
from reelwright_sidecar.families.cogvideox_denoiser import JointAttention
from reelwright_sidecar.families.gelu_linear import GeluLinear, activate

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


def block_of(dtype: torch.dtype, norm: bool = True, heads: int = HEADS) -> CogVideoXBlock:
    block = CogVideoXBlock(heads * HEAD, heads, HEAD, 512, attention_bias=True, qk_norm=norm, norm_eps=1e-5)
    for weights in block.parameters():
        weights.data.normal_(0, 0.05)
    block.attn1.set_processor(JointAttention(KERNEL))
    return block.to(dtype).requires_grad_(False)


def given(dtype: torch.dtype, rotary: bool = True, prompts: int = PROMPTS, width: int = WIDTH) -> Given:
    turns = torch.randn(VIDEO, HEAD // 2).repeat_interleave(2, -1)
    return {
        "hidden_states": torch.randn(prompts, VIDEO, width).to(dtype),
        "encoder_hidden_states": torch.randn(prompts, TEXT, width).to(dtype),
        "temb": torch.randn(prompts, 512).to(dtype),
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


@pytest.mark.parametrize(
    ("rotary", "norm", "prompts"), [(True, True, 2), (False, True, 2), (True, False, 2), (True, True, 1)]
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_as_exact_as_the_library(dtype: torch.dtype, rotary: bool, norm: bool, prompts: int) -> None:
    block, values = block_of(dtype, norm), given(dtype, rotary, prompts)
    theirs = block(**copied(values, dtype))
    ours = cogvideox_block.forward(block, KERNEL, block_pointwise, **copied(values, dtype))
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
        cogvideox_block.forward(block, KERNEL, block_pointwise, **own)
    # Normed and scaled, and four times as wide; or queries, keys, values and the pairs of one of them.
    assert kept.peak < 5.6 * states
    assert library.peak > 11 * states
    assert kept.moved < 0.6 * library.moved


def test_an_activation_in_the_product_is_the_same() -> None:
    dtype = torch.bfloat16
    block, values = block_of(dtype), given(dtype)
    two_steps = cogvideox_block.forward(block, KERNEL, block_pointwise, **copied(values, dtype))
    for _ in range(2):
        activate(block.ff.net[0])
    assert type(block.ff.net[0].proj) is GeluLinear
    one_step = cogvideox_block.forward(block, KERNEL, block_pointwise, **copied(values, dtype))
    assert all(map(torch.equal, one_step, two_steps))


def test_what_cannot_be_activated_in_the_product_is_as_it_was() -> None:
    exact = GELU(WIDTH, WIDTH, approximate="none").half()
    unbiased = GELU(WIDTH, WIDTH, approximate="tanh", bias=False).half()
    kept = GELU(WIDTH, WIDTH, approximate="tanh").half()
    store(kept.proj, EightBitLinear)
    for each in (exact, unbiased, kept, GELU(WIDTH, WIDTH, approximate="tanh").float()):
        before = type(each.proj)
        activate(each)
        assert type(each.proj) is before


def test_without_a_card_or_without_kernels_it_is_plain_torch(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    block = block_of(torch.float32)
    assert operations_for(block, torch.device("cpu"), torch.float32) is block_pointwise
    assert not caplog.records

    def refused(*_: Any) -> Any:
        raise RuntimeError("no compiler")

    card = torch.device("cuda")
    monkeypatch.setattr(torch.nn, "LayerNorm", refused)
    for _ in range(2):
        assert operations_for(block, card, torch.float32) is block_pointwise
    assert [record.message for record in caplog.records] == [
        "Blocks are calculated without kernels of their own."
    ]
    cogvideox_block._fused.cache_clear()


@pytest.mark.skipif(find_spec("triton") is None, reason="needs Triton")
def test_kernels_are_equal_to_plain_torch() -> None:
    tests = Path(__file__).parent
    ran = subprocess.run(
        [sys.executable, str(tests / "block_kernels.py")],
        cwd=tests,
        env={**os.environ, "PYTHONPATH": str(tests.parent), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.strip().endswith("equal"), ran.stderr
