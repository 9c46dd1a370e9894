"""The toys: each is a list of shapes in its own coordinates (about -1..1, y downwards), painted in order."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Literal

import torch
from torch import Tensor

from .geometry import circle, ellipse, polygon, rounded_box, segment, star

Tone = Literal["main", "dark", "light"]
Shape = tuple[Tensor, Tone | tuple[float, float, float]]
WOOD: Final = (0.48, 0.33, 0.23)
PAPER: Final = (0.98, 0.96, 0.90)
INK: Final = (0.14, 0.13, 0.17)
TURN: Final = 2 * math.pi


def balloon(u: Tensor, v: Tensor, moment: Tensor, roll: Tensor) -> list[Shape]:
    cone = polygon(u, v, [(-0.72, 0.02), (0.72, 0.02), (0.17, 0.68), (-0.17, 0.68)])
    envelope = torch.minimum(circle(u, v, 0, -0.28, 0.78), cone)
    upper = (0.78**2 - (v + 0.28) ** 2).clamp(min=1e-4).sqrt()
    profile = torch.where(v < 0.02, upper, (0.72 - (v - 0.02) * 0.833).clamp(min=0.05))
    across = u.abs() / profile
    outer = torch.maximum((0.52 - across) * profile, (across - 0.76) * profile)
    return [
        (segment(u, v, (-0.16, 0.6), (-0.13, 1.0), 0.025), WOOD),
        (segment(u, v, (0.16, 0.6), (0.13, 1.0), 0.025), WOOD),
        (rounded_box(u, v, (0, 1.08), (0.19, 0.14), 0.05), (0.62, 0.42, 0.25)),
        (envelope, "main"),
        (torch.maximum(envelope, (across - 0.24) * profile), "light"),
        (torch.maximum(envelope, outer), "dark"),
    ]


def boat(u: Tensor, v: Tensor, moment: Tensor, roll: Tensor) -> list[Shape]:
    hull = polygon(u, v, [(-0.95, 0.32), (0.95, 0.32), (0.62, 0.78), (-0.62, 0.78)])
    return [
        (segment(u, v, (0, -0.95), (0, 0.35), 0.04), WOOD),
        (polygon(u, v, [(0.09, -0.95), (0.09, 0.24), (0.80, 0.24)]), "main"),
        (polygon(u, v, [(-0.09, -0.72), (-0.09, 0.24), (-0.62, 0.24)]), "light"),
        (hull, "dark"),
        (torch.maximum(hull, (v - 0.44).abs() - 0.05), PAPER),
    ]


def car(u: Tensor, v: Tensor, moment: Tensor, roll: Tensor) -> list[Shape]:
    body = rounded_box(u, v, (0, 0.20), (1.0, 0.27), 0.16)
    rear_window = polygon(u, v, [(-0.46, -0.04), (-0.33, -0.37), (-0.10, -0.37), (-0.10, -0.04)])
    front_window = polygon(u, v, [(0.0, -0.04), (0.0, -0.37), (0.22, -0.37), (0.43, -0.04)])
    wheels: list[Shape] = [(circle(u, v, x, 0.46, 0.26), (0.22, 0.22, 0.27)) for x in (-0.54, 0.54)]
    hubs: list[Shape] = [(circle(u, v, x, 0.46, 0.11), (0.85, 0.85, 0.86)) for x in (-0.54, 0.54)]
    return [
        (polygon(u, v, [(-0.62, 0.02), (-0.42, -0.48), (0.28, -0.48), (0.60, 0.02)]), "main"),
        (rear_window, (0.78, 0.91, 0.97)),
        (front_window, (0.78, 0.91, 0.97)),
        (body, "main"),
        (torch.maximum(body, 0.26 - v), "dark"),
        (circle(u, v, 0.88, 0.12, 0.09), (1.0, 0.93, 0.55)),
        *wheels,
        *hubs,
    ]


def ball(u: Tensor, v: Tensor, moment: Tensor, roll: Tensor) -> list[Shape]:
    disc = circle(u, v, 0, 0, 0.8)
    stripes = torch.sin((torch.atan2(v, u) + roll) * 3) * (u * u + v * v).sqrt() / 3
    return [(disc, "main"), (torch.maximum(disc, -stripes), "light"), (circle(u, v, 0, 0, 0.17), PAPER)]


def bird(u: Tensor, v: Tensor, moment: Tensor, roll: Tensor) -> list[Shape]:
    body = ellipse(u, v, 0, 0.12, 0.66, 0.42)
    tip = -0.20 - 0.62 * torch.sin(moment * TURN * 1.25)
    return [
        (polygon(u, v, [(-0.45, 0.05), (-1.08, -0.22), (-0.98, 0.30)]), "dark"),
        (body, "main"),
        (torch.maximum(body, 0.30 - v - 0.1 * u), "light"),
        (polygon(u, v, [(0.72, -0.36), (1.10, -0.16), (0.72, -0.02)]), (0.98, 0.62, 0.18)),
        (circle(u, v, 0.50, -0.20, 0.33), "main"),
        (circle(u, v, 0.58, -0.26, 0.10), (0.99, 0.99, 0.99)),
        (circle(u, v, 0.60, -0.26, 0.055), INK),
        (_wing(u, v, tip), "dark"),
    ]


def _wing(u: Tensor, v: Tensor, tip_y: Tensor) -> Tensor:
    """A triangle on the bird's back whose third corner (-0.30, tip_y) beats."""
    corners = [
        (tip_y * 0 - 0.32, tip_y * 0 + 0.02),
        (tip_y * 0 + 0.28, tip_y * 0 + 0.02),
        (tip_y * 0 - 0.30, tip_y),
    ]
    way = torch.sign(0.60 * (tip_y - 0.02) + 1e-6)
    planes = []
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        ex, ey = x1 - x0, y1 - y0
        planes.append(((u - x0) * ey - (v - y0) * ex) / (ex * ex + ey * ey).sqrt() * way)
    beat = torch.maximum(torch.maximum(planes[0], planes[1]), planes[2]) - 0.06
    return torch.maximum(beat, (u + 0.02).abs() - 0.40)  # a flat triangle is a strip without ends


def kite(u: Tensor, v: Tensor, moment: Tensor, roll: Tensor) -> list[Shape]:
    sail = polygon(u, v, [(0, -0.95), (-0.64, -0.18), (0, 0.78), (0.64, -0.18)])
    beat = moment * TURN * 1.25
    wobble = torch.sin(v * 7 - beat) * 0.22 * (v - 0.75).clamp(min=0)
    shapes: list[Shape] = [(torch.maximum((u - wobble).abs() - 0.028, (v - 1.15).abs() - 0.42), PAPER)]
    for height in (1.0, 1.3, 1.55):
        offset = torch.sin(height * 7 - beat) * 0.22 * (height - 0.75)
        shapes.append((((u - offset).abs() * 0.8 + (v - height).abs() * 0.9) - 0.13, "dark"))
    return [
        *shapes,
        (sail, "main"),
        (torch.maximum(sail, torch.maximum(-u, v + 0.18)), "light"),
        (torch.maximum(sail, torch.maximum(u, -v - 0.18)), "light"),
        (torch.maximum(sail, u.abs() - 0.028), PAPER),
        (torch.maximum(sail, (v + 0.18).abs() - 0.028), PAPER),
    ]


def smiling_star(u: Tensor, v: Tensor, moment: Tensor, roll: Tensor) -> list[Shape]:
    smile = torch.maximum(((u**2 + (v - 0.02) ** 2).sqrt() - 0.2).abs() - 0.035, 0.08 - v)
    return [
        (star(u, v + 0.02, 0.95, 0.52) - 0.06, "main"),
        (star(u, v + 0.02, 0.62, 0.52) - 0.04, "light"),
        (circle(u, v, -0.17, -0.06, 0.065), INK),
        (circle(u, v, 0.17, -0.06, 0.065), INK),
        (smile, INK),
    ]


def rocket(u: Tensor, v: Tensor, moment: Tensor, roll: Tensor) -> list[Shape]:
    flicker = 1 + 0.22 * torch.sin(moment * TURN * 1.25)
    body = torch.maximum(ellipse(u, v, 0, 0.05, 0.42, 1.05), v - 0.72)

    def flame(width: float, length: float) -> Tensor:
        reach = ((u / width) ** 2 + ((v - 0.72) / (length * flicker)) ** 2).sqrt()
        return torch.maximum(reach * width - width, 0.70 - v)

    return [
        (flame(0.26, 0.52), (0.98, 0.60, 0.16)),
        (flame(0.14, 0.30), (1.0, 0.90, 0.45)),
        (polygon(u, v, [(-0.30, 0.15), (-0.78, 0.82), (-0.24, 0.66)]), "dark"),
        (polygon(u, v, [(0.30, 0.15), (0.78, 0.82), (0.24, 0.66)]), "dark"),
        (body, "main"),
        (torch.maximum(body, v + 0.52), "dark"),
        (torch.maximum(body, (v - 0.52).abs() - 0.07), "light"),
        (circle(u, v, 0, -0.12, 0.22), PAPER),
        (circle(u, v, 0, -0.12, 0.15), (0.55, 0.80, 0.94)),
    ]


DRAW: Final[dict[str, Callable[[Tensor, Tensor, Tensor, Tensor], list[Shape]]]] = {
    "balloon": balloon,
    "boat": boat,
    "car": car,
    "ball": ball,
    "bird": bird,
    "kite": kite,
    "star": smiling_star,
    "rocket": rocket,
}
"""(u [b, t, h, w], v, moment [1, t, 1, 1], roll [b, t, 1, 1]) -> the toy's shapes"""

FOOT: Final[dict[str, float]] = {"boat": 0.5, "car": 0.72, "ball": 0.8}
"""The height about which a toy is squashed when it bounces; 0.7 unless named."""
