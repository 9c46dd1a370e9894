"""Signed distances (negative inside) and compositing. Lengths are in units of the picture's height."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .attributes import HEIGHT

PIXEL = 1.0 / HEIGHT
Point = tuple[float, float]


def rgb(device: torch.device, *values: float) -> Tensor:
    """[3], or [k, 3] when k colours are given one after the other."""
    color = torch.tensor(values, device=device)
    return color if len(values) == 3 else color.view(-1, 3)


def coverage(distance: Tensor) -> Tensor:
    """Anti-aliased alpha of a shape."""
    return (0.5 - distance / PIXEL).clamp(0, 1)


def mix(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    return a + (b - a) * t


def smoothstep(low: float, high: float, x: Tensor) -> Tensor:
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def as_image(color: Tensor) -> Tensor:
    """[b, 3] -> [b, 1, 3, 1, 1]"""
    return color[:, None, :, None, None]


def paint(image: Tensor, alpha: Tensor, color: Tensor) -> Tensor:
    """Paint `color` ([b, 3] or an image) on `image` [b, t, 3, h, w] through `alpha` [b, t or 1, h, w]."""
    return image + alpha[:, :, None] * ((as_image(color) if color.dim() == 2 else color) - image)


def union(distances: Sequence[Tensor]) -> Tensor:
    result = distances[0]
    for distance in distances[1:]:
        result = torch.minimum(result, distance)
    return result


def circle(u: Tensor, v: Tensor, x: float, y: float, radius: float) -> Tensor:
    return ((u - x) ** 2 + (v - y) ** 2).sqrt() - radius


def ellipse(u: Tensor, v: Tensor, x: float, y: float, a: float, b: float) -> Tensor:
    return ((((u - x) / a) ** 2 + ((v - y) / b) ** 2).sqrt() - 1) * min(a, b)


def rounded_box(u: Tensor, v: Tensor, center: Point, half: Point, radius: float) -> Tensor:
    qx = (u - center[0]).abs() - half[0] + radius
    qy = (v - center[1]).abs() - half[1] + radius
    outside = (qx.clamp(min=0) ** 2 + qy.clamp(min=0) ** 2).sqrt()
    return outside + torch.maximum(qx, qy).clamp(max=0) - radius


def segment(u: Tensor, v: Tensor, start: Point, end: Point, radius: float) -> Tensor:
    ex, ey = end[0] - start[0], end[1] - start[1]
    t = (((u - start[0]) * ex + (v - start[1]) * ey) / (ex * ex + ey * ey)).clamp(0, 1)
    return ((u - start[0] - t * ex) ** 2 + (v - start[1] - t * ey) ** 2).sqrt() - radius


def polygon(u: Tensor, v: Tensor, points: Sequence[Point]) -> Tensor:
    """A convex polygon as the largest of its half-planes; its points may run either way round."""
    closed = [*points, points[0]]
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(closed))
    if area < 0:
        closed.reverse()
    planes = []
    for (x0, y0), (x1, y1) in itertools.pairwise(closed):
        ex, ey = x1 - x0, y1 - y0
        planes.append(((u - x0) * ey - (v - y0) * ex) / math.hypot(ex, ey))
    result = planes[0]
    for plane in planes[1:]:
        result = torch.maximum(result, plane)
    return result


def star(u: Tensor, v: Tensor, radius: float, inner: float) -> Tensor:
    """A five-pointed star, by folding the plane onto one of its ten triangles."""
    cx, cy = math.cos(math.pi / 5), -math.sin(math.pi / 5)
    u, v = u.abs(), -v
    fold = torch.clamp(cx * u + cy * v, min=0) * 2
    u, v = u - fold * cx, v - fold * cy
    fold = torch.clamp(-cx * u + cy * v, min=0) * 2
    u, v = (u + fold * cx).abs(), v - fold * cy - radius
    bx, by = -inner * cy, inner * cx - 1
    h = ((u * bx + v * by) / (bx * bx + by * by)).clamp(min=0).clamp(max=radius)
    return ((u - bx * h) ** 2 + (v - by * h) ** 2).sqrt() * torch.sign(v * bx - u * by)
