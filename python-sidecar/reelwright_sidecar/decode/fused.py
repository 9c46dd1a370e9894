"""What `pointwise` does, each function as one kernel. Needs Triton, and for that a compiler on the machine."""

# mypy: disable-error-code="import-untyped, untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import torch
import triton
import triton.language as tl

from .pointwise import Modulation, Part, is_odd
from .windows import Window

_TILE = 4096
"""Numbers that one program has in hand."""
_TILES = 8
"""Tiles of a row that one program measures together."""


_PAST = {"nowhere": 0, "arriving": 1, "history": 2}


# What differs from window to window is not specialised for: every specialisation is a kernel to be made.
@triton.jit(
    do_not_specialize=[
        "first",
        "fresh",
        "offset",
        "above_rows",
        "frames",
        "alone",
        "repeats",
        "past",
        "keep",
        "latent_height",
        "latent_width",
        "above_frame",
        "history_frame",
    ]
)
def _fill(
    source,
    values,
    above,
    history,
    coefficients,
    modulation,
    first,
    fresh,
    offset,
    above_rows,
    frames,
    alone,
    repeats,
    past,
    keep,
    latent_height,
    latent_width,
    channels,
    source_frame,
    values_frame,
    above_frame,
    history_frame,
    MODULATED: tl.constexpr,
    SIDE: tl.constexpr,
    PIXELS: tl.constexpr,
    CHANNELS: tl.constexpr,
):
    row = tl.program_id(1)
    latent = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)[:, None, None]
    pixel = latent * SIDE + tl.arange(0, SIDE)[None, :, None]
    channel = tl.arange(0, CHANNELS)[None, None, :]
    within = (latent < latent_width) & (channel < channels)
    row_size = latent_width * SIDE * channels
    place = pixel * channels + channel
    ours = values + row * row_size + place

    if row < offset or row >= offset + fresh:
        theirs = above + (above_rows - 2 + row) * row_size + place
        # Without a window above, and below the picture, nothing is read: zeros.
        reach = tl.where(row < tl.minimum(offset, above_rows), latent_width, 0)
        seen = (latent < reach) & (channel < channels)
        for _ in range(frames + 2):
            tl.store(ours, tl.load(theirs, seen, 0), within)
            ours += values_frame
            theirs += above_frame
    else:
        map_row = first + row - offset
        source += map_row * row_size
        kept = history + map_row * row_size + place
        if past == 2:
            tl.store(ours, tl.load(kept, within), within)
            tl.store(ours + values_frame, tl.load(kept + history_frame, within), within)
            # What is loaded here by one thread is overwritten below, perhaps by another.
            tl.debug_barrier()
        if MODULATED:
            scale = tl.load(coefficients + channel, channel < channels)
            shift = tl.load(coefficients + channels + channel, channel < channels)
        now = ours + 2 * values_frame
        for frame in range(frames):
            value = tl.load(source + place, within)
            if MODULATED:
                latent_frame = (frame + alone * (repeats - 1)) // repeats
                latent_row = latent_frame * latent_height + map_row // SIDE
                factor = modulation + (latent_row * latent_width + latent) * (2 * channels) + channel
                y = tl.load(factor, within).to(tl.float32)
                b = tl.load(factor + channels, within).to(tl.float32)
                number = (value.to(tl.float32) * scale + shift) * y + b
                value = (number / (1 + tl.exp(-number))).to(values.dtype.element_ty)
            tl.store(now, value, within)
            if frame == 0 and past == 0:
                tl.store(ours, value, within)
                tl.store(ours + values_frame, value, within)
            if frame >= frames - 2 * keep:
                tl.store(kept + (frame - frames + 2) * history_frame, value, within)
            source += source_frame
            now += values_frame


@triton.jit(do_not_specialize=["width", "alone", "repeats"])
def _settle(
    raw,
    bias,
    target,
    parts,
    width,
    channels,
    alone,
    repeats,
    raw_frame,
    raw_row,
    raw_pixel,
    target_frame,
    FACTOR: tl.constexpr,
    ADD: tl.constexpr,
    PIXELS: tl.constexpr,
    TILES: tl.constexpr,
    CHANNELS: tl.constexpr,
):
    segment, row, frame = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    channel = tl.arange(0, CHANNELS)[None, :]
    inside = channel < channels
    down = row % FACTOR
    source_frame = (frame + alone * (repeats - 1)) // repeats
    raw += source_frame.to(tl.int64) * raw_frame + (row // FACTOR + down) * raw_row
    target += frame.to(tl.int64) * target_frame + row * (width * channels)
    added = tl.load(bias + channel, inside)

    first = segment * (PIXELS * TILES)
    total = tl.zeros((PIXELS, CHANNELS), tl.float32)
    squares = tl.zeros((PIXELS, CHANNELS), tl.float32)
    pivot = tl.zeros((1, CHANNELS), tl.float32)
    for tile in range(TILES):
        pixel = first + tile * PIXELS + tl.arange(0, PIXELS)[:, None]
        within = (pixel < width) & inside
        right = pixel % FACTOR
        place = (pixel // FACTOR + right) * raw_pixel + (2 * down + right) * channels + channel
        value = tl.load(raw + place, within, 0).to(tl.float32) + added
        if ADD:
            value += tl.load(target + pixel * channels + channel, within, 0).to(tl.float32)
        tl.store(target + pixel * channels + channel, value, within)
        if tile == 0:
            # Differences from a number of the same size: squares of the values themselves would drown the variance.
            pivot += tl.sum(tl.where(pixel == first, value, 0), 0)[None, :]
        difference = tl.where(within, value - pivot, 0)
        total += difference
        squares += difference * difference

    size = tl.minimum(width - first, PIXELS * TILES).to(tl.float32)
    sums = tl.sum(total, 0)[None, :]
    part = (frame * tl.num_programs(1) + row) * tl.num_programs(0) + segment
    place = parts + part.to(tl.int64) * 3 * channels + channel
    tl.store(place, size + tl.zeros((1, CHANNELS), tl.float32), inside)
    tl.store(place + channels, pivot + sums / size, inside)
    tl.store(place + 2 * channels, tl.sum(squares, 0)[None, :] - sums * sums / size, inside)


@triton.jit(do_not_specialize=["count"])
def _merge(parts, merged, count, channels, PARTS: tl.constexpr, CHANNELS: tl.constexpr):
    channel = tl.program_id(0) * CHANNELS + tl.arange(0, CHANNELS)[None, :]
    total = tl.zeros((PARTS, CHANNELS), tl.float32)
    centre = tl.zeros((PARTS, CHANNELS), tl.float32)
    spread = tl.zeros((PARTS, CHANNELS), tl.float32)
    for start in range(0, count, PARTS):
        part = start + tl.arange(0, PARTS)[:, None]
        within = (part < count) & (channel < channels)
        place = parts + part * 3 * channels + channel
        size = tl.load(place, within, 0)
        mean = tl.load(place + channels, within, 0)
        squares = tl.load(place + 2 * channels, within, 0)
        both = total + size
        share = tl.where(both > 0, size / tl.maximum(both, 1), 0)
        difference = mean - centre
        centre += difference * share
        spread += squares + difference * difference * total * share
        total = both
    size = tl.sum(total, 0)[None, :]
    mean = tl.sum(total * centre, 0)[None, :] / tl.maximum(size, 1)
    apart = centre - mean
    squares = tl.sum(spread + total * apart * apart, 0)[None, :]
    tl.store(merged + channel, size, channel < channels)
    tl.store(merged + channels + channel, mean, channel < channels)
    tl.store(merged + 2 * channels + channel, squares, channel < channels)


def fill(window: Window, source: torch.Tensor, modulation: Modulation | None) -> None:
    """As `pointwise.fill`."""
    first, end = window.fresh
    values, above, history = window.values, window.above, window.history
    width, channels = source.shape[2:]
    latent = (1, 1, width) if modulation is None else modulation.values.shape[:3]
    side = width // latent[2]
    padded = triton.next_power_of_2(channels)
    pixels = max(_TILE // (side * padded), 1)
    _fill[(triton.cdiv(latent[2], pixels), values.shape[1])](
        source,
        values,
        values if above is None else above,
        values if history is None else history,
        source if modulation is None else modulation.coefficients,
        source if modulation is None else modulation.values,
        first,
        end - first,
        first - window.start + 1,
        0 if above is None else above.shape[1],
        len(source),
        int(modulation is not None and modulation.odd),
        1 if modulation is None else modulation.repeats,
        _PAST[window.past],
        int(window.keep and history is not None),
        latent[1],
        latent[2],
        channels,
        source.stride(0),
        values.stride(0),
        0 if above is None else above.stride(0),
        0 if history is None else history.stride(0),
        MODULATED=modulation is not None,
        SIDE=side,
        PIXELS=pixels,
        CHANNELS=padded,
    )


def settle(raw: torch.Tensor, bias: torch.Tensor, target: torch.Tensor, add: bool) -> Part:
    """As `pointwise.settle`."""
    return _settled(raw, bias, target, factor=1, add=add, repeats=1)


def settle_upsampled(raw: torch.Tensor, bias: torch.Tensor, target: torch.Tensor, repeats: int) -> Part:
    """As `pointwise.settle_upsampled`."""
    return _settled(raw.flatten(3), bias, target, factor=2, add=False, repeats=repeats)


def _settled(
    raw: torch.Tensor, bias: torch.Tensor, target: torch.Tensor, *, factor: int, add: bool, repeats: int
) -> Part:
    frames, rows, width, channels = target.shape
    padded = triton.next_power_of_2(channels)
    pixels = max(_TILE // padded, 1)
    segments = triton.cdiv(width, pixels * _TILES)
    parts = torch.empty(frames * rows * segments, 3, channels, dtype=torch.float32, device=raw.device)
    _settle[(segments, rows, frames)](
        raw,
        bias,
        target,
        parts,
        width,
        channels,
        int(is_odd(len(raw))),
        repeats,
        raw.stride(0),
        raw.stride(1),
        raw.stride(2),
        target.stride(0),
        FACTOR=factor,
        ADD=add,
        PIXELS=pixels,
        TILES=_TILES,
        CHANNELS=padded,
    )
    merged = torch.empty(1, 3, channels, dtype=torch.float32, device=raw.device)
    _merge[(triton.cdiv(channels, 16),)](parts, merged, len(parts), channels, PARTS=32, CHANNELS=16)
    return merged
