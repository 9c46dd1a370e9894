"""Carries out one order, phase by phase, and always answers with an outcome."""

from __future__ import annotations

import hashlib
import json
import time
import traceback
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path

import torch

from .checkpoints import Checkpoints
from .contract import (
    Kept,
    KeptCheckpoint,
    KeptEmbeddings,
    KeptLatents,
    KeptNothing,
    Phase,
    PhaseProgress,
    Progress,
    PromptCutProgress,
    RenderCancelled,
    RenderDone,
    RenderFailed,
    RenderOrder,
    RenderOutcome,
    SavedProgress,
    StepProgress,
)
from .decode import FrameCheck
from .failure import BadFrames, Cancelled, classify
from .families.cogvideox import CogVideoX, Conditioning, DenoiseState, PromptField
from .families.cogvideox_load import check_folder, fingerprint, load_component
from .families.cogvideox_shape import shape_of
from .media.clip import ClipWriter, check_destination, is_clip_of, temporary_of
from .media.image import load_first_frame
from .media.poster import write_poster
from .media.record import Made
from .memory import read_device_memory, reusing_host_memory
from .placement import Component, Placement, Shelf
from .preview import Previews
from .preview.projection import read_projection
from .weights import read_json

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
Report = Callable[[Progress], None]

shelf = Shelf()
"""The components that this process keeps between renders."""


def order_fingerprint(order: RenderOrder, model: str) -> str:
    """Tells whether a checkpoint belongs to an order: same settings, same image, same model, same device and
    precision. How often to save does not matter."""
    image = order.settings.image
    parts = {
        "settings": order.settings.model_dump(mode="json", exclude={"image"}),
        "image": None if image is None else hashlib.sha256(Path(image).read_bytes()).hexdigest(),
        "task": order.model.task,
        "model": model,
        "device": order.plan.device,
        "precision": order.plan.precision,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Render:
    """One order under way. `cancelled` is asked between steps, between batches and between tensors while loading."""

    def __init__(
        self, order: RenderOrder, shelf: Shelf, report: Report, cancelled: Callable[[], bool]
    ) -> None:
        self._order = order
        self._shelf = shelf
        self._report = report
        self._cancelled = cancelled
        self._out = Path(order.out)
        self._phase: Phase = "loading"
        self._begun = False
        self._seconds: dict[Phase, float] = {}
        self._phase_began = time.perf_counter()
        self._found: Kept = KeptNothing()
        self._kept: Kept = KeptNothing()

    def run(self) -> RenderOutcome:
        """Renders. Never raises for what goes wrong in a render."""
        began = time.perf_counter()
        try:
            reuse = reusing_host_memory() if self._order.plan.device == "cpu" else nullcontext()
            with reuse, torch.inference_mode():
                return self._run(began)
        except Cancelled:
            return RenderCancelled(phase=self._phase, kept=self._kept)
        except Exception as error:  # noqa: BLE001  whatever it is, it becomes a typed failure
            failure = classify(error, self._phase if self._begun else None, read_device_memory())
            if failure.cause in ("device-memory", "host-memory", "driver-lost"):
                self._shelf.clear()
            return RenderFailed(failure=failure)

    def _run(self, began: float) -> RenderDone:
        order, settings = self._order, self._order.settings
        folder = Path(order.model.folder)
        # What can be refused without loading anything is refused first.
        if not order.overwrite and is_clip_of(self._out, order.metadata):
            # An earlier try was cut between giving the clip its name and saying so.
            temporary_of(self._out, order.job_id).unlink(missing_ok=True)
            self._found = KeptLatents()
            self._poster()
            return self._done(began, self._out.stat().st_size)
        check_destination(self._out, order.job_id, order.overwrite)
        check_folder(folder, order.model.task)
        configs = [read_json(folder / name / "config.json") for name in ("transformer", "vae")]
        shape = shape_of(configs[0], configs[1], order.model.task, settings)
        image = None
        if settings.image is not None:
            image = load_first_frame(Path(settings.image), settings.width, settings.height)
        model = fingerprint(folder)
        store = Checkpoints(Path(order.folder), order_fingerprint(order, model))
        latents = store.load_latents()
        conditioning = None if latents is not None else store.load_conditioning()
        state = None if conditioning is None else store.load_state()
        self._found = self._kept = _kept(latents, conditioning, state)
        self._check()

        self._enter("loading")
        dtype = _DTYPES[order.plan.precision]
        self._shelf.use(f"{model} {order.plan.device} {order.plan.precision}")
        placement = Placement(
            self._shelf,
            torch.device(order.plan.device),
            lambda name: load_component(name, folder, dtype, self._check),
        )
        needed: list[Component] = ["vae"]
        if latents is None:
            needed.append("transformer")
            if conditioning is None:
                needed += ["tokenizer", "text_encoder"]
        for name in needed:
            placement.rest(name)
            self._check()
        video = CogVideoX(folder, shape, settings, placement, dtype)

        if latents is None:
            if conditioning is None:
                self._enter("encoding")
                conditioning = video.encode(image, self._cut)
                store.save_conditioning(conditioning)
                self._saved(KeptEmbeddings())
                self._check()
            previews = self._previews(video, placement.device, shape.latents[2])
            self._enter("denoising")
            latents = self._denoise(video, store, conditioning, state, previews)
        self._enter("decoding")
        return self._decode(video, store, latents, began)

    def _previews(self, video: CogVideoX, device: torch.device, channels: int) -> Previews | None:
        """The previews, where they are wanted and the model's latents can be projected."""
        order = self._order
        if not order.preview:
            return None
        try:
            projection = self._shelf.get(
                "projection",
                lambda: read_projection(Path(order.model.folder), channels) or video.projection(),
            )
            return Previews(order.job_id, order.settings.steps, projection, device, self._report)
        except Exception:  # noqa: BLE001  a render goes on without previews
            traceback.print_exc()
            return None

    def _denoise(
        self,
        video: CogVideoX,
        store: Checkpoints,
        conditioning: Conditioning,
        found: DenoiseState | None,
        previews: Previews | None,
    ) -> torch.Tensor:
        steps, every = self._order.settings.steps, self._order.plan.checkpoint_every_steps
        state = video.begin(conditioning) if found is None else found
        began = time.perf_counter()
        with closing(video.denoise(conditioning, state)) as states:
            for state, clean in states:
                if not bool(torch.isfinite(state.latents).all()):
                    raise BadFrames("nan", f"Step {state.step} gave values that are not numbers.")
                now = time.perf_counter()
                self._report(
                    StepProgress(
                        job_id=self._order.job_id,
                        phase="denoising",
                        step=state.step,
                        of=steps,
                        seconds=now - began,
                    )
                )
                if previews is not None:
                    previews.show(state.step, now - began, clean)
                if state.step == steps:
                    continue  # the final latents are saved instead
                stop = self._cancelled()
                if stop or state.step % every == 0:
                    store.save_state(state)
                    self._saved(KeptCheckpoint(step=state.step))
                if stop:
                    raise Cancelled
                began = time.perf_counter()
        if previews is not None:
            previews.close()
        store.save_latents(state.latents)
        self._saved(KeptLatents())
        return state.latents

    def _decode(
        self, video: CogVideoX, store: Checkpoints, latents: torch.Tensor, began: float
    ) -> RenderDone:
        order, settings = self._order, self._order.settings
        check = FrameCheck()
        of = video.batches()
        writer = ClipWriter(
            self._out, order.job_id, settings.width, settings.height, settings.fps, order.metadata
        )
        with writer, closing(video.decode(latents)) as batches:
            batch_began = time.perf_counter()
            self._check()
            for number, batch in enumerate(batches, start=1):
                writer.write(check.pictures(batch))
                now = time.perf_counter()
                self._report(
                    StepProgress(
                        job_id=order.job_id, phase="decoding", step=number, of=of, seconds=now - batch_began
                    )
                )
                self._check()
                batch_began = now
            check.close()
            self._enter("finishing")
            size = writer.finish(order.overwrite, self._made(began))
        store.clear()
        self._poster()
        self._leave()
        return self._done(began, size)

    def _made(self, began: float) -> Made:
        """What the clip says of its making. Its last moments, in which this is written, are not in it."""
        self._leave()
        return {
            "createdAt": int(time.time() * 1000),
            "seconds": round(time.perf_counter() - began, 3),
            "phaseSeconds": {phase: round(seconds, 3) for phase, seconds in self._seconds.items()},
        }

    def _poster(self) -> None:
        """A still of the clip. Without it the clip is as good."""
        if self._order.poster is None:
            return
        try:
            write_poster(self._out, Path(self._order.poster))
        except Exception:  # noqa: BLE001  the studio's log has it
            traceback.print_exc()

    def _done(self, began: float, size: int) -> RenderDone:
        settings = self._order.settings
        return RenderDone(
            file=str(self._out),
            bytes=size,
            width=settings.width,
            height=settings.height,
            frames=settings.frames,
            fps=settings.fps,
            seed=settings.seed,
            seconds=time.perf_counter() - began,
            phase_seconds=self._seconds,
            phase_peaks={},
            kept=self._found,
            replanned=False,
        )

    def _enter(self, phase: Phase) -> None:
        self._leave()
        self._phase, self._begun = phase, True
        self._phase_began = time.perf_counter()
        self._report(PhaseProgress(job_id=self._order.job_id, phase=phase, kept=self._found))

    def _leave(self) -> None:
        now = time.perf_counter()
        self._seconds[self._phase] = self._seconds.get(self._phase, 0.0) + now - self._phase_began
        self._phase_began = now

    def _saved(self, kept: Kept) -> None:
        self._kept = kept
        self._report(SavedProgress(job_id=self._order.job_id, kept=kept))

    def _cut(self, field: PromptField, limit: int, words: str) -> None:
        self._report(PromptCutProgress(job_id=self._order.job_id, field=field, limit=limit, cut=words))

    def _check(self) -> None:
        if self._cancelled():
            raise Cancelled


def _kept(
    latents: torch.Tensor | None, conditioning: Conditioning | None, state: DenoiseState | None
) -> Kept:
    if latents is not None:
        return KeptLatents()
    if conditioning is None:
        return KeptNothing()
    return KeptEmbeddings() if state is None else KeptCheckpoint(step=state.step)
