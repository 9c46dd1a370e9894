"""How the time of day colours paper."""

from __future__ import annotations

import torch
from torch import Tensor

from .geometry import rgb


def tint(color: Tensor, time: Tensor) -> Tensor:
    """The colour [3] or [b, 3] as it looks at the time of day [b] -> [b, 3]"""
    gain = rgb(time.device, 1.0, 1.0, 1.0, 1.0, 0.74, 0.70, 0.36, 0.42, 0.66)[time]
    offset = rgb(time.device, 0.0, 0.0, 0.0, 0.07, 0.01, 0.04, 0.01, 0.02, 0.06)[time]
    return (color * gain + offset).clamp(0, 1)


def shadow_color(device: torch.device, count: int) -> Tensor:
    return rgb(device, 0.08, 0.08, 0.22).expand(count, 3)
