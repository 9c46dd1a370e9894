"""Where the seconds of a step go: what the card does in one of the first steps and in one of the last, by the names of
its kernels, and its clock, its power and what holds it back meanwhile. One JSON line for each plan.

    python bench/gpu/profiling.py --model 5b --plans resident resident-compile resident-compile-cached
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import surroundings  # noqa: F401  first
import torch
from measure import Phases, cap_at
from models import KINDS, Models, kind_of, write_scheduler
from plans import Bench
from torch.profiler import ProfilerActivity
from ways import named_plan

from reelwright_sidecar.contract import Plan
from reelwright_sidecar.placement.card import card_of
from reelwright_sidecar.step_cache import is_calculated

# The first that a name matches. The compiler names its kernels after all that is in them.
_KINDS = (
    ("products", r"^triton_(tem|mm)"),
    ("compiled", r"^triton_"),
    ("attention", r"sdpa|flash|fmha|attention|attn|quant_per_block"),
    ("products", r"gemm|nvjet|cutlass|cublas|xmma|splitk|aten::(addmm|mm|bmm|linear)"),
    ("copies", r"memcpy|memset|copy_kernel|catarray|aten::(copy_|cat)$"),
    ("one by one", r"at::native|at_cuda|elementwise|reduce_kernel|layer_norm|aten::"),
)
# What of a trace is the card's own work; on a processor operations take its place.
_WORK = {"cuda": {"kernel", "gpu_memcpy", "gpu_memset"}, "cpu": {"cpu_op"}}
_TOLD = 12
_PLAIN_STEPS, _CACHED_STEPS = 18, 50


def kind_of_kernel(name: str) -> str:
    """What it does, as far as its name tells."""
    return next((kind for kind, like in _KINDS if re.search(like, name, re.IGNORECASE)), "other")


def account(trace: dict[str, Any], device: str) -> dict[str, Any]:
    """Milliseconds of the card's work in a trace, by kind and by name. Idle: between its first and its last work.

    What runs at the same time as something else counts for both.
    """
    work = [
        each for each in trace["traceEvents"] if each.get("cat") in _WORK[device] and each.get("ph") == "X"
    ]
    if not work:
        return {"failed": "The profiler saw no work of the card's."}
    ends = [(each["ts"], each["ts"] + each["dur"]) for each in work]
    span = max(end for _, end in ends) - min(begin for begin, _ in ends)
    busy = sum(end - begin for begin, end in _merged(ends))
    return {
        "span_ms": _milliseconds(span),
        "idle_ms": _milliseconds(span - busy),
        "kernels": len(work),
        "kinds": dict(_summed((kind_of_kernel(each["name"]), each) for each in work)),
        "top": [
            {"name": name[:120], "kind": kind_of_kernel(name), **times}
            for name, times in _summed((each["name"], each) for each in work)[:_TOLD]
        ],
    }


def _milliseconds(microseconds: float) -> float:
    return round(microseconds / 1000, 3)


def _merged(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without what overlaps."""
    merged: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((begin, end))
    return merged


def _summed(named: Iterable[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """The longest first."""
    times: dict[str, list[float]] = {}
    for name, event in named:
        times.setdefault(name, []).append(event["dur"])
    ordered = sorted(times.items(), key=lambda each: -sum(each[1]))
    return [(name, {"ms": _milliseconds(sum(each)), "count": len(each)}) for name, each in ordered]


@dataclass
class Profiler:
    """Looks into some steps of a render, counted from 1."""

    device: str
    wanted: list[int]
    found: dict[int, dict[str, Any]] = field(default_factory=dict)
    _running: torch.profiler.profile | None = None

    def __call__(self, done: int) -> None:
        """A step is done."""
        try:
            if self._running is not None:
                running, self._running = self._running, None
                running.stop()
                self.found[done] = self._accounted(running)
            if done + 1 in self.wanted:
                activity = ProfilerActivity.CUDA if self.device == "cuda" else ProfilerActivity.CPU
                running = torch.profiler.profile(activities=[activity])
                running.start()
                self._running = running
        except Exception as error:  # noqa: BLE001  without it the clocks are still of use
            traceback.print_exc()
            self.found[done] = {"failed": str(error)[:300]}

    def _accounted(self, profile: torch.profiler.profile) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="reelwright-profile-") as folder:
            file = Path(folder) / "trace.json"
            profile.export_chrome_trace(str(file))
            return account(json.loads(file.read_text(encoding="utf-8")), self.device)


def wanted_in(plan: Plan, of: int) -> list[int]:
    """Steps to look into: an early one and a late one; where steps are cached one that is and one that is not."""
    if plan.steps == "all":
        return [3, of - 1]
    skipped = [index + 1 for index in range(of) if not is_calculated(plan.steps, index, of)]
    return [skipped[0], skipped[-1] - 1]


def told_of(plan: Plan, seconds: list[float], profiler: Profiler) -> dict[str, Any]:
    """Medians of the steps that nobody looked into, and what was seen in the others."""
    of = len(seconds)
    calculated = [is_calculated(plan.steps, index, of) for index in range(of)]

    def usual(kind: bool) -> float | None:
        some = [
            taken
            for index, taken in enumerate(seconds)
            if index > 0 and calculated[index] == kind and index + 1 not in profiler.found
        ]
        return round(statistics.median(some), 4) if some else None

    return {
        "seconds": [round(taken, 4) for taken in seconds],
        "calculated_seconds": usual(True),
        "cached_seconds": usual(False),
        "profiled": [
            {
                "step": step,
                "calculated": calculated[step - 1],
                "seconds": round(seconds[step - 1], 4),
                **found,
            }
            for step, found in sorted(profiler.found.items())
        ],
    }


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="5b", choices=list(KINDS))
    parser.add_argument(
        "--plans", nargs="*", default=["resident", "resident-compile", "resident-compile-cached"]
    )
    parser.add_argument("--tiny", action="store_true", help="small models on the processor")
    options = parser.parse_args()
    kind = kind_of(options.model, options.tiny)
    device = "cpu" if options.tiny else "cuda"
    name = "processor" if options.tiny else torch.cuda.get_device_name()
    print(json.dumps({"model": options.model, "device": name, "torch": torch.__version__}), flush=True)
    with tempfile.TemporaryDirectory(prefix="reelwright-profiling-") as folder:
        write_scheduler(Path(folder), options.model)
        models = Models(kind, torch.device(device))
        cap_at(None)
        for short in options.plans:
            plan = named_plan(short, kind, device, None)
            steps = _PLAIN_STEPS if plan.steps == "all" else _CACHED_STEPS
            profiler = Profiler(device, wanted_in(plan, steps))
            bench = Bench(kind, models, Path(folder), steps, text=False, stepped=profiler, decodes=False)
            line: dict[str, Any] = {"bench": "profile", "model": options.model, "name": short}
            try:
                with torch.inference_mode():
                    told, seconds = bench.render(
                        plan, card_of(device), torch.device(device), Phases(torch.device(device))
                    )
                line |= {"clocks": told["clocks"], "first_step_seconds": told["first_step_seconds"]}
                line |= told_of(plan, seconds, profiler)
            except (torch.cuda.OutOfMemoryError, RuntimeError) as error:
                traceback.print_exc()
                line["failed"] = str(error).splitlines()[0][:300]
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
