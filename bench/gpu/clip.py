"""One clip, made in one way by a process of its own, which says on standard output how far it is: one JSON line for
each moment, the last one with what it took. Started by official.py and loading.py.

    python bench/gpu/clip.py ORDER.json
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

BEGAN = time.time()


def tell(moment: str, **more: Any) -> None:
    """One line."""
    print(json.dumps({"moment": moment, "at": round(time.time(), 4), **more}), flush=True)


def reserved_gib() -> float | None:
    """The most that torch has had of the card so far; None without one."""
    import torch

    return round(torch.cuda.max_memory_reserved() / 2**30, 3) if torch.cuda.is_available() else None


def official(order: dict[str, Any]) -> None:
    """As the library's documentation has it for cards with little memory."""
    import torch
    from diffusers import CogVideoXDPMScheduler, CogVideoXImageToVideoPipeline, CogVideoXPipeline
    from measure import cap_at
    from PIL import Image

    settings, on_card = order["settings"], order["device"] == "cuda"
    tell("imported")
    cap_at(order["cap_gib"])
    build = CogVideoXPipeline if settings["image"] is None else CogVideoXImageToVideoPipeline
    pipe = build.from_pretrained(order["model"], dtype=getattr(torch, order["precision"]))
    pipe.scheduler = CogVideoXDPMScheduler.from_config(pipe.scheduler.config)
    pipe.set_progress_bar_config(disable=True)
    tell("loaded")
    if on_card and order["way"] == "sequential":
        pipe.enable_sequential_cpu_offload()
    elif on_card and order["way"] == "model":
        pipe.enable_model_cpu_offload()
    elif on_card:
        pipe.to("cuda")
    pipe.vae.enable_slicing()
    pipe.vae.enable_tiling()
    peaks: dict[str, Any] = {}
    decode = pipe.decode_latents

    def leave(phase: str) -> None:
        if on_card:
            torch.cuda.synchronize()
            peaks[phase] = (torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved())
            torch.cuda.reset_peak_memory_stats()

    def stepped(_pipe: Any, step: int, _time: Any, values: dict[str, Any]) -> dict[str, Any]:
        reserved = reserved_gib()
        if step == 0:
            leave("encoding and first step")
        elif on_card:
            torch.cuda.synchronize()
        tell("step", step=step + 1, reserved_gib=reserved)
        return values

    def decoded(latents: Any) -> Any:
        leave("denoising")
        torch.save(latents.cpu(), Path(order["folder"]) / "latents.pt")
        tell("decoding")
        return decode(latents)

    pipe.decode_latents = decoded
    given = {} if settings["image"] is None else {"image": Image.open(settings["image"]).convert("RGB")}
    frames = pipe(
        prompt=settings["prompt"],
        negative_prompt=settings["negativePrompt"],
        width=settings["width"],
        height=settings["height"],
        num_frames=settings["frames"],
        num_inference_steps=settings["steps"],
        guidance_scale=settings["guidance"],
        generator=torch.Generator("cpu").manual_seed(settings["seed"]),
        max_sequence_length=order["tokens"],
        callback_on_step_end=stepped,
        output_type="pt",
        **given,
    ).frames[0]
    leave("decoding")
    tell("done", peaks=peaks)
    torch.save(frames.float().cpu() * 2 - 1, Path(order["folder"]) / "frames.pt")


def ours(order: dict[str, Any]) -> None:
    """As the worker does it."""
    import surroundings  # noqa: F401
    import torch
    from measure import cap_at

    from reelwright_sidecar import render
    from reelwright_sidecar.checkpoints import Checkpoints
    from reelwright_sidecar.contract import Progress, RenderOrder
    from reelwright_sidecar.families import cogvideox_load
    from reelwright_sidecar.families.cogvideox import CogVideoX
    from reelwright_sidecar.placement import Shelf
    from reelwright_sidecar.placement.card import CudaCard

    tell("imported")
    cap_at(order["cap_gib"])
    folder = Path(order["folder"])
    kept: list[torch.Tensor] = []
    decode, save = CogVideoX.decode, Checkpoints.save_latents

    def decoded(
        video: CogVideoX, latents: torch.Tensor, begun: Callable[[int], None]
    ) -> Generator[torch.Tensor, None, None]:
        for batch in decode(video, latents, begun):
            kept.append(batch.float().cpu())
            yield batch

    def saved(store: Checkpoints, latents: torch.Tensor) -> None:
        torch.save(latents.cpu(), folder / "latents.pt")
        save(store, latents)

    spent: dict[str, float] = {}

    def timed(owner: Any, name: str, what: str) -> Callable[..., Any]:
        inner = getattr(owner, name)

        def outer(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return inner(*given, **named)
            finally:
                spent[what] = round(spent.get(what, 0.0) + time.perf_counter() - began, 3)

        return outer

    for owner, name, watched in (
        (CogVideoX, "decode", decoded),
        (Checkpoints, "save_latents", saved),
        (cogvideox_load, "load_module", timed(cogvideox_load, "load_module", "reading")),
        (CudaCard, "lock", timed(CudaCard, "lock", "locking")),
        (CudaCard, "lock_mapped", timed(CudaCard, "lock_mapped", "locking")),
        (CudaCard, "bring", timed(CudaCard, "bring", "bringing")),
    ):
        setattr(owner, name, watched)

    def report(progress: Progress) -> None:
        if progress.type == "phase":
            tell(progress.phase)
        elif progress.type == "step" and progress.phase == "denoising":
            tell("step", step=progress.step, spent=spent, reserved_gib=reserved_gib())

    told = RenderOrder.model_validate(
        {
            **{"jobId": "bench", "folder": str(folder), "cache": None, "settings": order["settings"]},
            "model": {"folder": order["model"], "family": "cogvideox", "task": order["task"]},
            **{"plan": order["plan"], "out": str(folder / "clip.mp4"), "overwrite": True, "metadata": "{}"},
            **{"poster": None, "preview": False, "acceptFrames": True},
        }
    )
    outcome = render.Render(told, Shelf(), report, lambda: False).run()
    if outcome.kind != "done":
        raise RuntimeError(str(outcome.failure.detail)[-1500:] if outcome.kind == "failed" else outcome.kind)
    peaks = {
        phase: (peak.allocated_bytes, peak.reserved_bytes) for phase, peak in outcome.phase_peaks.items()
    }
    tell("done", peaks=peaks, phase_seconds=outcome.phase_seconds)
    torch.save(torch.cat(kept), folder / "frames.pt")


def main() -> None:
    """Makes the clip."""
    order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    tell("started", began=BEGAN)
    make: Callable[[dict[str, Any]], None] = ours if order["way"] in ("ours", "compiled") else official
    try:
        make(order)
    except Exception as error:  # noqa: BLE001  told, not raised: the next way has its turn
        traceback.print_exc()
        tell("failed", reason=f"{type(error).__name__}: {error}".splitlines()[-1][:300])


if __name__ == "__main__":
    main()
