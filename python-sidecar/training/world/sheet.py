"""Contact sheets: a few frames of each clip side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor


def contact_sheet(
    clips: Tensor,
    path: Path,
    clips_a_row: int = 2,
    frames: Sequence[int] = (0, 5, 11, 16),
    scale: float = 0.5,
) -> None:
    """Write clips [n, t, 3, h, w] in 0..1 as one picture."""
    shown = clips[:, list(frames)].float().cpu().clamp(0, 1)
    count, columns, _, height, width = shown.shape
    strip_width = columns * (width + 4) + 12
    rows = -(-count // clips_a_row)
    canvas = torch.ones(3, rows * (height + 8), clips_a_row * strip_width)
    for i in range(count):
        top, left = (i // clips_a_row) * (height + 8), (i % clips_a_row) * strip_width
        for k in range(columns):
            canvas[:, top : top + height, left + k * (width + 4) :][:, :, :width] = shown[i, k]
    picture = Image.fromarray((canvas.permute(1, 2, 0) * 255).round().to(torch.uint8).numpy())
    size = (round(picture.width * scale), round(picture.height * scale))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.resize(size, Image.Resampling.LANCZOS).quantize(200).save(path, optimize=True)
