"""What a CogVideoX block does between its products and its attention, in plain torch: on every device.

`block_fused` has the same functions as one kernel each. The video's states are [prompts, video tokens, width] and the
text's [prompts, text tokens, width]; `modulation` is [prompts, 6 x width], what a norm's linear layer makes of the
time: shift, scale and gate for the video, then for the text.
"""

from __future__ import annotations

import torch

Rotation = tuple[torch.Tensor, torch.Tensor]
"""Cosine and sine, each [video tokens, width of a head], every one of them twice in a row: for a pair of numbers."""


def normed(
    norm: torch.nn.LayerNorm, modulation: torch.Tensor, video: torch.Tensor, text: torch.Tensor
) -> torch.Tensor:
    """Both, normed, scaled and shifted, in one new tensor, the text first: [prompts, tokens, width]."""
    shift, scale, _, text_shift, text_scale, _ = _parts(modulation)
    size = text.shape[1]
    states = video.new_empty(len(video), size + video.shape[1], video.shape[2])
    torch.addcmul(text_shift, norm(text), 1 + text_scale, out=states[:, :size])
    torch.addcmul(shift, norm(video), 1 + scale, out=states[:, size:])
    return states


def add(modulation: torch.Tensor, change: torch.Tensor, video: torch.Tensor, text: torch.Tensor) -> None:
    """Adds to both, where they are, as much of the change [prompts, tokens, width] as the gates let through."""
    _, _, gate, _, _, text_gate = _parts(modulation)
    video.addcmul_(gate, change[:, text.shape[1] :])
    text.addcmul_(text_gate, change[:, : text.shape[1]])


def added_and_normed(
    before: torch.Tensor,
    change: torch.Tensor,
    norm: torch.nn.LayerNorm,
    modulation: torch.Tensor,
    video: torch.Tensor,
    text: torch.Tensor,
) -> torch.Tensor:
    """As `add`, by the gates of the modulation `before`, and then `normed`."""
    add(before, change, video, text)
    return normed(norm, modulation, video, text)


def turned(
    states: torch.Tensor, norm: torch.nn.LayerNorm | None, rotation: Rotation | None, texts: int
) -> torch.Tensor:
    """Queries or keys, [prompts, tokens, heads, width of a head] in one piece: normed head by head, and all but the
    first `texts` tokens rotated, in float32. What was given is overwritten, or nobody's any more."""
    if norm is not None:
        states = norm(states)
    if rotation is not None:
        _rotate(states[:, texts:], _turns(rotation))
    return states


def _parts(modulation: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Six, each [prompts, 1, width]."""
    return modulation[:, None].chunk(6, dim=2)


def _turns(rotation: Rotation) -> torch.Tensor:
    """What a pair of numbers is multiplied with as one complex number: [video tokens, 1, pairs]."""
    cosine, sine = (part[:, None, ::2].contiguous() for part in rotation)
    return torch.complex(cosine, sine)


def _rotate(states: torch.Tensor, turns: torch.Tensor) -> None:
    """[prompts, video tokens, heads, width], where they are; calculated in float32."""
    numbers = states.float()
    torch.view_as_complex(numbers.unflatten(-1, (-1, 2))).mul_(turns)
    if numbers is not states:
        states.copy_(numbers)
