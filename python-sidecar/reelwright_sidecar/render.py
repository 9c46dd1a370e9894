"""Carries out one order, phase by phase, and always answers with an outcome."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from .checkpoints import Checkpoints, order_fingerprint, way_of
from .contract import (
    Kept,
    KeptCheckpoint,
    KeptEmbeddings,
    KeptLatents,
    KeptNothing,
    Phase,
    PhaseProgress,
    Plan,
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
from .decode.check import FrameCheck
from .denoising import Denoising
from .failure import Cancelled, classify
from .families.cogvideox import CogVideoX, Conditioning, DenoiseState, PromptField
from .families.cogvideox_denoiser import prepare, prepared_as, seconds_compiling
from .families.cogvideox_load import check_folder, fingerprint, load_component
from .families.cogvideox_shape import shape_of
from .files import discard
from .media.clip import ClipWriter, check_destination, is_clip_of, temporary_of
from .media.image import load_first_frame
from .media.poster import write_poster
from .media.record import Made
from .memory import let_go, read_device_memory, reusing_host_memory
from .phases import Phases
from .placement import Component, Placement, Shelf
from .placement.card import Card, card_of
from .preview import Previews
from .preview.frames import FramePreviews
from .preview.projection import read_projection
from .prompts import PromptCache
from .weights import read_json

if TYPE_CHECKING:
    import PIL.Image

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

shelf = Shelf()
"""The components that this process keeps between renders."""


class Render:
    """One order under way. `cancelled` is asked between steps, between batches and between tensors while loading."""

    def __init__(
        self,
        order: RenderOrder,
        shelf: Shelf,
        report: Callable[[Progress], None],
        cancelled: Callable[[], bool],
        card_of: Callable[[str], Card | None] = card_of,
    ) -> None:
        """`card_of` gives the device that the plan names."""
        self._order = order
        self._shelf = shelf
        self._report = report
        self._cancelled = cancelled
        self._out = Path(order.out)
        self._card_of = card_of
        self._phases = Phases(self._entered)
        self._placement: Placement | None = None
        self._replanned = False
        self._compiling: float | None = None
        self._found: Kept = KeptNothing()
        self._kept: Kept = KeptNothing()

    def run(self) -> RenderOutcome:
        """Renders. Never raises for what goes wrong in a render."""
        reuse = reusing_host_memory() if self._order.plan.device == "cpu" else nullcontext()
        with reuse, torch.inference_mode():
            outcome = self._attempt()
        # The exception is gone, and with it the frames that held tensors.
        if isinstance(outcome, RenderFailed) and outcome.failure.cause != "driver-lost":
            if outcome.failure.cause in ("device-memory", "host-memory"):
                self._shelf.clear()
            let_go()
        return outcome

    def _attempt(self) -> RenderOutcome:
        try:
            return self._run()
        except Cancelled:
            return RenderCancelled(phase=self._phases.now or "loading", kept=self._kept)
        except Exception as error:  # noqa: BLE001  whatever it is, it becomes a typed failure
            at = self._phases
            measured = self._placement and self._placement.at_failure
            return RenderFailed(failure=classify(error, at.now, measured or read_device_memory(), at.step))

    def _run(self) -> RenderDone:
        order, settings = self._order, self._order.settings
        folder = Path(order.model.folder)
        # What can be refused without loading anything is refused first.
        if not order.overwrite and is_clip_of(self._out, order.metadata):
            # An earlier try was cut between giving the clip its name and saying so.
            discard(temporary_of(self._out, order.job_id))
            self._found = KeptLatents()
            self._poster()
            return self._done(self._out.stat().st_size)
        check_destination(self._out, order.job_id, order.overwrite)
        check_folder(folder, order.model.task)
        configs = [read_json(folder / name / "config.json") for name in ("transformer", "vae")]
        shape = shape_of(configs[0], configs[1], order.model.task, settings)
        image = None
        if settings.image is not None:
            image = load_first_frame(Path(settings.image), settings.width, settings.height)
        model = fingerprint(folder)
        store = Checkpoints(Path(order.folder), order_fingerprint(order, model), way_of(order.plan))
        latents = store.load_latents()
        conditioning = None if latents is not None else store.load_conditioning()
        state = None if latents is not None else store.load_state()
        self._found = self._kept = _kept(latents, conditioning, state)
        self._replanned = store.replanned
        self._check()

        self._phases.enter("loading")
        plan, dtype = order.plan, _DTYPES[order.plan.precision]
        self._shelf.use(f"{model} {plan.device} {plan.precision} {prepared_as(plan)}")
        cache = None if order.cache is None else Path(order.cache)

        def load(name: Component) -> Any:
            component = load_component(name, folder, dtype, self._check)
            if name == "transformer":
                prepare(component, plan, cache)
            return component

        placement = self._placement = Placement(
            self._shelf, self._card_of(plan.device), plan.placements, load, self._phases.spent_loading
        )
        if plan.device == "cuda":
            torch.cuda.set_per_process_memory_fraction(plan.reserve_fraction or 1.0)
        try:
            video = CogVideoX(folder, shape, settings, placement, plan, dtype)
            if latents is None:
                if conditioning is None:
                    prompts = self._prompt_cache(folder, cache, shape.tokens)
                    # Beside a state only the file was damaged: the same seed gives the same again.
                    conditioning = self._encode(video, placement, prompts, image)
                    store.save_conditioning(conditioning)
                    self._saved(KeptEmbeddings() if state is None else KeptCheckpoint(step=state.step))
                    self._check()
                self._load(placement, "transformer", "vae")
                previews = self._previews(video, placement.device, shape.latents[2])
                denoising = Denoising(order, store, previews, self._report, self._saved, self._cancelled)
                self._phases.enter("denoising")
                start = video.begin(conditioning) if state is None else state
                before = seconds_compiling()
                latents = denoising.run(start, video.denoise(conditioning, start, self._phases.enter_step))
                self._compiling = seconds_compiling() - before if plan.compile else None
            else:
                self._load(placement, "vae")
            self._phases.enter("decoding")
            return self._decode(video, store, latents)
        finally:
            placement.close()

    def _load(self, placement: Placement, *names: Component) -> None:
        for name in names:
            placement.rest(name)
            self._check()

    def _prompt_cache(self, folder: Path, cache: Path | None, tokens: int) -> PromptCache:
        plan = self._order.plan
        encoder = {
            "model": fingerprint(folder, "text_encoder", "tokenizer"),
            "tokens": tokens,
            "precision": plan.precision,
            "device": plan.device,
            "torch": torch.__version__,
        }
        return PromptCache(None if cache is None else cache / "prompts", encoder)

    def _encode(
        self, video: CogVideoX, placement: Placement, prompts: PromptCache, image: PIL.Image.Image | None
    ) -> Conditioning:
        """With what other renders have encoded; if that is all there is to it, no such phase is shown."""
        texts = {text for _, text in video.texts()}
        known = {text: found for text in texts if (found := prompts.find(text)) is not None}
        if len(known) < len(texts):
            self._load(placement, "tokenizer", "text_encoder")
        if image is not None:
            self._load(placement, "vae")
        if len(known) < len(texts) or image is not None:
            self._phases.enter("encoding")
        return video.encode(image, known, prompts.keep, self._cut)

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

    def _decode(self, video: CogVideoX, store: Checkpoints, latents: torch.Tensor) -> RenderDone:
        order, settings = self._order, self._order.settings
        check = FrameCheck(accept=order.accept_frames or _decodes_as_library(order.plan))
        of = video.batches()
        previews = FramePreviews(order.job_id, of, settings, self._report) if order.preview else None
        writer = ClipWriter(
            self._out, order.job_id, settings.width, settings.height, settings.fps, order.metadata
        )
        with writer, closing(video.decode(latents, self._phases.enter_step)) as batches:
            batch_began = time.perf_counter()
            self._check()
            for number, batch in enumerate(batches, start=1):
                writer.write(check.pictures(batch))
                if previews is not None:
                    previews.show(number, batch)
                now = time.perf_counter()
                self._report(
                    StepProgress(
                        job_id=order.job_id, phase="decoding", step=number, of=of, seconds=now - batch_began
                    )
                )
                self._check()
                batch_began = now
            self._phases.step = None
            check.close()
            self._phases.enter("finishing")
            size = writer.finish(order.overwrite, self._made())
        store.clear()
        self._poster()
        self._phases.settle()
        return self._done(size)

    def _made(self) -> Made:
        """What the clip says of its making. Its last moments, in which this is written, are not in it."""
        self._phases.settle()
        return {
            "createdAt": int(time.time() * 1000),
            "seconds": round(self._phases.all_seconds, 3),
            "phaseSeconds": {phase: round(seconds, 3) for phase, seconds in self._phases.seconds.items()},
        }

    def _poster(self) -> None:
        """A still of the clip. Without it the clip is as good."""
        if self._order.poster is None:
            return
        try:
            write_poster(self._out, Path(self._order.poster))
        except Exception:  # noqa: BLE001  the studio's log has it
            traceback.print_exc()

    def _done(self, size: int) -> RenderDone:
        settings = self._order.settings
        return RenderDone(
            file=str(self._out),
            bytes=size,
            width=settings.width,
            height=settings.height,
            frames=settings.frames,
            fps=settings.fps,
            seed=settings.seed,
            seconds=self._phases.all_seconds,
            phase_seconds=self._phases.seconds,
            phase_peaks=self._phases.peaks,
            compile_seconds=self._compiling,
            kept=self._found,
            replanned=self._replanned,
        )

    def _entered(self, phase: Phase) -> None:
        self._report(PhaseProgress(job_id=self._order.job_id, phase=phase, kept=self._found))

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
    if state is not None:
        return KeptCheckpoint(step=state.step)
    return KeptNothing() if conditioning is None else KeptEmbeddings()


def _decodes_as_library(plan: Plan) -> bool:
    """Whether frames are the library's to the bit: what they show is in the picture, and no decode is better."""
    return plan.device == "cpu" and plan.decode.slab_rows is None
