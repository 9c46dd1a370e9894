"""Encodes one picture with a CogVideoX encoder in slabs of rows, equal to the library's encode up to rounding.

Of one frame a causal convolution sees three times the same. Statistics are taken over the whole map, slab by slab;
norm, activation and convolution run over one slab at a time, with a row more above and below, and zeros at the edges.
No more than two maps of a level are there at once, three where channels change. Maps are [1, channels, rows, width].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F

from .geometry import spans


@torch.inference_mode()
def encode_in_slabs(vae: Any, picture: torch.Tensor, rows: int) -> torch.Tensor:
    """The moments of the latents: [1, 2 x channels, 1, height / 8, width / 8].

    picture: [1, 3, 1, height, width], -1..1, on the device of `vae`'s encoder. rows: of a slab at the picture's size.
    """
    encoder = vae.encoder
    work = _Encoder(rows * picture.shape[-1] * encoder.conv_in.conv.out_channels)
    maps = work.convolve(picture[:, :, 0], encoder.conv_in.conv, None)
    for block in (*encoder.down_blocks, encoder.mid_block):
        for residual in block.resnets:
            maps = work.residual(maps, residual)
        for downsampler in getattr(block, "downsamplers", None) or ():
            maps = work.halve(maps, downsampler.conv)
    moments = work.convolve(maps, encoder.conv_out.conv, encoder.norm_out).unsqueeze(2)
    return moments if vae.quant_conv is None else vae.quant_conv(moments)


class _Encoder:
    def __init__(self, elements: int) -> None:
        self._elements = elements

    def residual(self, maps: torch.Tensor, block: Any) -> torch.Tensor:
        """Gives the sum of the maps, or of what a convolution over single pixels makes of them, and the block's."""
        inner = self.convolve(maps, block.conv1.conv, block.norm1)
        if block.in_channels == block.out_channels:
            return self.convolve(inner, block.conv2.conv, block.norm2, onto=maps)
        weight, bias = block.conv_shortcut.weight.squeeze(2), block.conv_shortcut.bias
        onto = maps.new_empty(1, len(weight), *maps.shape[2:])
        for start, stop in self._slabs(onto):
            onto[:, :, start:stop] = F.conv2d(maps[:, :, start:stop], weight, bias)
        del maps
        return self.convolve(inner, block.conv2.conv, block.norm2, onto=onto)

    def convolve(
        self,
        maps: torch.Tensor,
        convolution: torch.nn.Conv3d,
        norm: torch.nn.GroupNorm | None,
        *,
        onto: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Convolves the maps, normalised and activated if there is a norm; adds to `onto` in place."""
        height = maps.shape[2]
        target = maps.new_empty(1, convolution.out_channels, *maps.shape[2:]) if onto is None else onto
        factors = None if norm is None else self._factors(maps, norm)
        for start, stop in self._slabs(target):
            above, below = max(start - 1, 0), min(stop + 1, height)
            window = maps[:, :, above:below]
            if factors is not None:
                window = F.silu(torch.addcmul(factors[1], window.float(), factors[0])).to(maps.dtype)
            edges = (0, 0, int(start == 0), int(stop == height))
            frames = F.pad(window, edges).unsqueeze(2).expand(-1, -1, 3, -1, -1)
            slab = F.conv3d(frames, convolution.weight, convolution.bias, padding=(0, 0, 1))[:, :, 0]
            if onto is None:
                target[:, :, start:stop] = slab
            else:
                target[:, :, start:stop] += slab
        return target

    def halve(self, maps: torch.Tensor, convolution: torch.nn.Conv2d) -> torch.Tensor:
        """A convolution at every second row and column, with zeros below and on the right."""
        height, width = maps.shape[2] // 2, maps.shape[3] // 2
        target = maps.new_empty(1, convolution.out_channels, height, width)
        for start, stop in self._slabs(target):
            below = min(2 * stop + 1, maps.shape[2])
            window = F.pad(maps[:, :, 2 * start : below], (0, 1, 0, 2 * stop + 1 - below))
            target[:, :, start:stop] = F.conv2d(window, convolution.weight, convolution.bias, stride=2)
        return target

    def _factors(self, maps: torch.Tensor, norm: torch.nn.GroupNorm) -> tuple[torch.Tensor, torch.Tensor]:
        """What to multiply the maps with and what to add then, for a group normalisation over all of them."""
        parts = []
        for start, stop in self._slabs(maps):
            part = maps[0, :, start:stop].float().unflatten(0, (norm.num_groups, -1)).flatten(1)
            variance, mean = torch.var_mean(part, dim=1, correction=0)
            parts.append((float(part.shape[1]), mean, variance))
            del part
        total = sum(size for size, _, _ in parts)
        centre = sum((size / total * mean for size, mean, _ in parts), torch.zeros_like(parts[0][1]))
        spread = sum(
            (size / total * (variance + (mean - centre) ** 2) for size, mean, variance in parts),
            torch.zeros_like(centre),
        )
        scale = (spread + norm.eps).rsqrt()[:, None] * norm.weight.float().view(norm.num_groups, -1)
        shift = norm.bias.float().view(norm.num_groups, -1) - centre[:, None] * scale
        return scale.view(1, -1, 1, 1), shift.view(1, -1, 1, 1)

    def _slabs(self, maps: torch.Tensor) -> Iterator[tuple[int, int]]:
        rows = max(self._elements // (maps.shape[1] * maps.shape[3]), 1)
        return iter(spans(maps.shape[2], rows))
