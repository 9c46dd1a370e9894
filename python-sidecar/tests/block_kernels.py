"""Compares a block's kernels with plain torch, on a machine without a card: Triton's interpreter carries them out.

Run in a process of its own, for the interpreter has to be chosen before Triton is imported.
"""

from __future__ import annotations

import itertools
import os

os.environ["TRITON_INTERPRET"] = "1"

import torch

from reelwright_sidecar.families import block_fused, block_pointwise

torch.set_num_threads(1)

HEAD, VIDEO, TEXT = 64, 7, 3
DTYPES = (torch.float32, torch.bfloat16, torch.float16)


def norm_of(width: int, affine: bool, bias: bool = True) -> torch.nn.LayerNorm:
    """With weights that make a difference."""
    norm = torch.nn.LayerNorm(width, eps=1e-5, elementwise_affine=affine, bias=bias).requires_grad_(False)
    for each in norm.parameters():
        each.normal_(0.5, 0.5)
    return norm


def compare(
    dtype: torch.dtype, ours: list[torch.Tensor], theirs: list[torch.Tensor], exact: list[torch.Tensor]
) -> None:
    """In single precision they are the same; in half precision ours are no further from the exact ones."""
    for mine, other, right in zip(ours, theirs, exact, strict=True):
        assert mine.dtype == dtype
        if dtype == torch.float32:
            # Where a difference is nearly nothing, what is left is what was rounded.
            torch.testing.assert_close(mine, other, atol=4e-6, rtol=2e-6)
        else:
            away, plain = (float((each - right).norm()) for each in (mine, other))
            # The interpreter cuts bfloat16 off, which is twice as far away and more. A card rounds it.
            assert away <= (2.5 if dtype == torch.bfloat16 else 1.01) * plain, (dtype, away, plain)


def parts(both: torch.Tensor, together: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Video and text: parts of one tensor, as the first block has them, or tensors of their own."""
    text, video = both.split([TEXT, VIDEO], 1)
    return (video, text) if together else (video.contiguous(), text.contiguous())


def changes_and_norms() -> None:
    """Of rows that have a mean, which is what a norm takes away."""
    for dtype, prompts, heads, (affine, bias), together in itertools.product(
        DTYPES, (1, 2), (3, 4), ((True, True), (True, False), (False, False)), (True, False)
    ):
        width = heads * HEAD
        torch.manual_seed(1)
        norm = norm_of(width, affine, bias).to(dtype)
        modulations = torch.randn(2, prompts, 6 * width).to(dtype)
        change = torch.randn(prompts, TEXT + VIDEO, width).to(dtype)
        both = (torch.randn(prompts, TEXT + VIDEO, width) + 3).to(dtype)
        results = []
        for operations, precision in (
            (block_fused, dtype),
            (block_pointwise, dtype),
            (block_pointwise, torch.float64),
        ):
            first, second = modulations.to(precision)
            moved = change.to(precision)
            own = norm_of(width, affine, bias).to(precision)
            own.load_state_dict(norm.state_dict())

            kept, added, done = (parts(both.to(precision, copy=True), together) for _ in range(3))
            found = [operations.normed(own, first, *kept)]
            operations.add(first, moved, *added)
            found += [operations.added_and_normed(first, moved, own, second, *done), *added, *done]
            assert all(map(torch.equal, kept, parts(both.to(precision), together)))
            assert all(map(torch.equal, added, done))
            results.append(found)
        compare(dtype, *results)


def turns() -> None:
    """With and without a norm and a rotation, of heads that are a power of two and not."""
    for dtype, prompts, heads, affine, rotary in itertools.product(
        DTYPES, (1, 2), (3, 4), (True, False, None), (True, False)
    ):
        torch.manual_seed(2)
        norm = None if affine is None else norm_of(HEAD, affine).to(dtype)
        angles = 9 * torch.randn(VIDEO, HEAD // 2).repeat_interleave(2, -1)
        rotation = (angles.cos(), angles.sin()) if rotary else None
        states = (torch.randn(prompts, TEXT + VIDEO, heads, HEAD) + 3).to(dtype)
        exact_norm = None if norm is None else norm_of(HEAD, bool(affine)).double()
        if norm is not None and exact_norm is not None:
            exact_norm.load_state_dict(norm.state_dict())
        ours = states.clone()
        assert block_fused.turned(ours, norm, rotation, TEXT) is ours
        theirs = block_pointwise.turned(states.clone(), norm, rotation, TEXT)
        exact = block_pointwise.turned(states.double(), exact_norm, rotation, TEXT)
        compare(dtype, [ours], [theirs], [exact])


def weights_that_are_away() -> None:
    """Are not read."""
    norm = norm_of(HEAD, True)
    norm.weight.data = norm.weight.data.new_empty(0)
    try:
        block_fused.turned(torch.zeros(1, 1, 1, HEAD), norm, None, 0)
    except RuntimeError:
        return
    raise AssertionError


if __name__ == "__main__":
    changes_and_norms()
    turns()
    weights_that_are_away()
    print("equal")
