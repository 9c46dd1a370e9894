"""Draw clips."""

from __future__ import annotations

import torch
from torch import Tensor

from .attributes import COLORS, HEIGHT, PALETTE, SETTINGS, SUBJECTS, WIDTH
from .geometry import coverage, paint, rgb, union
from .light import shadow_color
from .motion import MOMENTS, Trajectory, trajectory
from .parameters import Parameters, select, to_device
from .scenery import render_scenery
from .subjects import DRAW, FOOT

DIRECT_LIGHT = ((1.0, 1.0, 1.0), (1.0, 0.93, 0.88), (0.86, 0.88, 0.98))


def render(
    parameters: Parameters, device: torch.device | str = "cpu", moments: Tensor = MOMENTS, chunk: int = 32
) -> tuple[Tensor, Tensor]:
    """Clips [n, t, 3, 160, 256] in 0..1 and the masks of their toys [n, t, 160, 256], at `moments` [t] in 0..1:
    MOMENTS for whole clips, MOMENTS[:1] for their first pictures alone. Memory grows with `chunk`."""
    device = torch.device(device)
    moments = moments.to(device)
    count = len(parameters["time"])
    drawn = [
        _render_chunk(select(parameters, torch.arange(start, min(count, start + chunk))), device, moments)
        for start in range(0, count, chunk)
    ]
    return torch.cat([clip for clip, _ in drawn]), torch.cat([mask for _, mask in drawn])


def _render_chunk(on_cpu: Parameters, device: torch.device, moments: Tensor) -> tuple[Tensor, Tensor]:
    parameters = to_device(on_cpu, device)
    count, frames = len(on_cpu["time"]), len(moments)
    x = ((torch.arange(WIDTH, device=device) + 0.5) / HEIGHT).view(1, 1, 1, WIDTH)
    y = ((torch.arange(HEIGHT, device=device) + 0.5) / HEIGHT).view(1, 1, HEIGHT, 1)
    t = moments.view(1, frames, 1, 1)
    clip = torch.empty(count, frames, 3, HEIGHT, WIDTH, device=device)
    near_color = torch.zeros_like(clip)
    near_alpha = torch.zeros(count, frames, HEIGHT, WIDTH, device=device)
    near_shadow = torch.zeros_like(near_alpha)
    is_boat = (parameters["subject"] == SUBJECTS.index("boat")).float().view(-1, 1, 1, 1)
    for setting in on_cpu["setting"].unique().tolist():
        rows = (on_cpu["setting"] == setting).nonzero()[:, 0].to(device)
        image, near = render_scenery(SETTINGS[setting], select(parameters, rows), x, y, t)
        clip[rows] = image.expand(-1, frames, -1, -1, -1)
        near_alpha[rows] = near.alpha.expand(-1, frames, -1, -1) * is_boat[rows]
        near_color[rows] = near.color.expand(-1, frames, -1, -1, -1)
        near_shadow[rows] = near.shadow.expand(-1, frames, HEIGHT, WIDTH) * is_boat[rows]
    path = trajectory(parameters, moments)
    mask = torch.zeros_like(near_alpha)
    for subject in on_cpu["subject"].unique().tolist():
        rows = (on_cpu["subject"] == subject).nonzero()[:, 0].to(device)
        part = Trajectory(*(value[rows] for value in path))
        clip[rows], mask[rows] = _paint_toy(
            SUBJECTS[subject], clip[rows], select(parameters, rows), part, x, y, t
        )
    clip = paint(clip, near_shadow * (1 - near_alpha) * is_boat, shadow_color(device, count))
    clip = clip + near_alpha[:, :, None] * (near_color - clip)
    return clip.clamp(0, 1), mask * (1 - near_alpha)


def _paint_toy(
    subject: str, clip: Tensor, parameters: Parameters, path: Trajectory, x: Tensor, y: Tensor, t: Tensor
) -> tuple[Tensor, Tensor]:
    path = Trajectory(*(value[:, :, None, None] for value in path))
    dx, dy = (x - path.x) * path.facing, y - path.y
    cos, sin = torch.cos(path.angle), torch.sin(path.angle)
    u = (dx * cos + dy * sin) / path.size * path.squash
    foot = FOOT.get(subject, 0.7)
    v = ((-dx * sin + dy * cos) / path.size - foot) / path.squash + foot
    shapes = DRAW[subject](u, v, t, path.roll)
    outline = union([distance for distance, _ in shapes])
    light = rgb(clip.device, *(value for color in DIRECT_LIGHT for value in color))[parameters["time"]]
    color = parameters["color"]
    main = PALETTE.to(clip.device)[color] + (parameters["scalar"][:, 29:32] - 0.5) * 0.06
    pale = (main + (1 - main) * 0.34) * light
    is_white = (color == COLORS.index("white"))[:, None]
    tones = {
        "main": main * light,
        "dark": main * 0.74 * light,
        "light": torch.where(is_white, pale * 0.88, pale),
    }
    shade = (0.55 - torch.roll(outline, (4, 3), (2, 3)) * path.size / 0.05).clamp(0, 1) ** 1.5 * 0.34
    clip = paint(clip, shade, rgb(clip.device, 0.06, 0.06, 0.18).expand(len(clip), 3))
    clip = paint(clip, coverage((outline - 0.085) * path.size), rgb(clip.device, 0.995, 0.98, 0.94) * light)
    for distance, tone in shapes:
        paper = tones[tone] if isinstance(tone, str) else rgb(clip.device, *tone) * light
        clip = paint(clip, coverage(distance * path.size), paper)
    return clip, coverage(outline * path.size)
