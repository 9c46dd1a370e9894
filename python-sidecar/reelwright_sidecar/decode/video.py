"""The decode that a render uses."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import torch

from .geometry import Slabs, batches, structure_of
from .peak import LIBRARIES, slabs_within
from .slabs import decode_in_slabs

_SHARE = 0.9
"""Of what is free: the rest is lost between pieces of memory."""


def decode_video(vae: Any, latents: torch.Tensor, slabs: Slabs | None) -> Generator[torch.Tensor, None, None]:
    """Yields the frames batch by batch: [1, 3, frames, height, width], -1..1 as the decoder gives them.

    latents: [1, channels, frames, height, width], as `vae.decode` takes them.
    slabs: how to divide the work. None: whole maps by the library, whose very bits it gives.
    """
    if slabs is None:
        yield from _by_library(vae, latents)
    else:
        yield from decode_in_slabs(vae, latents, slabs)


def slabs_for(vae: Any, latents: torch.Tensor) -> Slabs | None:
    """As large slabs as fit into what is free on the latents' device. None on the processor."""
    memory = spare_memory(latents.device)
    if memory is None:
        return None
    size = latents.shape[2], latents.shape[3], latents.shape[4]
    # If not even the lowest fit by this reckoning, the device has the last word.
    return slabs_within(structure_of(vae.config), *size, latents.dtype.itemsize, memory) or Slabs(1, 0)


def spare_memory(device: torch.device) -> int | None:
    """What a decode on the device may take now. None on the CPU, where clips have the library's very bits."""
    if device.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(device)
    unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(_SHARE * (free + unused)) - LIBRARIES


def _by_library(vae: Any, latents: torch.Tensor) -> Generator[torch.Tensor, None, None]:
    cache = None
    for start, stop in batches(latents.shape[2]):
        part = latents[:, :, start:stop]
        if vae.post_quant_conv is not None:
            part = vae.post_quant_conv(part)
        frames, cache = vae.decoder(part, conv_cache=cache)
        yield frames
