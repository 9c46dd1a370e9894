"""The library's documented recipes for little memory beside the planner's plan, under the same cap, with the same
model: true size, random weights. One JSON line for each. A clip of few steps tells what one of fifty takes; --whole
makes it.

    python bench/gpu/official.py --model 5b --within 6 --plans-from build/gpu/plans-5b.jsonl
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import surroundings  # noqa: F401  first
import torch
from measure import psnr
from models import KINDS, kind_of, write_folder
from run_clip import Told, run_clip
from ways import named_plan

from reelwright_sidecar.contract import RenderSettings

WHOLE = 50


def order_of(name: str, small: bool, folder: Path, steps: int) -> dict[str, Any]:
    """What every way is asked for."""
    kind = kind_of(name, small)
    width, height, frames = kind.size
    picture = None
    if kind.task == "image-to-video":
        from PIL import Image

        pixels = torch.randint(0, 256, (height, width, 3), generator=torch.Generator().manual_seed(6))
        picture = str(folder / "picture.png")
        Image.fromarray(pixels.to(torch.uint8).numpy()).save(picture)
    settings = RenderSettings(
        prompt="a red balloon over green hills",
        negative_prompt="",
        image=picture,
        width=width,
        height=height,
        frames=frames,
        fps=8,
        steps=steps,
        guidance=6.0,
        scheduler="dpm",
        seed=1,
    )
    return {
        **{"model": str(folder), "task": kind.task, "precision": kind.precision, "cap_gib": None},
        **{"tokens": kind.transformer.get("max_text_seq_length", 226), "device": "cpu" if small else "cuda"},
        "settings": settings.model_dump(mode="json", by_alias=True),
    }


def planned(file: Path | None, gib: float | None, way: str = "ours") -> dict[str, Any] | None:
    """The plan that was written for that cap; "compiled": for where there is a compiler."""
    lines = [] if file is None else [json.loads(text) for text in file.read_text().splitlines()]
    wanted = gib, "planned" if way == "ours" else way
    return next((line for line in lines if (line["gib"], line["way"]) == wanted), None)


def line_of(
    told: Told, gib: float | None, steps: int, reference: Path | None, folder: Path
) -> dict[str, Any]:
    """What a clip took, and what one of WHOLE steps would, where it had fewer."""
    line: dict[str, Any] = {"name": told.way, "cap_gib": gib, "steps": steps}
    if told.failed is not None:
        return {**line, "failed": told.failed}
    done, decoding = told.at("done"), told.at("decoding")
    assert done is not None
    assert decoding is not None
    imported = told.at("imported") or 0.0
    step = statistics.median(told.steps) if told.steps else 0.0
    last = told.moments[-1]
    line |= {
        "seconds_a_step": round(step, 4),
        "decode_seconds": round(done - decoding, 3),
        "clip_seconds": round(done - imported, 2),
        "whole_seconds": round(done - imported + (WHOLE - steps) * step, 1),
        "extrapolated": steps < WHOLE,
        "utilisation_percent": told.utilisation,
        "peaks_gib": {
            phase: [None if size is None else round(size / 2**30, 3) for size in pair]
            for phase, pair in last.get("peaks", {}).items()
        },
        "host_private_gib": told.private_gib,
    }
    if reference is not None and reference != folder:
        line |= compared(folder, reference)
    return line


def compared(folder: Path, reference: Path) -> dict[str, Any]:
    """How near the clip is to another one."""
    frames, known = (torch.load(each / "frames.pt").clamp(-1, 1) for each in (folder, reference))
    latents, noise = (torch.load(each / "latents.pt").float() for each in (folder, reference))
    count = min(latents.shape[1], noise.shape[1])
    latents, noise = latents[:, -count:], noise[:, -count:]
    return {
        "latents_equal": torch.equal(latents, noise),
        "latents_psnr": psnr(latents, noise, (noise.max() - noise.min()).item()),
        "frames_psnr": psnr(frames, known, 2.0),
        "finite": bool(torch.isfinite(frames).all()),
    }


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="5b", choices=list(KINDS))
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--within", nargs="*", type=float, default=[None], help="GiB")
    parser.add_argument(
        "--ways", nargs="*", default=["sequential", "model", "ours"], help='or "compiled", twice for "again"'
    )
    parser.add_argument("--plans-from", type=Path, help="what `node bench/plans.ts write` has written")
    parser.add_argument("--plan", default="block", help="a plan of ways.py where nothing was written")
    parser.add_argument("--whole", action="store_true", help=f"all {WHOLE} steps")
    parser.add_argument("--folder", type=Path, help="where the models are, or will be")
    parser.add_argument(
        "--tiny", action="store_true", help="small models on the processor, without offloading"
    )
    options = parser.parse_args()

    steps = WHOLE if options.whole else options.steps
    with tempfile.TemporaryDirectory(prefix="reelwright-official-") as temporary:
        work = Path(temporary)
        model = (options.folder or work / "models") / (
            f"tiny-{options.model}" if options.tiny else options.model
        )
        device = torch.device("cpu" if options.tiny else "cuda")
        write_folder(model, options.model, options.tiny, device)
        name = "processor" if options.tiny else torch.cuda.get_device_name()
        print(json.dumps({"model": options.model, "device": name, "torch": torch.__version__}), flush=True)
        asked = order_of(options.model, options.tiny, model, steps)
        torch.cuda.empty_cache()
        for gib in options.within:
            reference: Path | None = None
            for number, way in enumerate(options.ways):
                again = way in options.ways[:number]
                case = planned(options.plans_from, gib, way)
                order = {**asked, "way": way, "cap_gib": gib}
                if way in ("ours", "compiled"):
                    named = named_plan(
                        ("resident" if options.tiny else options.plan)
                        + ("-compile" if way == "compiled" else ""),
                        kind_of(options.model, options.tiny),
                        device.type,
                        None if options.tiny else gib,
                    )
                    order["plan"] = case["plan"] if case else named.model_dump(mode="json", by_alias=True)
                folder = work / way
                told = run_clip(order, folder)
                line = {
                    "bench": "official",
                    "model": options.model,
                    **line_of(told, gib, steps, reference, folder),
                }
                if again:
                    # What was compiled is found on the disk.
                    line["name"] = f"{way}, again"
                if case:
                    line["predicted"] = case["predicted"]
                print(json.dumps(line), flush=True)
                reference = reference or (folder if told.failed is None else None)


if __name__ == "__main__":
    main()
