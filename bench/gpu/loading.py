"""From the weights on the disk to the end of the first step: the worker beside the library's from_pretrained, with the
files in the page cache and without. One JSON line for each: when what began, the seconds of our own that went into
reading weights, locking their pages and bringing what stays on the card, and the most memory that the process had. It
does not begin while others hold so much of the card that the cap would not be what is in the way.

    python bench/gpu/loading.py --model 5b --within 12 --plans-from build/gpu/plans-5b.jsonl
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import surroundings  # noqa: F401  first
import torch
from models import KINDS, kind_of, write_folder
from official import order_of, planned
from run_clip import Told, run_clip
from utilisation import held_and_all
from ways import named_plan


def cached_bytes() -> int:
    """What the system's page cache holds."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("Cached:"):
            return int(line.split()[1]) * 1024
    return 0


def leave_cache(folder: Path) -> int:
    """The folder's files leave the page cache; how many bytes really did."""
    if sys.platform != "linux":
        raise SystemExit("Page caches are emptied on Linux only.")
    os.sync()
    before = cached_bytes()
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return before - cached_bytes()


def enter_cache(folder: Path) -> None:
    """Reads every file once."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                while stream.read(2**24):
                    pass


_CONTEXT_GIB = 1.0
_PATIENCE_SECONDS = 30


def held_before(within: float | None) -> float | None:
    """GiB of the card that others hold, before this process has any of it; None without a card. Raises SystemExit where
    they leave no room for the cap. A program that has just ended gives its memory back a little later."""
    for second in range(_PATIENCE_SECONDS + 1):
        found = held_and_all()
        if found is None:
            return None
        held, total = found
        if within is None or total - held >= within + _CONTEXT_GIB:
            return round(held, 2)
        if second < _PATIENCE_SECONDS:
            time.sleep(1)
    raise SystemExit(f"Others hold {held:.1f} of the card's {total:.1f} GiB, and {within:.1f} are asked for.")


def line_of(told: Told) -> dict[str, Any]:
    """Where the time went, in seconds from the start of the process."""
    line: dict[str, Any] = {
        **{"name": told.way, "private_gib": told.private_gib, "mapped_gib": told.mapped_gib},
        **{f"{what}_seconds": seconds for what, seconds in told.spent.items()},
    }
    if told.failed is not None and told.at("step", 1) is None:
        return {**line, "failed": told.failed}
    for moment in ("imported", "loaded", "loading", "encoding", "denoising"):
        at = told.at(moment)
        if at is not None:
            line[moment] = round(at, 3)
    line["reserved_gib"] = next(each.get("reserved_gib") for each in told.moments if each["moment"] == "step")
    imported, first = told.at("imported"), told.at("step", 1)
    assert imported is not None
    assert first is not None
    line["first_step"] = round(first, 3)
    line["weights_to_first_step"] = round(first - imported, 3)
    return line


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="5b", choices=list(KINDS))
    parser.add_argument("--within", type=float, help="GiB")
    parser.add_argument("--ways", nargs="*", default=["resident", "model", "sequential", "ours"])
    parser.add_argument("--caches", nargs="*", default=["cold", "warm"], choices=["cold", "warm"])
    parser.add_argument("--plans-from", type=Path)
    parser.add_argument("--plan", default="block", help="a plan of ways.py where nothing was written")
    parser.add_argument("--folder", type=Path, help="where the models are, or will be")
    parser.add_argument("--tiny", action="store_true", help="small models on the processor")
    options = parser.parse_args()

    held = None if options.tiny else held_before(options.within)
    with tempfile.TemporaryDirectory(prefix="reelwright-loading-") as temporary:
        work = Path(temporary)
        model = (options.folder or work / "models") / (
            f"tiny-{options.model}" if options.tiny else options.model
        )
        device = torch.device("cpu" if options.tiny else "cuda")
        write_folder(model, options.model, options.tiny, device)
        if not options.tiny:
            torch.cuda.empty_cache()
        weights = sum(file.stat().st_size for file in model.rglob("*.safetensors"))
        weights_gib = round(weights / 2**30, 3)
        said = {"model": options.model, "weights_gib": weights_gib, "held_by_others_gib": held}
        print(json.dumps(said), flush=True)
        case = planned(options.plans_from, options.within)
        named = named_plan(
            "resident" if options.tiny else options.plan,
            kind_of(options.model, options.tiny),
            device.type,
            None if options.tiny else options.within,
        )
        plan = case["plan"] if case else named.model_dump(mode="json", by_alias=True)
        asked = {**order_of(options.model, options.tiny, model, 2), "cap_gib": options.within, "plan": plan}
        for cache in options.caches:
            for way in options.ways:
                left = None
                if cache == "cold":
                    left = leave_cache(model)
                else:
                    enter_cache(model)
                line = line_of(run_clip({**asked, "way": way}, work / "clip", until="step"))
                evicted = None if left is None else round(left / 2**30, 2)
                told = {"bench": "loading", "model": options.model, "cap_gib": options.within, **line}
                print(json.dumps({**told, "cache": cache, "evicted_gib": evicted}), flush=True)


if __name__ == "__main__":
    main()
