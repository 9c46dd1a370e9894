"""Compares the kernels with plain torch, on a machine without a card: Triton's interpreter carries them out.

Run in a process of its own, for the interpreter has to be chosen before Triton is imported.
"""

from __future__ import annotations

import os

os.environ["TRITON_INTERPRET"] = "1"

import torch

from reelwright_sidecar.decode import fused, pointwise
from reelwright_sidecar.decode.geometry import HISTORY, Stage
from reelwright_sidecar.decode.pointwise import Modulation
from reelwright_sidecar.decode.windows import Window

torch.set_num_threads(1)


def fills() -> None:
    """Every way of filling a window, at every place in the picture."""
    for frames, latent_frames, side, channels in [(1, 1, 1, 8), (3, 3, 1, 24), (5, 3, 2, 8), (4, 2, 2, 8)]:
        height, width = 3 * side, 2 * side
        for start, stop in [(0, height), (0, 1), (1, 2), (height - 1, height)]:
            for past in ("nowhere", "arriving", "history"):
                for modulated in (True, False):
                    results = []
                    for kernels in (pointwise, fused):
                        torch.manual_seed(1)
                        shape = (frames + HISTORY, stop - start + 2, width, channels)
                        above = None if start == 0 else torch.randn(frames + HISTORY, 5, width, channels)
                        stays = past != "arriving" and frames > 1
                        history = torch.randn(HISTORY, height, width, channels)
                        stage = Stage("", "first", channels, channels, frames, height, width)
                        values = torch.randn(shape)
                        window = Window(
                            stage, start, stop, values, above, past, history if stays else None, keep=stays
                        )
                        if past == "history" and not stays:
                            continue
                        modulation = Modulation(
                            torch.randn(2, channels),
                            torch.randn(latent_frames, 3, 2, 2, channels),
                            (frames - latent_frames % 2) // (latent_frames - latent_frames % 2 or 1) or 1,
                        )
                        kernels.fill(
                            window,
                            torch.randn(frames, height, width, channels),
                            modulation if modulated else None,
                        )
                        results.append((values, history))
                    for ours, theirs in zip(*results, strict=True) if results else ():
                        torch.testing.assert_close(ours, theirs, atol=2e-6, rtol=2e-6)


def settles() -> None:
    """With and without adding, in one segment of a row and in several."""
    for frames, rows, width, channels in [(2, 3, 5, 8), (1, 1, 1400, 24)]:
        for add in (False, True):
            results = []
            for kernels in (pointwise, fused):
                torch.manual_seed(2)
                raw = torch.randn(frames, rows, width, channels + 5)[..., :channels] + 30
                target = torch.randn(frames, rows + 3, width, channels)
                part = kernels.settle(raw, torch.randn(channels), target[:, 1 : 1 + rows], add)
                results.append((target, pointwise.coefficients([part], torch.nn.GroupNorm(4, channels))))
            for ours, theirs in zip(*results, strict=True):
                torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-5)


def settles_upsampled() -> None:
    """Frames doubled and not, with and without one that stands alone."""
    for frames, repeats in [(1, 1), (3, 2), (2, 2), (3, 1)]:
        results = []
        for kernels in (pointwise, fused):
            torch.manual_seed(3)
            raw = torch.randn(frames, 3, 4, 4, 24)
            more = frames if repeats == 1 else 2 * frames - frames % 2
            target = torch.randn(more, 7, 6, 24)
            part = kernels.settle_upsampled(raw, torch.randn(24), target[:, 1:5], repeats)
            results.append((target, pointwise.coefficients([part], torch.nn.GroupNorm(4, 24))))
        for ours, theirs in zip(*results, strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)


if __name__ == "__main__":
    fills()
    settles()
    settles_upsampled()
    print("equal")
