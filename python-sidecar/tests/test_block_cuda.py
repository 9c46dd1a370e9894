"""A block on a card: its kernels, and the activation in its widening product."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import torch
from diffusers import CogVideoXTransformer3DModel
from diffusers.models.activations import GELU
from sample_plans import plan
from test_block import HEAD, KERNEL, PROMPTS, TEXT, VIDEO, block_of, copied, given

from reelwright_sidecar.contract import Plan
from reelwright_sidecar.families import block_pointwise, cogvideox_block
from reelwright_sidecar.families.cogvideox_block import operations_for
from reelwright_sidecar.families.cogvideox_denoiser import prepare
from reelwright_sidecar.families.gelu_linear import GeluLinear, activate

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
CARD = torch.device("cuda")
HEADS = 48
WIDTH = HEADS * HEAD
TOKENS = TEXT + VIDEO
DTYPES = [torch.float32, torch.bfloat16, torch.float16]
Made = Callable[[Any, torch.dtype], list[torch.Tensor]]


@pytest.fixture(autouse=True)
def _on_the_card() -> Iterator[None]:
    """Products in true float32; an empty card afterwards."""
    allowed = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.manual_seed(0)
    with torch.inference_mode(), CARD:
        yield
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.cuda.empty_cache()


@pytest.fixture
def fused() -> Any:
    """Imported here, for a machine without a card may have no Triton."""
    from reelwright_sidecar.families import block_fused

    return block_fused


def away(values: torch.Tensor, exact: torch.Tensor) -> float:
    return float((values - exact).norm() / exact.norm())


@pytest.mark.parametrize(("rotary", "norm", "prompts"), [(True, True, 2), (False, True, 1), (True, False, 2)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_block_is_as_exact_as_the_library(
    dtype: torch.dtype, rotary: bool, norm: bool, prompts: int, fused: Any
) -> None:
    block, values = block_of(dtype, norm, HEADS), given(dtype, rotary, prompts, WIDTH)
    theirs = block(**copied(values, dtype))
    activated = copy.deepcopy(block)
    activate(activated.ff.net[0])
    assert (type(activated.ff.net[0].proj) is GeluLinear) == (dtype != torch.float32)
    operations = operations_for(block, CARD, dtype)
    assert operations is fused
    ours = cogvideox_block.forward(activated, KERNEL, operations, **copied(values, dtype))
    plain = cogvideox_block.forward(block, KERNEL, block_pointwise, **copied(values, dtype))
    exact = block.double()(**copied(values, torch.float64))
    for mine, simple, other, right in zip(ours, plain, theirs, exact, strict=True):
        assert mine.dtype == dtype
        assert away(mine, right) < 1.05 * min(away(simple, right), away(other, right))


def norm_of(width: int, affine: bool, dtype: torch.dtype) -> torch.nn.LayerNorm:
    norm = torch.nn.LayerNorm(width, elementwise_affine=affine).requires_grad_(False)
    for each in norm.parameters():
        each.normal_(0.5, 0.5)
    return norm.to(dtype)


def changes_and_norms(affine: bool, together: bool, dtype: torch.dtype) -> Made:
    """Of tensors of their own, and of parts of one, as the first block has them. What is changed is given, too."""
    norm = norm_of(WIDTH, affine, dtype)
    modulations = torch.randn(2, PROMPTS, 6 * WIDTH).to(dtype)
    both = (torch.randn(PROMPTS, TOKENS, WIDTH) + 3).to(dtype)
    change = torch.randn(PROMPTS, TOKENS, WIDTH).to(dtype)

    def made(operations: Any, precision: torch.dtype) -> list[torch.Tensor]:
        own = copy.deepcopy(norm).to(precision)
        before, after = modulations.to(precision)
        text, video = both.to(precision, copy=True).split([TEXT, VIDEO], 1)
        if not together:
            text, video = text.contiguous(), video.contiguous()
        found = [operations.normed(own, before, video, text)]
        found += [operations.added_and_normed(before, change.to(precision), own, after, video, text)]
        operations.add(after, change.to(precision), video, text)
        return [*found, video, text]

    return made


def turns(affine: bool | None, rotary: bool, dtype: torch.dtype) -> Made:
    norm = None if affine is None else norm_of(HEAD, affine, dtype)
    angles = 9 * torch.randn(VIDEO, HEAD // 2).repeat_interleave(2, -1)
    states = (torch.randn(PROMPTS, TOKENS, HEADS, HEAD) + 3).to(dtype)

    def made(operations: Any, precision: torch.dtype) -> list[torch.Tensor]:
        own = None if norm is None else copy.deepcopy(norm).to(precision)
        rotation = (angles.cos(), angles.sin()) if rotary else None
        return [operations.turned(states.to(precision, copy=True), own, rotation, TEXT)]

    return made


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "way",
    [
        *(
            partial(changes_and_norms, affine, together)
            for affine in (True, False)
            for together in (True, False)
        ),
        *(partial(turns, affine, rotary) for affine in (True, False, None) for rotary in (True, False)),
    ],
    ids=lambda way: f"{way.func.__name__}{way.args}",
)
def test_kernels_are_as_exact_as_plain_torch(
    way: Callable[[torch.dtype], Made], dtype: torch.dtype, fused: Any
) -> None:
    made = way(dtype)
    ours, theirs = made(fused, dtype), made(block_pointwise, dtype)
    exact = made(block_pointwise, torch.float64)
    for mine, other, right in zip(ours, theirs, exact, strict=True):
        assert mine.dtype == dtype
        if dtype == torch.float32:
            torch.testing.assert_close(mine, other, atol=1e-5, rtol=5e-6)
        else:
            assert away(mine, right) <= 1.01 * away(other, right)


def test_a_narrow_block_is_right_every_time(fused: Any) -> None:
    """As the starter model's: several threads have the same numbers, and write where they are read."""
    width = 3 * HEAD
    norm, head_norm = torch.nn.LayerNorm(width), torch.nn.LayerNorm(HEAD)
    modulation = torch.randn(1, 6 * width)
    angles = torch.randn(4000, HEAD // 2).repeat_interleave(2, -1)
    both, change = torch.randn(1, 4040, width), torch.randn(1, 4040, width)

    def made(operations: Any) -> list[torch.Tensor]:
        text, video = both.clone().split([40, 4000], 1)
        states = operations.added_and_normed(modulation, change, norm, modulation, video, text)
        heads = both.clone().unflatten(2, (3, HEAD))
        return [states, video, text, operations.turned(heads, head_norm, (angles.cos(), angles.sin()), 40)]

    first = made(fused)
    for _ in range(20):
        assert all(map(torch.equal, made(fused), first))
    for mine, other in zip(made(fused), made(block_pointwise), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=5e-6)


def test_more_numbers_than_32_bits_count(fused: Any) -> None:
    tokens = 2**31 // WIDTH + 100
    if torch.cuda.mem_get_info()[0] < 5 * tokens * WIDTH * 2:
        pytest.skip("needs 20 GiB")
    torch.cuda.empty_cache()
    norm, dtype = torch.nn.LayerNorm(HEAD).bfloat16(), torch.bfloat16
    modulation = torch.ones(1, 6 * WIDTH, dtype=dtype)
    both = torch.zeros(1, tokens, WIDTH, dtype=dtype)
    both[:, -10:].normal_()
    last = both[:, -10:].clone()
    fused.turned(both.unflatten(2, (HEADS, HEAD)), norm, None, 0)
    want = block_pointwise.turned(last.unflatten(2, (HEADS, HEAD)), norm, None, 0).flatten(2)
    torch.testing.assert_close(both[:, -10:], want, atol=0.02, rtol=0.02)
    last = both[:, -10:].clone()
    fused.add(modulation, both.clone(), both[:, 10:], both[:, :10])
    torch.testing.assert_close(both[:, -10:], 2 * last)
    wide_norm = torch.nn.LayerNorm(WIDTH).bfloat16()
    states = fused.normed(wide_norm, modulation, both[:, 10:], both[:, :10])
    want = block_pointwise.normed(wide_norm, modulation, both[:, -5:], both[:, -10:-5])
    torch.testing.assert_close(states[:, -10:], want, atol=0.05, rtol=0.02)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_the_activation_is_part_of_the_product(dtype: torch.dtype) -> None:
    widening = GELU(WIDTH, 4 * WIDTH, approximate="tanh").to(dtype).requires_grad_(False)
    rows = torch.randn(PROMPTS, 1024, WIDTH).to(dtype)
    theirs = widening(rows)
    exact = copy.deepcopy(widening).double()(rows.double())
    activate(widening)
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    ours = widening.proj(rows)
    took = torch.cuda.max_memory_allocated() - before
    assert ours.shape == theirs.shape
    assert ours.dtype == dtype
    # The approximation that the library has, not the exact function: they differ by up to 5e-4.
    assert float((ours - exact).abs().max()) < 0.02
    assert away(ours, exact) <= 1.05 * away(theirs, exact) + 1e-7
    assert took < 1.5 * ours.nbytes


def test_a_plan_for_a_card_has_the_kernels(fused: Any) -> None:
    denoiser = CogVideoXTransformer3DModel(
        num_attention_heads=3, attention_head_dim=64, num_layers=2, text_embed_dim=32, in_channels=4
    )
    denoiser = denoiser.to("cpu", torch.bfloat16)
    prepare(denoiser, Plan.model_validate(plan(device="cuda", precision="bfloat16")), None)
    for block in denoiser.transformer_blocks:
        forward: Any = block.forward
        assert fused in forward.args
        assert type(block.ff.net[0].proj) is GeluLinear
