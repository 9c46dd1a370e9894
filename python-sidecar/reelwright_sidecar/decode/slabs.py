"""Decodes a CogVideoX latent video without spatial tiles and within little memory, equal to the library's untiled
decode up to rounding.

Top to bottom, for two latent frames at a time:
- Maps are [frames, rows, width, channels], the layout that convolutions are fastest in. Two of them are alive at once:
  a residual block's source and what its first convolution gives. The second convolution adds into the former.
- A convolution runs slab by slab over the rows. Its input, normalised, modulated and activated, exists for one slab
  only (`Windows`). What it gives is put into its map together with bias and shortcut, and measured on the way for
  the next normalisation: statistics over the whole map, merged from parts, are never a pass of their own.
- The modulation's convolutions are over single pixels and commute with nearest upsampling: they run on latents.
- Upsampling to twice the size and then convolving 3x3 reads every pixel up to four times. Per parity of row and
  column it is a convolution 2x2 of the small map with sums of weights; frames that are doubled are convolved once.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F

from ..own_kernels import tried
from . import pointwise
from .geometry import Slabs, Stage, batches, even_spans, map_memory, slab_elements, stages, structure_of
from .pointwise import Modulation, Part
from .windows import Windows


def decode_in_slabs(vae: Any, latents: torch.Tensor, slabs: Slabs) -> Generator[torch.Tensor, None, None]:
    """Yields the frames of each batch: [1, 3, frames, height, width], as the decoder gives them.

    latents: [1, channels, frames, height, width], as `vae.decode` takes them, on the device of `vae`'s decoder.
    """
    structure = structure_of(vae.config)
    size = latents.shape[3], latents.shape[4]
    parts = batches(latents.shape[2])
    largest = list(stages(structure, parts[0][1], *size))
    windows = Windows(largest, slabs, latents.dtype, latents.device)
    memory = [latents.new_empty(elements) for elements in map_memory(largest)]
    elements = slab_elements(largest, slabs.rows)
    try:
        for start, stop in parts:
            part = latents[:, :, start:stop]
            if vae.post_quant_conv is not None:
                part = vae.post_quant_conv(part)
            order = list(stages(structure, stop - start, *size))
            windows.begin(order, first=start == 0, last=stop == latents.shape[2])
            part = part[0].permute(1, 2, 3, 0).contiguous()
            yield (
                _Batch(vae.decoder, order, part, memory, windows, elements).decode().permute(3, 0, 1, 2)[None]
            )
    finally:
        windows.close()


class _Batch:
    """One batch on its way through the decoder: the map where it stands, and the statistics of the map's parts.

    The map lies in the piece `at` of `memory`; the next is made in the other.
    """

    def __init__(
        self,
        decoder: Any,
        order: Sequence[Stage],
        latents: torch.Tensor,
        memory: Sequence[torch.Tensor],
        windows: Windows,
        elements: int,
    ) -> None:
        self._decoder = decoder
        self._order = iter(order)
        self._latents = latents
        self._memory = memory
        self._windows = windows
        self._elements = elements
        self._kernels = kernels_for(latents.device)
        self._at = 1
        self._map = latents
        self._parts: list[Part] = []

    @torch.inference_mode()
    def decode(self) -> torch.Tensor:
        """The frames: [frames, height, width, 3]."""
        decoder = self._decoder
        stage = next(self._order)
        target = self._other(stage)
        self._parts = self._convolve(stage, decoder.conv_in.conv, None, target)
        self._move(target)
        for block in (decoder.mid_block, *decoder.up_blocks):
            for residual in block.resnets:
                self._residual(residual)
            for upsampler in getattr(block, "upsamplers", None) or ():
                self._upsample(upsampler.conv)
        stage = next(self._order)
        frames = self._latents.new_empty(stage.frames, stage.height, stage.width, stage.outputs)
        self._convolve(stage, decoder.conv_out.conv, self._modulation(decoder.norm_out), frames)
        return frames

    def _residual(self, block: Any) -> None:
        first, second = next(self._order), next(self._order)
        source, inner = self._map, self._other(first)
        self._parts = self._convolve(first, block.conv1.conv, self._modulation(block.norm1), inner)
        self._map = inner
        modulation = self._modulation(block.norm2)
        if first.inputs == first.outputs:
            self._parts = self._convolve(second, block.conv2.conv, modulation, source, add=True)
            self._map = source
        else:
            # Rows are read well before they are written: the result may take the place of its own source.
            shortcut = (source, block.conv_shortcut)
            self._parts = self._convolve(second, block.conv2.conv, modulation, inner, shortcut=shortcut)
            self._move(inner)

    def _convolve(
        self,
        stage: Stage,
        convolution: torch.nn.Conv3d,
        modulation: Modulation | None,
        target: torch.Tensor,
        *,
        add: bool = False,
        shortcut: tuple[torch.Tensor, torch.nn.Conv3d] | None = None,
    ) -> list[Part]:
        """Convolves the map into `target`, onto what is there if `add`.

        A shortcut, another map and its convolution over single pixels, is added as well.
        """
        weight = _aligned(convolution.weight).contiguous(memory_format=torch.channels_last_3d)
        bias = _bias(convolution) if shortcut is None else _bias(convolution, shortcut[1])
        parts = []
        for window in self._windows.of(stage):
            self._kernels.fill(window, self._map, modulation)
            self._windows.filled(window)
            values = window.values.permute(3, 0, 1, 2)[None]
            raw = F.conv3d(values, weight, padding=(0, 0, 1))[0].permute(1, 2, 3, 0)
            raw = raw.contiguous()[..., : stage.outputs]
            rows = slice(window.start, window.stop)
            if shortcut is not None:
                _add(raw, shortcut[0][:, rows], shortcut[1].weight.view(stage.outputs, -1))
            parts.append(self._kernels.settle(raw, bias, target[:, rows], add))
            del raw  # Else it would be there still while the next is made.
        return parts

    def _upsample(self, convolution: torch.nn.Conv2d) -> None:
        stage = next(self._order)
        source, target = self._map, self._other(stage)
        weight = _by_parity(convolution.weight)
        bias = _bias(convolution)
        frames, height, width, channels = source.shape
        repeats = 2 if stage.frames > frames else 1
        self._parts = []
        for start, stop in even_spans(stage.height, stage.rows(self._elements)):
            rows = slice(start // 2, stop // 2)
            window = source.new_zeros(frames, rows.stop - rows.start + 2, width, channels)
            above, below = max(rows.start - 1, 0), min(rows.stop + 1, height)
            window[:, above - rows.start + 1 : below - rows.start + 1] = source[:, above:below]
            raw = F.conv2d(window.permute(0, 3, 1, 2), weight, padding=(0, 1)).permute(0, 2, 3, 1)
            raw = raw.contiguous().unflatten(3, (4, stage.outputs))
            part = self._kernels.settle_upsampled(raw, bias, target[:, start:stop], repeats)
            self._parts.append(part)
            del window, raw
        self._move(target)

    def _modulation(self, norm: Any) -> Modulation:
        """How to normalise and modulate the map, from its parts' statistics."""
        convolutions = (norm.conv_y.conv, norm.conv_b.conv)
        weight = torch.cat([convolution.weight.flatten(1) for convolution in convolutions])
        bias = torch.cat([convolution.bias for convolution in convolutions])
        values = F.linear(self._latents, weight, bias).unflatten(3, (2, -1))
        latent_frames, frames = len(self._latents), len(self._map)
        odd = latent_frames % 2
        repeats = (frames - odd) // (latent_frames - odd) if latent_frames > 1 else 1
        return Modulation(pointwise.coefficients(self._parts, norm.norm_layer), values, repeats)

    def _other(self, stage: Stage) -> torch.Tensor:
        memory = self._memory[1 - self._at][: stage.result]
        return memory.view(stage.frames, stage.height, stage.width, stage.outputs)

    def _move(self, target: torch.Tensor) -> None:
        """Goes on from the map in the other piece of memory."""
        self._at, self._map = 1 - self._at, target


def kernels_for(device: torch.device) -> Any:
    """The module that has `fill`, `settle` and `settle_upsampled` for the device."""
    return (_fused(device) if device.type == "cuda" else None) or pointwise


@cache
def _fused(device: torch.device) -> Any:
    """The kernels, if this machine can make them."""

    def trial() -> Any:
        from . import fused

        maps = torch.zeros(2, 1, 1, 8, device=device)
        fused.settle(maps[:1], maps[0, 0, 0], maps[1:], add=False)
        return fused

    return tried(trial, device, "Decoding without kernels of its own.")


def _add(raw: torch.Tensor, source: torch.Tensor, weight: torch.Tensor) -> None:
    """Frame by frame: rows of a map are in one piece for one frame only."""
    for frame, inputs in zip(raw, source, strict=True):
        frame += F.linear(inputs, weight)


def _aligned(weight: torch.Tensor) -> torch.Tensor:
    """On a card with outputs that do nothing, up to a multiple of eight: what its matrix units take."""
    missing = -len(weight) % 8
    if not weight.is_cuda or not missing:
        return weight
    return torch.cat([weight, weight.new_zeros(missing, *weight.shape[1:])])


def _bias(*convolutions: Any) -> torch.Tensor:
    return torch.stack([convolution.bias.float() for convolution in convolutions]).sum(0)


def _by_parity(weight: torch.Tensor) -> torch.Tensor:
    """[outputs, inputs, 3, 3] after nearest upsampling to [4 x outputs, inputs, 2, 2] before it.

    A pixel of an even row sees the row before, and its own twice; one of an odd row its own twice, and the next.
    """
    by_row = _folded(weight.float(), 2)
    phases = [phase for rows in by_row for phase in _folded(rows, 3)]
    return torch.cat(phases).to(weight.dtype).contiguous(memory_format=torch.channels_last)


def _folded(weight: torch.Tensor, axis: int) -> tuple[torch.Tensor, torch.Tensor]:
    before, own, after = weight.unbind(axis)
    return torch.stack([before, own + after], axis), torch.stack([before + own, after], axis)
