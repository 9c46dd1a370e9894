"""Carries plans out with CogVideoX models at their true size and random weights, under caps of memory: one JSON line
for each. Needs torch, diffusers and pydantic; a CUDA card, or --tiny to try the program itself on the processor.

    python bench/gpu/plans.py --model 5b --within 6 12 24 --plans resident block leaf sequential
    python bench/gpu/plans.py --model 1.5-5b --plans-from plans.jsonl

A line of `--plans-from` is {"name": ..., "gib": cap or null, "plan": a plan as the contract has it, "way": ...,
"predicted": what the planner says of it}.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import surroundings  # noqa: F401  first
import torch
from measure import Phases, cap_at, psnr
from models import KINDS, Kind, Models, kind_of, write_scheduler
from utilisation import Utilisation
from ways import named_plan

from reelwright_sidecar.contract import Plan, RenderSettings
from reelwright_sidecar.families.cogvideox import CogVideoX, Conditioning
from reelwright_sidecar.families.cogvideox_denoiser import prepare
from reelwright_sidecar.families.cogvideox_shape import shape_of
from reelwright_sidecar.placement import Placement, Shelf
from reelwright_sidecar.placement.card import Card, card_of
from reelwright_sidecar.step_cache import is_calculated


@dataclass
class Bench:
    """One model and what its plans are compared with."""

    kind: Kind
    models: Models
    folder: Path
    steps: int
    text: bool
    card: Callable[[str], Card | None] = card_of
    # Hears of each step, from 1, when it is done and before the next one's time begins.
    stepped: Callable[[int], None] = lambda _: None
    decodes: bool = True
    reference: dict[str, torch.Tensor] = field(default_factory=dict)

    def settings(self) -> RenderSettings:
        width, height, frames = self.kind.size
        picture = "picture" if self.kind.task == "image-to-video" else None
        return RenderSettings.model_validate(
            {
                **{"prompt": "a", "negativePrompt": "", "image": picture, "width": width, "height": height},
                **{
                    "frames": frames,
                    "fps": 8,
                    "steps": self.steps,
                    "guidance": 6.0,
                    "scheduler": "dpm",
                    "seed": 1,
                },
            }
        )

    @torch.inference_mode()
    def run(self, name: str, plan: Plan, cap: float | None, said: dict[str, Any]) -> None:
        """Carries out one plan and prints what it took, beside what the planner had `said` of it."""
        card = self.card(plan.device)
        device = torch.device("cpu") if card is None else card.device
        cap_at(cap)
        line: dict[str, Any] = {
            "bench": "plans",
            "name": name,
            "cap_gib": cap,
            "plan": plan.model_dump(mode="json", by_alias=True),
            **said,
        }
        phases = Phases(device)
        try:
            line |= self.render(plan, card, device, phases)[0]
        except (torch.cuda.OutOfMemoryError, RuntimeError) as error:
            traceback.print_exc()
            line["failed"] = str(error).splitlines()[0][:300]
        print(json.dumps({**line, "phases": phases.told}), flush=True)

    def render(
        self, plan: Plan, card: Card | None, device: torch.device, phases: Phases
    ) -> tuple[dict[str, Any], list[float]]:
        """What is told of it, and the seconds of each step."""
        kind, settings = self.kind, self.settings()
        dtype = getattr(torch, plan.precision)
        if plan.compile:
            # The library's blocks are compiled; a plan before may have given them another forward.
            self.models.forget("transformer")

        def load(component: Any) -> Any:
            module = self.models.load(component)
            if component == "transformer":
                prepare(module, plan, self.folder / "kernels")
            return module

        placement = Placement(Shelf(), card, plan.placements, load)
        shape = shape_of(
            self.models.load("transformer").config, self.models.load("vae").config, kind.task, settings
        )
        video = CogVideoX(self.folder, shape, settings, placement, plan, dtype)
        told: dict[str, Any] = {}
        try:
            with phases.of("encode"):
                conditioning = self._conditioning(video, placement, device, dtype, shape.tokens)
            if not self.text:
                self.models.forget("text_encoder")
            seconds: list[float] = []
            busy = Utilisation()
            with (
                phases.of("denoise"),
                ExitStack() as watching,
                closing(video.denoise(conditioning, video.begin(conditioning), lambda _: None)) as states,
            ):
                began = time.perf_counter()
                for state, _ in states:
                    if device.type == "cuda":
                        torch.cuda.synchronize()
                    seconds.append(time.perf_counter() - began)
                    if len(seconds) == 1:
                        # What happens once, compiling above all, is not how busy the card is kept.
                        watching.enter_context(busy)
                    self.stepped(len(seconds))
                    began = time.perf_counter()
                    latents = state.latents
            told["seconds_a_step"] = round(seconds_a_step(plan, seconds), 4)
            told["first_step_seconds"] = round(seconds[0], 3)
            told |= {"utilisation_percent": busy.percent, "clocks": busy.clocks}
            if self.decodes:
                with phases.of("decode"), closing(video.decode(latents, lambda _: None)) as batches:
                    frames = torch.cat([batch.cpu() for batch in batches]).float()
                told |= self._compared("frames", frames)
        finally:
            placement.close()
            if plan.storage.transformer != "same" or plan.compile or plan.attention != "sdpa":
                self.models.forget("transformer")
        return told | self._compared("latents", latents.cpu().float()), seconds

    def _conditioning(
        self, video: CogVideoX, placement: Placement, device: torch.device, dtype: torch.dtype, tokens: int
    ) -> Conditioning:
        """The prompts by a text encoder of the true size where it is asked for, else random; a random picture."""
        generator = torch.Generator("cpu").manual_seed(6)
        width = self.models.load("transformer").config.text_embed_dim
        if self.text:
            with placement.on("text_encoder") as encoder:
                ids = torch.randint(0, 60, (2, tokens), generator=generator)
                states = torch.cat([encoder(one[None].to(device)) for one in ids])
            placement.let_go("text_encoder")
        else:
            states = torch.randn(2, tokens, width, generator=generator)
        image = None
        if self.kind.task == "image-to-video":
            pixels = torch.randint(0, 256, (self.kind.size[1], self.kind.size[0], 3), generator=generator)
            # Where there is a card there may be no PIL; to numpy, which reads it, it is all the same.
            picture: Any = pixels.to(torch.uint8).numpy()
            image = video._encode_image(picture, generator)
        return Conditioning(states.to(device, dtype), image, generator.get_state())

    def _compared(self, what: str, values: torch.Tensor) -> dict[str, Any]:
        known = self.reference.setdefault(what, values)
        peak = 2.0 if what == "frames" else (known.max() - known.min()).item()
        return {
            f"{what}_finite": bool(torch.isfinite(values).all()),
            f"{what}_psnr": psnr(values, known, peak),
            f"{what}_equal": torch.equal(values, known),
        }


def seconds_a_step(plan: Plan, seconds: list[float]) -> float:
    """The median. Where steps are cached the mean of all, a first one reckoned like the others that are calculated:
    for as many steps as a clip has."""
    calculated = [
        taken for step, taken in enumerate(seconds) if is_calculated(plan.steps, step, len(seconds))
    ]
    usual = statistics.median(calculated[1:] or seconds)
    return usual if plan.steps == "all" else (usual + sum(seconds[1:])) / len(seconds)


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="5b", choices=list(KINDS))
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--within", nargs="*", type=float, default=[], help="GiB; without it there is no cap")
    parser.add_argument("--plans", nargs="*", default=["resident", "model", "block", "leaf", "sequential"])
    parser.add_argument("--plans-from", type=Path)
    parser.add_argument("--planned-only", action="store_true", help="of --plans-from, without the other ways")
    parser.add_argument("--text", action="store_true", help="with the text encoder at its true size")
    parser.add_argument("--autotuned", action="store_true", help="the compiler tries several kernels of each")
    parser.add_argument("--tiny", action="store_true", help="small models on the processor")
    options = parser.parse_args()

    if options.autotuned:
        from torch._inductor import config

        config.max_autotune = True
    kind = kind_of(options.model, options.tiny)
    device = "cpu" if options.tiny else "cuda"
    temporary = tempfile.TemporaryDirectory(prefix="reelwright-plans-")
    folder = Path(temporary.name)
    write_scheduler(folder, options.model)
    bench = Bench(kind, Models(kind, torch.device(device)), folder, options.steps, options.text)
    name = "processor" if options.tiny else torch.cuda.get_device_name()
    print(json.dumps({"model": options.model, "device": name, "torch": torch.__version__}), flush=True)
    if options.plans_from is not None:
        for text in options.plans_from.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if line.get("way") == "compiled" or (options.planned_only and line.get("way") == "other"):
                continue
            said = {key: line.get(key) for key in ("way", "predicted")}
            bench.run(line["name"], Plan.model_validate(line["plan"]), line.get("gib"), said)
        return
    # The first is what the others are compared with.
    for number, short in enumerate(options.plans):
        name = f"{short}, again" if short in options.plans[:number] else short
        name += ", autotuned" if options.autotuned else ""
        for cap in options.within or [None]:
            bench.run(name, named_plan(short, kind, device, cap), cap, {})


if __name__ == "__main__":
    main()
