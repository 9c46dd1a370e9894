"""The arithmetic of a decode in slabs: which convolutions there are, which rows they take, what memory they need.

A CogVideoX decoder takes two latent frames at a time (`batches`). Every causal convolution runs over slabs of rows.
Its input for one slab, the window, holds the slab's rows, one more above and below, and before its own frames the last
two of the batch before: the history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

HISTORY = 2
"""Frames that a convolution over three frames needs from the batch before."""
_TOGETHER = 2
"""Latent frames of a batch. Another number would change the picture: statistics are taken over a batch."""

Kind = Literal["in", "first", "second", "up", "out"]


@dataclass(frozen=True)
class Slabs:
    """How a decode divides its work.

    rows: the height of a slab at the picture's own size; smaller maps take as many rows as fill the same memory.
    resident: bytes of histories that may stay on the device. The others wait in the host's memory.
    """

    rows: int
    resident: int


@dataclass(frozen=True)
class Structure:
    """A decoder: channels from the coarsest level to the finest, and in which upsamplings time doubles too."""

    latent: int
    channels: tuple[int, ...]
    layers: int
    doublings: int
    pictures: int

    @property
    def scale(self) -> int:
        """Pixels to a latent, along a side."""
        return int(2 ** (len(self.channels) - 1))


@dataclass(frozen=True)
class Stage:
    """One convolution of one batch, `name` as in the decoder; sizes are those of what it gives.

    in, out: the decoder's own first and last. first, second: of a residual block. up: of an upsampling, in the plane.
    """

    name: str
    kind: Kind
    inputs: int
    outputs: int
    frames: int
    height: int
    width: int

    @property
    def history(self) -> int:
        """Numbers in the history."""
        return 0 if self.kind == "up" else HISTORY * self.height * self.width * self.inputs

    @property
    def result(self) -> int:
        """Numbers in what it gives."""
        return self.frames * self.height * self.width * self.outputs

    def rows(self, elements: int) -> int:
        """Rows to a slab of about so many numbers, counted in what comes out, but of the last one in what goes in."""
        channels = self.inputs if self.kind == "out" else self.outputs
        rows = min(max(elements // (self.frames * self.width * channels), 1), self.height)
        return max(rows // 2 * 2, 2) if self.kind == "up" else rows

    def window(self, rows: int) -> int:
        """Numbers in the window of a slab of so many rows."""
        if self.kind == "up":
            return self.frames * (rows // 2 + 2) * (self.width // 2) * self.inputs
        return (self.frames + HISTORY) * (rows + 2) * self.width * self.inputs

    def raw(self, rows: int) -> int:
        """Numbers that the convolution gives for a slab of so many rows."""
        if self.kind == "up":
            return self.frames * (rows // 2 + 1) * (self.width // 2 + 1) * 4 * self.outputs
        return self.frames * rows * self.width * (self.outputs + -self.outputs % 8)


def structure_of(config: Mapping[str, object]) -> Structure:
    """The decoder of an AutoencoderKLCogVideoX with this configuration. Raises ValueError when it has none."""

    def whole(name: str, default: int) -> int:
        value = config.get(name, default)
        if not isinstance(value, int):
            raise ValueError(f"{name} is {value!r}.")
        return value

    channels = config.get("block_out_channels", (128, 256, 256, 512))
    if not isinstance(channels, Sequence) or not all(isinstance(value, int) for value in channels):
        raise ValueError(f"block_out_channels is {channels!r}.")
    return Structure(
        latent=whole("latent_channels", 16),
        channels=tuple(reversed(channels)),
        layers=whole("layers_per_block", 3) + 1,
        doublings=whole("temporal_compression_ratio", 4).bit_length() - 1,
        pictures=whole("out_channels", 3),
    )


def batches(frames: int) -> list[tuple[int, int]]:
    """The latent frames of each batch, from and to: two, and in the first batch also the odd one."""
    odd = frames % _TOGETHER
    count = max(frames // _TOGETHER, 1)
    starts = [_TOGETHER * index + (odd if index else 0) for index in range(count)]
    return [(start, min(_TOGETHER * (index + 1) + odd, frames)) for index, start in enumerate(starts)]


def doubled(frames: int) -> int:
    """Frames after an upsampling over time: the first of an odd number stays alone."""
    return frames if frames == 1 else 2 * frames - frames % 2


def source_frame(frame: int, factor: int, odd: bool) -> int:
    """The frame that `frame` is a repetition of, `factor` times as many of them; of an odd one the first is alone."""
    return (frame + factor - 1) // factor if odd else frame // factor


def spans(height: int, rows: int) -> list[tuple[int, int]]:
    """The slabs of a map, from and to: as few as can be of at most `rows` rows, and as even."""
    count = -(-height // rows)
    return [(height * index // count, height * (index + 1) // count) for index in range(count)]


def even_spans(height: int, rows: int) -> list[tuple[int, int]]:
    """As `spans`, with slabs that begin and end on even rows."""
    return [(2 * start, 2 * stop) for start, stop in spans(height // 2, max(rows // 2, 1))]


def fresh(start: int, stop: int, height: int) -> tuple[int, int]:
    """The rows that a slab's window takes from the map; the two before them come from the last slab's window."""
    return start + 1 if start else 0, min(stop + 1, height)


def stages(structure: Structure, frames: int, height: int, width: int) -> Iterator[Stage]:
    """Every convolution of a batch of so many latent frames of that size, in the order in which they run."""
    channels = structure.channels[0]
    yield Stage("conv_in", "in", structure.latent, channels, frames, height, width)

    def block(name: str, inputs: int, outputs: int) -> Iterator[Stage]:
        yield Stage(f"{name}.conv1", "first", inputs, outputs, frames, height, width)
        yield Stage(f"{name}.conv2", "second", outputs, outputs, frames, height, width)

    for index in range(2):
        yield from block(f"mid_block.resnets.{index}", channels, channels)
    for level, outputs in enumerate(structure.channels):
        for index in range(structure.layers):
            yield from block(f"up_blocks.{level}.resnets.{index}", channels, outputs)
            channels = outputs
        if level < len(structure.channels) - 1:
            frames = doubled(frames) if level < structure.doublings else frames
            height, width = 2 * height, 2 * width
            name = f"up_blocks.{level}.upsamplers.0.conv"
            yield Stage(name, "up", channels, channels, frames, height, width)
    yield Stage("conv_out", "out", channels, structure.pictures, frames, height, width)


def slab_elements(order: Sequence[Stage], rows: int) -> int:
    """How many numbers a slab may hold: `rows` rows of the map that the last convolution takes."""
    last = order[-1]
    return rows * last.frames * last.width * last.inputs


def map_memory(order: Sequence[Stage]) -> tuple[int, int]:
    """Numbers in the two pieces of memory that hold the maps of a batch, the first map in the first of them.

    Of a residual block and of an upsampling the result of the one convolution lies in the piece where its source is
    not. The result of a block's second convolution lies where its first's does if they differ in channels, else where
    the block's source was.
    """
    sizes = [0, 0]
    at = 1
    for stage in order[:-1]:
        if stage.kind == "second":
            continue
        sizes[1 - at] = max(sizes[1 - at], stage.result)
        if stage.kind != "first" or stage.inputs != stage.outputs:
            at = 1 - at
    return sizes[0], sizes[1]


def kept_on_device(order: Sequence[Stage], item_bytes: int, resident: int) -> frozenset[str]:
    """The convolutions whose histories stay on the device: the small ones first, whose copies would cost most."""
    kept, used = set(), 0
    for stage in sorted(order, key=lambda stage: stage.history):
        used += stage.history * item_bytes
        if used > resident:
            break
        kept.add(stage.name)
    return frozenset(kept)
