"""Little things that stand on the middle sheet: trees, cacti, firs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from .geometry import circle, coverage, paint, rgb, segment, union
from .light import shadow_color, tint
from .ridges import Land, Ridge

Prop = list[tuple[Tensor, tuple[float, float, float]]]


def _tree(u: Tensor, v: Tensor) -> Prop:
    trunk = torch.maximum(u.abs() - 0.14, (v + 0.4).abs() - 0.7)
    leaves = [circle(u, v, 0, -1.7, 0.85), circle(u, v, -0.6, -1.25, 0.55), circle(u, v, 0.6, -1.25, 0.55)]
    return [(trunk, (0.50, 0.34, 0.24)), (union(leaves), (0.20, 0.50, 0.28))]


def _cactus(u: Tensor, v: Tensor) -> Prop:
    limbs = [
        segment(u, v, (0, -1.9), (0, 0.3), 0.26),
        segment(u, v, (0.75, -1.5), (0.75, -0.9), 0.18),
        segment(u, v, (0, -0.9), (0.75, -0.9), 0.18),
        segment(u, v, (-0.7, -1.2), (-0.7, -0.6), 0.18),
        segment(u, v, (-0.7, -0.6), (0, -0.6), 0.18),
    ]
    return [(union(limbs), (0.28, 0.58, 0.34))]


def _fir(u: Tensor, v: Tensor) -> Prop:
    def tier(base: float, height: float, half: float) -> Tensor:
        return torch.maximum((u.abs() - half * (v - base + height) / height) * 0.7, v - base)

    return [
        (union([tier(0.0, 1.1, 0.95), tier(-0.6, 1.0, 0.78), tier(-1.15, 0.95, 0.6)]), (0.22, 0.46, 0.40))
    ]


PROPS: Final[dict[str, Callable[[Tensor, Tensor], Prop]]] = {
    "hills": _tree,
    "desert": _cactus,
    "mountains": _fir,
}


def paint_props(image: Tensor, setting: str, land: Land, ridge: Ridge, x: Tensor, y: Tensor) -> Tensor:
    """Three props along the ridge, if the setting has any."""
    draw = PROPS.get(setting)
    if draw is None:
        return image
    time, table = land.parameters["time"], land.parameters["table"]
    for k in range(3):
        px = (0.08 + 0.52 * k + 0.35 * table[:, 3, k]).view(-1, 1, 1, 1)
        size = (0.035 + 0.02 * table[:, 3, k + 8]).view(-1, 1, 1, 1)
        parts = draw((x - px) / size, (y - ridge(px)) / size)
        outline = torch.roll(union([distance for distance, _ in parts]), (3, 2), (2, 3))
        shade = (0.4 - outline * size / 0.025).clamp(0, 1) * 0.25
        image = paint(image, shade, shadow_color(x.device, len(time)))
        for distance, color in parts:
            image = paint(image, coverage(distance * size), tint(rgb(x.device, *color), time))
    return image
