"""How far what the planner offers is from the exact picture, with weights that were learnt: the starter model's clips,
frame by frame, in decibels. One JSON line for each way, scheduler and size.

    python bench/gpu/pictures.py
    python bench/gpu/pictures.py --processor --ways resident-int8 resident-int8mm resident-fp8mm resident-cached
"""

from __future__ import annotations

import argparse
import json
import tempfile
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import surroundings  # noqa: F401  first
import torch
from measure import psnr
from models import Kind
from surroundings import ROOT
from ways import named_plan

from reelwright_sidecar import render
from reelwright_sidecar.contract import RenderFailed, RenderOrder
from reelwright_sidecar.families.cogvideox import CogVideoX
from reelwright_sidecar.placement import Shelf

_MODEL = ROOT / "resources" / "models" / "paper-world"
_PROMPTS = ("a red balloon over green hills", "a yellow car in the city", "a blue boat on the sea")
# The second has a whole number of 64 tokens, which some kernels work in: 48 of the text and 720 of the video.
_SIZES = ((256, 160), (256, 144))
_TEXT_TOKENS, _FRAMES = 48, 17
_WAYS = ["resident-cudnn", "resident-int8", "resident-fp8mm", "resident-sage"]


class Clips:
    """Made one after the other, in one process."""

    def __init__(self, folder: Path, device: str, steps: int) -> None:
        self._folder, self._device = folder, device
        self.steps = steps
        self._shelf = Shelf()
        self._frames: list[torch.Tensor] = []
        decode = CogVideoX.decode

        def decoded(
            video: CogVideoX, latents: torch.Tensor, begun: Callable[[int], None]
        ) -> Generator[torch.Tensor, None, None]:
            for batch in decode(video, latents, begun):
                self._frames.append(batch.float().cpu())
                yield batch

        setattr(CogVideoX, "decode", decoded)  # noqa: B010  a method of its class

    def made(self, way: str, scheduler: str, size: tuple[int, int], number: int) -> torch.Tensor:
        """Frames of one clip, -1..1. Raises RuntimeError where there is none."""
        self._frames.clear()
        width, height = size
        precision = "float16" if self._device == "cuda" else "float32"
        plan = named_plan(way, Kind(precision, (width, height, _FRAMES), {}), self._device, None)
        settings = {
            "prompt": _PROMPTS[number],
            "negativePrompt": "",
            "image": None,
            "width": width,
            "height": height,
            "frames": _FRAMES,
            "fps": 8,
            "steps": self.steps,
            "guidance": 3.0,
            "scheduler": scheduler,
            "seed": number + 1,
        }
        job = self._folder / f"{way}-{scheduler}-{height}-{number}"
        job.mkdir()
        order = RenderOrder.model_validate(
            {
                "jobId": "bench",
                "folder": str(job),
                "cache": None,
                "settings": settings,
                "model": {"folder": str(_MODEL), "family": "cogvideox", "task": "text-to-video"},
                "plan": plan.model_dump(mode="json", by_alias=True),
                "out": str(job / "clip.mp4"),
                "overwrite": True,
                "metadata": "{}",
                "poster": None,
                "preview": False,
                "acceptFrames": True,
            }
        )
        outcome = render.Render(order, self._shelf, lambda _: None, lambda: False).run()
        if isinstance(outcome, RenderFailed):
            raise RuntimeError(str(outcome.failure.detail).splitlines()[-1])
        return torch.cat(self._frames)


def measure(clips: Clips, ways: list[str], scheduler: str, size: tuple[int, int]) -> None:
    """All ways beside the exact one."""
    exact = [clips.made("resident", scheduler, size, number) for number in range(len(_PROMPTS))]
    width, height = size
    tokens = _TEXT_TOKENS + (1 + (_FRAMES - 1) // 4) * (width // 16) * (height // 16)
    for way in ways:
        line: dict[str, Any] = {"bench": "pictures", "name": way, "scheduler": scheduler}
        line |= {"width": width, "height": height, "tokens": tokens, "steps": clips.steps}
        try:
            line["decibels"] = [
                psnr(clips.made(way, scheduler, size, number).clamp(-1, 1), known.clamp(-1, 1), 2.0)
                for number, known in enumerate(exact)
            ]
        except RuntimeError as error:
            traceback.print_exc()
            line["failed"] = str(error)[:300]
        print(json.dumps(line), flush=True)


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ways", nargs="*", default=_WAYS)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--processor", action="store_true", help="what needs no card, for some minutes")
    parser.add_argument("--tiny", action="store_true", help="one size on the processor")
    options = parser.parse_args()
    device = "cpu" if options.tiny or options.processor else "cuda"
    name = "processor" if device == "cpu" else torch.cuda.get_device_name()
    print(json.dumps({"device": name, "torch": torch.__version__}), flush=True)
    with tempfile.TemporaryDirectory(prefix="reelwright-pictures-") as folder:
        clips = Clips(Path(folder), device, options.steps)
        for size in [(64, 48)] if options.tiny else _SIZES:
            for scheduler in ("ddim", "dpm"):
                measure(clips, options.ways, scheduler, size)


if __name__ == "__main__":
    main()
