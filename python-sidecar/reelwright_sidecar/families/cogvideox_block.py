"""The forward of a CogVideoX block that moves few numbers, for where nothing is compiled.

The library's reads and writes so many numbers between its products that a fast card spends a third of a step on them,
and keeps twice as many at a time. This one has its order of operations; only where a product is added to something
is rounded once, not twice.
"""

from __future__ import annotations

from typing import Any

import torch

from ..attention import Kernel

Rotation = tuple[torch.Tensor, torch.Tensor]
"""Cosine and sine, each [video tokens, width of a head], every one of them twice in a row: for a pair of numbers."""


def forward(
    block: Any,
    kernel: Kernel,
    hidden_states: torch.Tensor,
    encoder_hidden_states: torch.Tensor,
    temb: torch.Tensor,
    image_rotary_emb: Rotation | None = None,
    attention_kwargs: dict[str, Any] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The video's states [prompts, tokens, width] and the text's, changed where they are: nobody else wants them."""
    video, text = hidden_states, encoder_hidden_states
    states, gates = _scaled(block.norm1, video, text, temb)
    attention = block.attn1
    heads = attention.heads, -1
    # A head's numbers stay together: the rows of a product are split as they lie.
    query, key = attention.to_q(states).unflatten(2, heads), attention.to_k(states).unflatten(2, heads)
    value = attention.to_v(states).unflatten(2, heads)
    del states
    if attention.norm_q is not None:
        query = attention.norm_q(query)
    if attention.norm_k is not None:
        key = attention.norm_k(key)
    if image_rotary_emb is not None:
        turns = _turns(image_rotary_emb)
        _rotate(query[:, text.shape[1] :], turns)
        _rotate(key[:, text.shape[1] :], turns)
    mixed = kernel(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))
    del query, key, value
    change = attention.to_out[0](mixed.transpose(1, 2).flatten(2))
    del mixed
    _add(video, text, change, gates)
    del change
    states, gates = _scaled(block.norm2, video, text, temb)
    widening, _, narrowing, *_ = block.ff.net
    wide = widening.proj(states)
    del states
    change = narrowing(torch.ops.aten.gelu_(wide, approximate=widening.approximate))
    del wide
    _add(video, text, change, gates)
    return video, text


def _scaled(
    norm: Any, video: torch.Tensor, text: torch.Tensor, temb: torch.Tensor
) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    """Both, normed, scaled and shifted, the text first; and by how much of what comes of it each is to change."""
    shift, scale, gate, text_shift, text_scale, text_gate = (
        part[:, None] for part in norm.linear(norm.silu(temb)).chunk(6, dim=1)
    )
    size = text.shape[1]
    states = video.new_empty(len(video), size + video.shape[1], video.shape[2])
    torch.addcmul(text_shift, norm.norm(text), 1 + text_scale, out=states[:, :size])
    torch.addcmul(shift, norm.norm(video), 1 + scale, out=states[:, size:])
    return states, (gate, text_gate)


def _add(
    video: torch.Tensor, text: torch.Tensor, change: torch.Tensor, gates: tuple[torch.Tensor, torch.Tensor]
) -> None:
    gate, text_gate = gates
    video.addcmul_(gate, change[:, text.shape[1] :])
    text.addcmul_(text_gate, change[:, : text.shape[1]])


def _turns(rotation: Rotation) -> torch.Tensor:
    """What a pair of numbers is multiplied with as one complex number: [video tokens, 1, pairs]."""
    cosine, sine = (part[:, None, ::2].contiguous() for part in rotation)
    return torch.complex(cosine, sine)


def _rotate(states: torch.Tensor, turns: torch.Tensor) -> None:
    """[prompts, video tokens, heads, width], where they are; calculated in float32."""
    pairs = torch.view_as_complex(states.float().unflatten(-1, (-1, 2)))
    states.copy_(torch.view_as_real(pairs.mul_(turns)).flatten(-2))
