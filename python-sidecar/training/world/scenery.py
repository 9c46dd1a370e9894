"""The world behind (and before) the toy: sky, sun or moon, clouds, and the setting's sheets of paper."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .attributes import HEIGHT, SETTINGS, TIMES, WIDTH
from .geometry import PIXEL, as_image, coverage, mix, paint, rgb, smoothstep, union
from .light import shadow_color, tint
from .parameters import Parameters
from .props import paint_props
from .ridges import CITY_CELLS, PAPER_COLORS, RIDGES, Land, Ridge


class Layer(NamedTuple):
    """The nearest sheet, kept apart because boats sail behind it."""

    alpha: Tensor
    color: Tensor
    shadow: Tensor


def _sky(parameters: Parameters, y: Tensor) -> Tensor:
    time, device = parameters["time"], y.device
    jitter = (parameters["scalar"][:, 0:3] - 0.5) * 0.06
    top = as_image(rgb(device, 0.33, 0.64, 0.92, 0.36, 0.26, 0.58, 0.04, 0.06, 0.19)[time] + jitter)
    middle = as_image(rgb(device, 0.58, 0.82, 0.96, 0.93, 0.50, 0.48, 0.09, 0.13, 0.32)[time] + jitter)
    bottom = as_image(rgb(device, 0.86, 0.95, 0.97, 1.0, 0.82, 0.52, 0.20, 0.25, 0.48)[time] + jitter)
    q = (y / 0.75).clamp(0, 1).view(1, 1, 1, HEIGHT, 1)
    sky = torch.where(q < 0.5, mix(top, middle, q * 2), mix(middle, bottom, q * 2 - 1))
    return sky.expand(time.shape[0], 1, 3, HEIGHT, WIDTH)


def _stars(parameters: Parameters, x: Tensor, y: Tensor, moments: Tensor) -> Tensor:
    """Alpha of one jittered, twinkling star in each cell of 16 x 16 pixels."""
    cells = parameters["stars"].repeat_interleave(16, 2).repeat_interleave(16, 3)
    dx = (x * HEIGHT) % 16 - (2 + 12 * cells[:, 0:1])
    dy = (y * HEIGHT) % 16 - (2 + 12 * cells[:, 1:2])
    radius = 0.5 + 1.3 * cells[:, 2:3]
    spikes = (dx.abs() + dy.abs()) * 0.75 + torch.minimum(dx.abs(), dy.abs()) * 1.05
    distance = torch.minimum((dx * dx + dy * dy).sqrt(), spikes)
    lit = (cells[:, 3:4] < 0.38).float() * (1 - smoothstep(0.45, 0.62, y))
    twinkle = 0.72 + 0.28 * torch.sin(moments * 9.42 + 40 * cells[:, 3:4])
    return (radius + 0.5 - distance).clamp(0, 1) * lit * twinkle


def _paint_sun_or_moon(
    image: Tensor, parameters: Parameters, x: Tensor, y: Tensor, moments: Tensor
) -> Tensor:
    time, scalar, device = parameters["time"], parameters["scalar"], x.device

    def e(value: Tensor) -> Tensor:
        return value.view(-1, 1, 1, 1)

    night = (time == TIMES.index("night")).float()
    sunset = (time == TIMES.index("sunset")).float()
    sx = 0.2 + 1.2 * scalar[:, 3]
    sy = torch.where(sunset > 0, 0.40 + 0.14 * scalar[:, 4], 0.14 + 0.12 * scalar[:, 4])
    radius = torch.where(sunset > 0, 0.12, 0.075) * (0.9 + 0.3 * scalar[:, 5])
    distance = ((x - e(sx)) ** 2 + (y - e(sy)) ** 2).sqrt()
    glow = rgb(device, 1.0, 0.97, 0.80, 1.0, 0.78, 0.50, 0.62, 0.68, 0.92)[time]
    for reach, alpha in ((3.2, 0.13), (2.3, 0.17), (1.55, 0.24)):
        image = paint(image, coverage(distance - e(radius * reach)) * alpha * e(1 - 0.45 * night), glow)
    if night.any():
        stars = _stars(parameters, x, y, moments) * e(night)
        image = paint(image, stars, rgb(device, 1.0, 0.98, 0.88).expand(len(time), 3))
    bite = ((x - e(sx + radius * 0.55)) ** 2 + (y - e(sy - radius * 0.2)) ** 2).sqrt() - e(radius * 0.85)
    disc = coverage(distance - e(radius)) * (1 - e(night) * (1 - coverage(-bite)))
    return paint(image, disc, rgb(device, 1.0, 0.87, 0.38, 1.0, 0.56, 0.28, 0.98, 0.95, 0.80)[time])


PUFFS = ((-1.15, 0.0, 0.62), (-0.35, -0.45, 0.82), (0.5, -0.25, 0.72), (1.25, 0.05, 0.5))


def _paint_clouds(
    image: Tensor, parameters: Parameters, x: Tensor, y: Tensor, moments: Tensor, likely: float
) -> Tensor:
    time, device = parameters["time"], x.device
    color = rgb(device, 0.99, 0.99, 1.0, 1.0, 0.80, 0.72, 0.30, 0.35, 0.58)[time]
    shade = rgb(device, 0.10, 0.12, 0.28).expand(len(time), 3)
    for k in range(3):
        r = [parameters["clouds"][:, k, i].view(-1, 1, 1, 1) for i in range(5)]
        present = (r[0] < likely).float()
        width = 0.055 + 0.035 * r[1]
        cx = -0.1 + 1.8 * r[2] + moments * (r[3] - 0.5) * 0.16
        cy = 0.10 + 0.26 * r[4]
        shapes, shadows = [], []
        for ox, oy, radius in PUFFS:
            ax, ay = x - (cx + width * ox * 1.25), y - (cy + width * oy)
            shapes.append((ax * ax + ay * ay).sqrt() - width * radius)
            shadows.append(((ax - 0.008) ** 2 + (ay - 0.014) ** 2).sqrt() - width * radius)
        base = cy + width * 0.32
        shape = torch.maximum(union(shapes), y - base)
        shadow = torch.maximum(union(shadows), y - base - 0.014)
        image = paint(image, (0.5 - shadow / 0.03).clamp(0, 1) * 0.22 * present, shade)
        image = paint(image, coverage(shape) * present, color)
    return image


def _paint_windows(color: Tensor, row: int, land: Land, x: Tensor, y: Tensor, height: Tensor) -> Tensor:
    time = land.parameters["time"]
    size, place = land.cells(x, row, CITY_CELLS[row], 0.2 * land.scalar(6 + row))
    across, down = ((place + 1) * 2 + 0.5) % 1.0, (y / 0.045) % 1.0
    pane = smoothstep(0.25, 0.32, across) * (1 - smoothstep(0.68, 0.75, across))
    pane = (
        pane * smoothstep(0.3, 0.36, down) * (1 - smoothstep(0.69, 0.75, down)) * (place.abs() < 0.8).float()
    )
    lit = torch.sin((place * 2).round() * 12.9 + (y / 0.045).floor() * 7.3 + size * 50) > -0.2
    pane = pane * (y > height + 0.02).float() * torch.where(lit, 1.0, 0.25) * (0.9 if row else 0.55)
    glass = rgb(x.device, 0.86, 0.93, 0.98, 1.0, 0.86, 0.50, 1.0, 0.85, 0.42)[time]
    return paint(color, pane, glass)


def _paint_street(color: Tensor, land: Land, x: Tensor, y: Tensor) -> Tensor:
    time = land.parameters["time"]
    dashes = ((x * 5 + land.scalar(13)) % 1.0 < 0.5).float() * coverage((y - 0.93).abs() - 0.006)
    color = color + dashes[:, :, None] * 0.7 * (0.9 - color)
    kerb = coverage((y - 0.862).abs() - 0.012)
    return paint(color, kerb, tint(rgb(x.device, 0.72, 0.72, 0.74), time))


def _paint_snow(color: Tensor, row: int, land: Land, x: Tensor, y: Tensor) -> Tensor:
    edge = torch.sin(x * 60 + 6 * land.scalar(20)) * 0.012 + torch.sin(x * 23 + 9 * land.scalar(21)) * 0.012
    cap = (0.5 + ((0.60 if row else 0.47) + edge - y) / PIXEL).clamp(0, 1)
    return paint(color, cap, tint(rgb(x.device, 0.97, 0.98, 1.0), land.parameters["time"]))


def _sheet(ridge: Ridge, base: Tensor, strength: float, x: Tensor, y: Tensor) -> tuple[Tensor, Layer]:
    """One sheet of paper below its ridge, with a light edge and the shadow it throws on what is behind."""
    alpha: Tensor | None = None
    for offset in (-0.375, -0.125, 0.125, 0.375):
        part = 0.25 * (0.5 + (y - ridge(x + offset * PIXEL)) / PIXEL).clamp(0, 1)
        alpha = part if alpha is None else alpha + part
    assert alpha is not None
    height = ridge(x)
    shadow = torch.exp(-(ridge(x - 0.012) - y).clamp(min=0) / 0.028) * strength
    color = as_image(base) * (1.06 - 0.22 * ((y - height).clamp(0, 0.3) / 0.3))[:, :, None]
    edge = (1 - ((y - height) / (2.2 * PIXEL)).clamp(0, 1))[:, :, None] * 0.16
    return height, Layer(alpha, (color + edge).clamp(0, 1), shadow)


def render_scenery(
    setting: str, parameters: Parameters, x: Tensor, y: Tensor, moments: Tensor
) -> tuple[Tensor, Layer]:
    """Clips of one setting without their toys: the picture [b, t or 1, 3, h, w] and its nearest sheet.

    `x` [1, 1, 1, w], `y` [1, 1, h, 1], `moments` [1, t, 1, 1]
    """
    time, scalar, device = parameters["time"], parameters["scalar"], x.device
    count = len(time)
    land = Land(parameters, moments)
    image = _paint_sun_or_moon(_sky(parameters, y), parameters, x, y, moments)
    image = _paint_clouds(image, parameters, x, y, moments, 0.5 if setting == "clouds" else 0.75)
    ridges = RIDGES[setting](land)
    layer: Layer | None = None
    for row, (ridge, paper) in enumerate(zip(ridges, PAPER_COLORS[setting], strict=True)):
        base = tint(rgb(device, *paper), time) + (scalar[:, 16 + row : 17 + row] - 0.5) * 0.05
        height, layer = _sheet(ridge, base, 0.20 if row == 0 else 0.32, x, y)
        color = layer.color
        if setting == "mountains" and row < 2:
            color = _paint_snow(color, row, land, x, y)
        if setting == "city":
            color = (
                _paint_windows(color, row, land, x, y, height)
                if row < 2
                else _paint_street(color, land, x, y)
            )
        layer = Layer(layer.alpha.expand(count, -1, HEIGHT, WIDTH), color, layer.shadow)
        image = paint(image, layer.shadow * (1 - layer.alpha), shadow_color(device, count))
        image = paint(image, layer.alpha, color)
        if row == 1:
            image = paint_props(image, setting, land, ridge, x, y)
    assert layer is not None and setting in SETTINGS
    return image, layer
