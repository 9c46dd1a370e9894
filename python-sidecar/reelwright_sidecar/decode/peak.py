"""What memory a decode in slabs takes, known before it begins."""

from __future__ import annotations

from .geometry import Slabs, Stage, Structure, batches, kept_on_device, map_memory, slab_elements, stages

LIBRARIES = 48 * 2**20
"""What cuDNN and cuBLAS take for themselves on a card."""
_SLABS = [2**power for power in range(18, 11, -1)]
"""Pixels that a slab may have, the fastest first."""
_PART = 2**15
"""Numbers of a map that the kernels measure together."""


def decode_peak_bytes(
    structure: Structure, frames: int, height: int, width: int, item_bytes: int, slabs: Slabs
) -> int:
    """The most that is allocated at once for a video of so many latents, without the weights and LIBRARIES."""
    parts = batches(frames)
    order = list(stages(structure, parts[0][1], height, width))
    elements = slab_elements(order, slabs.rows)
    kept = kept_on_device(order, item_bytes, slabs.resident) if len(parts) > 1 else frozenset()
    latents = 2 * structure.latent * frames * height * width
    histories = sum(stage.history for stage in order if stage.name in kept)
    windows = 2 * max(stage.window(stage.rows(elements)) for stage in order if stage.kind != "up")
    # The frames of a batch are still looked at when the next are calculated.
    pictures = (2 if len(parts) > 1 else 1) * order[-1].result
    working = max(_working(stage, stage.rows(elements), order[0], item_bytes) for stage in order)
    return (latents + histories + windows + sum(map_memory(order)) + pictures) * item_bytes + working


def host_bytes(
    structure: Structure, frames: int, height: int, width: int, item_bytes: int, slabs: Slabs
) -> int:
    """What it takes of the host's page-locked memory: histories that may not stay on the device."""
    parts = batches(frames)
    if len(parts) == 1:
        return 0
    order = list(stages(structure, parts[0][1], height, width))
    kept = kept_on_device(order, item_bytes, slabs.resident)
    return sum(stage.history for stage in order if stage.name not in kept) * item_bytes


def _working(stage: Stage, rows: int, latents: Stage, item_bytes: int) -> int:
    """What exists while one slab is calculated. `latents`: a stage of their size."""
    statistics = (stage.raw(rows) // _PART + 1) * 3 * stage.outputs * 4
    if stage.kind == "up":
        weights = 16 * stage.inputs * stage.outputs
        return (stage.raw(rows) + stage.window(rows) + weights) * item_bytes + statistics
    weights = 27 * stage.inputs * stage.outputs
    # Two of them: one is made while the one before is still there.
    modulation = 2 * 2 * latents.frames * latents.height * latents.width * stage.inputs
    # Without kernels of our own one frame of the slab is calculated in float32: first of the window, with factors
    # and summands for its pixels and before that for its latents, then of the result.
    side = stage.width // latents.width
    known = 4 * (rows + 1) + 2 * (rows // side + 2)
    filling = 4 * stage.inputs * ((rows + 1) * stage.width + known * latents.width)
    settling = stage.raw(rows) * item_bytes + 4 * stage.outputs * rows * stage.width + statistics
    return (weights + modulation) * item_bytes + max(filling, settling)


def slabs_within(
    structure: Structure, frames: int, height: int, width: int, item_bytes: int, budget: int
) -> Slabs | None:
    """How to divide a decode that may take so many bytes besides the weights. None: it does not fit at all.

    A copy to the host and back costs nothing while there is enough to calculate; slabs of few pixels leave a card's
    matrix units idle. So what is given up first is the place of the histories, then the height of the slabs.
    """
    last = list(stages(structure, batches(frames)[0][1], height, width))[-1]
    heights = [max(pixels // (last.frames * last.width), 1) for pixels in _SLABS]

    for rows in heights:
        least = decode_peak_bytes(structure, frames, height, width, item_bytes, Slabs(rows, 0))
        if least <= budget:
            return Slabs(rows, budget - least)
    return None
