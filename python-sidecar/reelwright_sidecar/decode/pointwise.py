"""What a decode does between its convolutions, in plain torch: on every device, without a compiler.

`fused` has the same functions as one kernel each. Maps are [frames, rows, width, channels].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from .geometry import HISTORY, source_frame
from .windows import Window

Part = torch.Tensor
"""[parts, 3, channels], float32: a part's size, its means, and the sums of squared differences from them."""


@dataclass(frozen=True)
class Modulation:
    """How a map becomes the input of a convolution: SiLU((map * scale + shift) * y + b).

    coefficients: [2, channels], scale and shift. values: [latent frames, latent rows, latent width, 2, channels], y and
    b, good for a square of pixels and for `repeats` frames, but of an odd number of frames the first stands alone.
    """

    coefficients: torch.Tensor
    values: torch.Tensor
    repeats: int

    @property
    def odd(self) -> bool:
        """Whether the first frame stands alone."""
        return is_odd(len(self.values))


def is_odd(frames: int) -> bool:
    """Whether the first of so many frames stands alone."""
    return frames > 1 and frames % 2 == 1


def coefficients(parts: Sequence[Part], norm: torch.nn.GroupNorm) -> torch.Tensor:
    """[2, channels]: the scale and shift of a group normalisation over a whole map, from its parts."""
    merged = torch.cat(list(parts)).unflatten(2, (norm.num_groups, -1))
    size, mean, squares = merged.unbind(1)
    total = size.sum((0, 2))
    centre = (size * mean).sum((0, 2)) / total
    variance = (squares + size * (mean - centre[:, None]) ** 2).sum((0, 2)) / total
    scale = (variance + norm.eps).rsqrt()[:, None] * norm.weight.float().view(norm.num_groups, -1)
    shift = norm.bias.float().view(norm.num_groups, -1) - centre[:, None] * scale
    return torch.stack([scale.flatten(), shift.flatten()])


def fill(window: Window, source: torch.Tensor, modulation: Modulation | None) -> None:
    """Fills the window from the map that it is for, and hands the device's history on to the next batch."""
    values, fresh = window.values, window.fresh_values
    first, end = window.fresh
    if window.above is None:
        values[:, 0].zero_()
    else:
        values[:, :2].copy_(window.above[:, -2:])
    if window.stop == window.stage.height:
        values[:, -1].zero_()
    if first < end:
        _put(source[:, first:end], first, modulation, fresh[HISTORY:])
    if window.past == "nowhere":
        fresh[:HISTORY].copy_(fresh[HISTORY : HISTORY + 1].expand_as(fresh[:HISTORY]))
    elif window.past == "history" and window.history is not None:
        fresh[:HISTORY].copy_(window.history[:, first:end])
    if window.keep and window.history is not None:
        window.history[:, first:end].copy_(fresh[-HISTORY:])


def _put(rows: torch.Tensor, first: int, modulation: Modulation | None, target: torch.Tensor) -> None:
    """Frame by frame, so that what is calculated in float32 stays small."""
    if modulation is None:
        target.copy_(rows)
        return
    side = rows.shape[2] // modulation.values.shape[2]
    above, below = first // side, (first + rows.shape[1] - 1) // side + 1
    latent_rows = torch.arange(first, first + rows.shape[1], device=rows.device) // side - above
    scale, shift = modulation.coefficients
    shown = -1
    for frame, source in enumerate(rows.unflatten(2, (-1, side))):
        latent = source_frame(frame, modulation.repeats, modulation.odd)
        if latent != shown:
            y, b = modulation.values[latent, above:below].unbind(2)
            factor = (scale * y).index_select(0, latent_rows).unsqueeze(2)
            summand = (shift * y).add_(b).index_select(0, latent_rows).unsqueeze(2)
            shown = latent
        number = torch.nn.functional.silu(torch.addcmul(summand, source, factor), inplace=True)
        target[frame].copy_(number.flatten(1, 2))
        del number  # Else it would be there still while the next is made; below too.


def settle(raw: torch.Tensor, bias: torch.Tensor, target: torch.Tensor, add: bool) -> Part:
    """target = raw + bias, or target + raw + bias. Gives the statistics of the new target."""
    parts = []
    for convolved, place in zip(raw, target, strict=True):
        value = convolved + bias
        if add:
            value += place
        place.copy_(value)
        parts.append(_statistics(value))
        del value
    return torch.stack(parts)


def settle_upsampled(raw: torch.Tensor, bias: torch.Tensor, target: torch.Tensor, repeats: int) -> Part:
    """As `settle`, from what the four small convolutions of an upsampling give.

    raw: [frames, rows / 2 + 1, width / 2 + 1, 4, channels]: for a pixel of an even row and column, of an even row and
    an odd column, and so on. A pixel of an odd row (column) is found one row (column) further. repeats: 2 where frames
    are doubled.
    """
    parts = []
    odd = is_odd(len(raw))
    for frame, place in enumerate(target):
        phases = raw[source_frame(frame, repeats, odd)]
        for down in range(2):
            for right in range(2):
                phase = phases[down : len(phases) - 1 + down, right : phases.shape[1] - 1 + right]
                value = phase[:, :, 2 * down + right] + bias
                place[down::2, right::2].copy_(value)
                parts.append(_statistics(value))
                del value
    return torch.stack(parts)


def _statistics(value: torch.Tensor) -> torch.Tensor:
    variance, mean = torch.var_mean(value, dim=(0, 1), correction=0)
    size = torch.full_like(mean, value.shape[0] * value.shape[1])
    return torch.stack([size, mean, variance * size])
