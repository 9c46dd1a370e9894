"""What `block_pointwise` does, each function as one kernel: every number is read and written once, and rounded once.
Needs Triton, and for that a compiler on the machine.
"""

# mypy: disable-error-code="import-untyped, untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import torch
import triton
import triton.language as tl

from .block_pointwise import Rotation


# One token. What differs from clip to clip is not specialised for: every specialisation is a kernel to be made.
@triton.jit(do_not_specialize=["texts"])
def _change_and_norm(
    video,
    text,
    gates,
    change,
    weight,
    bias,
    modulation,
    states,
    video_prompt,
    video_token,
    text_prompt,
    text_token,
    texts,
    epsilon,
    WIDTH: tl.constexpr,
    BLOCK: tl.constexpr,
):
    token, prompt = tl.program_id(0), tl.program_id(1)
    column = tl.arange(0, BLOCK)
    within = column < WIDTH
    # The states of a long clip are more numbers than 32 bits count.
    row = (prompt.to(tl.int64) * tl.num_programs(0) + token) * WIDTH + column
    part = prompt * (6 * WIDTH) + column
    if token < texts:
        ours = text + prompt.to(tl.int64) * text_prompt + token.to(tl.int64) * text_token
        part += 3 * WIDTH
    else:
        ours = video + prompt.to(tl.int64) * video_prompt + (token - texts).to(tl.int64) * video_token
    ours += column
    value = tl.load(ours, within, 0).to(tl.float32)
    if change is not None:
        gate = tl.load(gates + part + 2 * WIDTH, within, 0).to(tl.float32)
        added = value + gate * tl.load(change + row, within, 0).to(tl.float32)
        # Normed is what is kept.
        value = added.to(video.dtype.element_ty).to(tl.float32)
        # Of a small row several threads have the same numbers: none may read what another has written.
        tl.debug_barrier()
        tl.store(ours, value, within)
    if states is not None:
        shift = tl.load(modulation + part, within, 0).to(tl.float32)
        scale = tl.load(modulation + part + WIDTH, within, 0).to(tl.float32)
        value -= tl.sum(value, 0) / WIDTH
        value = tl.where(within, value, 0)
        value *= tl.rsqrt(tl.sum(value * value, 0) / WIDTH + epsilon)
        if weight is not None:
            value *= tl.load(weight + column, within, 0).to(tl.float32)
        if bias is not None:
            value += tl.load(bias + column, within, 0).to(tl.float32)
        tl.store(states + row, value * (1 + scale) + shift, within)


# All heads of one token, which are rotated alike.
@triton.jit(do_not_specialize=["texts"])
def _turn(
    states,
    weight,
    bias,
    cosine,
    sine,
    texts,
    epsilon,
    HEADS: tl.constexpr,
    PADDED: tl.constexpr,
    WIDTH: tl.constexpr,
    NORMED: tl.constexpr,
):
    token, prompt = tl.program_id(0), tl.program_id(1)
    head, column = tl.arange(0, PADDED)[:, None], tl.arange(0, WIDTH)[None, :]
    within = head < HEADS
    row = prompt.to(tl.int64) * tl.num_programs(0) + token
    ours = states + row * (HEADS * WIDTH) + head * WIDTH + column
    value = tl.load(ours, within, 0).to(tl.float32)
    if NORMED:
        value -= tl.sum(value, 1)[:, None] / WIDTH
        value *= tl.rsqrt(tl.sum(value * value, 1)[:, None] / WIDTH + epsilon)
        if weight is not None:
            value *= tl.load(weight + column).to(tl.float32)
        if bias is not None:
            value += tl.load(bias + column).to(tl.float32)
    if cosine is not None:
        place = (token - texts) * WIDTH + column
        # The text is turned by nothing.
        turning = column < tl.where(token < texts, 0, WIDTH)
        across, _ = tl.split(
            tl.reshape(tl.load(cosine + place, turning, 1).to(tl.float32), (1, WIDTH // 2, 2))
        )
        along, _ = tl.split(tl.reshape(tl.load(sine + place, turning, 0).to(tl.float32), (1, WIDTH // 2, 2)))
        first, second = tl.split(tl.reshape(value, (PADDED, WIDTH // 2, 2)))
        turned = tl.join(first * across - second * along, first * along + second * across)
        value = tl.reshape(turned, (PADDED, WIDTH))
    # As above.
    tl.debug_barrier()
    tl.store(ours, value, within)


def normed(
    norm: torch.nn.LayerNorm, modulation: torch.Tensor, video: torch.Tensor, text: torch.Tensor
) -> torch.Tensor:
    """As `block_pointwise.normed`."""
    states = video.new_empty(len(video), text.shape[1] + video.shape[1], video.shape[2])
    _changed_and_normed(None, None, norm, modulation, video, text, states)
    return states


def add(modulation: torch.Tensor, change: torch.Tensor, video: torch.Tensor, text: torch.Tensor) -> None:
    """As `block_pointwise.add`."""
    _changed_and_normed(modulation, change, None, None, video, text, None)


def added_and_normed(
    before: torch.Tensor,
    change: torch.Tensor,
    norm: torch.nn.LayerNorm,
    modulation: torch.Tensor,
    video: torch.Tensor,
    text: torch.Tensor,
) -> torch.Tensor:
    """As `block_pointwise.added_and_normed`."""
    states = torch.empty_like(change)
    _changed_and_normed(before, change, norm, modulation, video, text, states)
    return states


def turned(
    states: torch.Tensor, norm: torch.nn.LayerNorm | None, rotation: Rotation | None, texts: int
) -> torch.Tensor:
    """As `block_pointwise.turned`."""
    prompts, tokens, heads, width = states.shape
    weight, bias, epsilon = _weights(norm, width)
    cosine, sine = (None, None) if rotation is None else (part.contiguous() for part in rotation)
    padded = triton.next_power_of_2(heads)
    _turn[(tokens, prompts)](
        states,
        weight,
        bias,
        cosine,
        sine,
        texts,
        epsilon,
        HEADS=heads,
        PADDED=padded,
        WIDTH=width,
        NORMED=norm is not None,
        num_warps=_warps(padded * width),
    )
    return states


def _changed_and_normed(
    gates: torch.Tensor | None,
    change: torch.Tensor | None,
    norm: torch.nn.LayerNorm | None,
    modulation: torch.Tensor | None,
    video: torch.Tensor,
    text: torch.Tensor,
    states: torch.Tensor | None,
) -> None:
    prompts, tokens, width = video.shape
    weight, bias, epsilon = _weights(norm, width)
    block = triton.next_power_of_2(width)
    _change_and_norm[(text.shape[1] + tokens, prompts)](
        video,
        text,
        gates,
        change,
        weight,
        bias,
        modulation,
        states,
        video.stride(0),
        video.stride(1),
        text.stride(0),
        text.stride(1),
        text.shape[1],
        epsilon,
        WIDTH=width,
        BLOCK=block,
        num_warps=_warps(block),
    )


def _warps(numbers: int) -> int:
    """For so many numbers in hand: 32 for a thread. Fewer took longer on an H100."""
    return min(max(numbers // 1024, 1), 8)


def _weights(
    norm: torch.nn.LayerNorm | None, width: int
) -> tuple[torch.Tensor | None, torch.Tensor | None, float]:
    """Read here, not by the norm itself: so small a layer's are on the device as long as the block is called."""
    if norm is None:
        return None, None, 0.0
    for each in norm.parameters():
        if each.numel() != width:
            raise RuntimeError("The weights of a norm are not on the device.")
    return norm.weight, norm.bias, norm.eps
