"""From the decoder's numbers to frames that are worth keeping."""

from __future__ import annotations

import numpy
import torch

from ..failure import BadFrames
from .flaws import Flicker, Seams

_BLACK = 2  # of 255: below it no eye sees anything


class FrameCheck:
    """Turns batches of frames into pictures and refuses those that show nothing, or what a decode has done to them."""

    def __init__(self, *, accept: bool = False) -> None:
        """`accept`: borders and jumps are taken as they are, and not looked for."""
        self._accept = accept
        self._brightest = 0
        self._seams = Seams()
        self._flicker = Flicker()

    def pictures(self, batch: torch.Tensor) -> numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]]:
        """[frames, 3, height, width] in -1..1 to uint8 [frames, height, width, 3], rounded as the library does.

        Raises BadFrames nan.
        """
        pictures = batch.new_empty((len(batch), *batch.shape[2:], 3), dtype=torch.uint8)
        ends: list[torch.Tensor] = []
        # Where they are, a byte a number travels from there; one by one, so that what is in float32 stays small.
        for frame, picture in zip(batch, pictures, strict=True):
            ends += torch.aminmax(frame)
            unit = (frame * 0.5).add_(0.5).clamp_(0, 1)
            picture.copy_(unit.permute(1, 2, 0).float().mul_(255).round_())
        if not bool(torch.isfinite(torch.stack(ends)).all()):
            raise BadFrames("nan", "The decoder gave values that are not numbers.")
        frames = pictures.cpu().numpy()
        self._brightest = max(self._brightest, int(frames.max()))
        if not self._accept:
            self._seams.add(frames)
            self._flicker.add(frames)
        return frames

    def close(self) -> None:
        """After the last batch. Raises BadFrames black, seams and flicker."""
        if self._brightest < _BLACK:
            raise BadFrames("black", "Every frame is black.")
        if self._accept:
            return
        if seams := self._seams.found():
            raise BadFrames("seams", seams)
        if flicker := self._flicker.found():
            raise BadFrames("flicker", flicker)
