"""The clip's own frames, made small and shown as they are decoded."""

from __future__ import annotations

import base64
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from ..contract import PreviewProgress, RenderSettings
from .lenient import Lenient

SIDE_LIMIT = 256
BYTES_LIMIT = 6_000_000
"""Of all frames of a clip together: whoever shows them keeps them until the clip is there."""


def size_of(width: int, height: int, frames: int) -> tuple[int, int]:
    """Height and width in which so many frames keep within the limits; their own, if they do."""
    bytes_ = width * height * 3 * frames
    scale = min(1.0, SIDE_LIMIT / max(width, height), (BYTES_LIMIT / bytes_) ** 0.5)
    return max(int(height * scale), 1), max(int(width * scale), 1)


def small(batch: Tensor, size: tuple[int, int]) -> Tensor:
    """[frames, 3, height, width] in -1..1, on any device, to uint8 [frames, *size, 3] there, averaged over areas."""
    pictures = batch.new_empty((len(batch), *size, 3), dtype=torch.uint8)
    # One by one, as the clip's own are made: no more than a frame is in float32.
    for frame, picture in zip(batch, pictures, strict=True):
        unit = (frame * 0.5).add_(0.5).clamp_(0, 1).float()
        if frame.shape[1:] != size:
            unit = functional.adaptive_avg_pool2d(unit, size)
        picture.copy_(unit.mul_(255).round_().permute(1, 2, 0))
    return pictures


class FramePreviews:
    """Sends the frames of one decoding, each once, in the order of the clip."""

    def __init__(
        self, job: str, of: int, settings: RenderSettings, report: Callable[[PreviewProgress], None]
    ) -> None:
        """`of`: how many batches there will be."""
        self._job = job
        self._of = of
        self._size = size_of(settings.width, settings.height, settings.frames)
        self._report = report
        self._shown = 0
        self._lenient = Lenient()

    def show(self, step: int, batch: Tensor) -> None:
        """The next batch: [frames, 3, height, width] in -1..1."""
        self._lenient.attempt(lambda: self._show(step, batch))

    def _show(self, step: int, batch: Tensor) -> None:
        pictures = small(batch, self._size).cpu()
        frames, height, width, _ = pictures.shape
        self._report(
            PreviewProgress(
                job_id=self._job,
                phase="decoding",
                step=step,
                of=self._of,
                before=self._shown,
                frames=frames,
                width=width,
                height=height,
                rgb=base64.b64encode(pictures.numpy().data).decode("ascii"),
            )
        )
        self._shown += frames
