"""Carries out one order, phase by phase, and always answers with an outcome."""

from __future__ import annotations

import hashlib
import json
import time
import traceback
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from . import meter
from .checkpoints import PLAIN_WAY, Checkpoints, SavePace
from .contract import (
    Kept,
    KeptCheckpoint,
    KeptEmbeddings,
    KeptLatents,
    KeptNothing,
    Phase,
    PhasePeak,
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
from .decode import FrameCheck
from .failure import BadFrames, Cancelled, classify
from .families.cogvideox import CogVideoX, Conditioning, DenoiseState, PromptField
from .families.cogvideox_denoiser import prepare, prepared_as
from .families.cogvideox_load import check_folder, fingerprint, load_component
from .families.cogvideox_shape import shape_of
from .files import StorageError, discard
from .media.clip import ClipWriter, check_destination, is_clip_of, temporary_of
from .media.image import load_first_frame
from .media.poster import write_poster
from .media.record import Made
from .memory import let_go, read_device_memory, reusing_host_memory
from .placement import Component, Placement, Shelf
from .placement.card import Card, card_of
from .preview import Previews
from .preview.projection import read_projection
from .prompts import PromptCache
from .weights import read_json

if TYPE_CHECKING:
    import PIL.Image

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
Report = Callable[[Progress], None]

shelf = Shelf()
"""The components that this process keeps between renders."""


def order_fingerprint(order: RenderOrder, model: str) -> str:
    """Tells whether a checkpoint belongs to an order: same settings, same image, same model, same device and, where the
    plan is not exact, the same departures. What else a plan says, its precision among it, only rounds otherwise.
    """
    image = order.settings.image
    parts: dict[str, object] = {
        "settings": order.settings.model_dump(mode="json", exclude={"image"}),
        "image": None if image is None else hashlib.sha256(Path(image).read_bytes()).hexdigest(),
        "task": order.model.task,
        "model": model,
        "device": order.plan.device,
    }
    inexact = [order.plan.storage.transformer, order.plan.attention]
    if inexact != ["same", "sdpa"]:
        parts["inexact"] = inexact
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def way_of(plan: Plan) -> str:
    """What of a plan decides how the numbers in a checkpoint are rounded; PLAIN_WAY for the plain plan."""
    said = {
        "precision": "" if plan.precision == "float32" else plan.precision,
        "guidance": "" if plan.guidance == "batched" else plan.guidance,
        "compile": "compiled" if plan.compile else "",
        "encode": "" if plan.encode.slab_rows is None else f"{plan.encode.slab_rows} rows",
    }
    return ", ".join(part for part in said.values() if part) or PLAIN_WAY


class Render:
    """One order under way. `cancelled` is asked between steps, between batches and between tensors while loading."""

    def __init__(
        self,
        order: RenderOrder,
        shelf: Shelf,
        report: Report,
        cancelled: Callable[[], bool],
        card_of: Callable[[str], Card | None] = card_of,
    ) -> None:
        """`card_of` gives the device that the plan names."""
        self._order = order
        self._shelf = shelf
        self._report = report
        self._cancelled = cancelled
        self._out = Path(order.out)
        self._phase: Phase = "loading"
        self._begun = False
        self._step: int | None = None
        self._card_of = card_of
        self._placement: Placement | None = None
        self._replanned = False
        self._seconds: dict[Phase, float] = {}
        self._peaks: dict[Phase, PhasePeak] = {}
        self._phase_began = time.perf_counter()
        self._found: Kept = KeptNothing()
        self._kept: Kept = KeptNothing()

    def run(self) -> RenderOutcome:
        """Renders. Never raises for what goes wrong in a render."""
        reuse = reusing_host_memory() if self._order.plan.device == "cpu" else nullcontext()
        with reuse, torch.inference_mode():
            outcome = self._attempt(time.perf_counter())
        # The exception is gone, and with it the frames that held tensors.
        if isinstance(outcome, RenderFailed) and outcome.failure.cause != "driver-lost":
            if outcome.failure.cause in ("device-memory", "host-memory"):
                self._shelf.clear()
            let_go()
        return outcome

    def _attempt(self, began: float) -> RenderOutcome:
        try:
            return self._run(began)
        except Cancelled:
            return RenderCancelled(phase=self._phase, kept=self._kept)
        except Exception as error:  # noqa: BLE001  whatever it is, it becomes a typed failure
            phase = self._phase if self._begun else None
            measured = self._placement and self._placement.at_failure
            return RenderFailed(failure=classify(error, phase, measured or read_device_memory(), self._step))

    def _run(self, began: float) -> RenderDone:
        order, settings = self._order, self._order.settings
        folder = Path(order.model.folder)
        # What can be refused without loading anything is refused first.
        if not order.overwrite and is_clip_of(self._out, order.metadata):
            # An earlier try was cut between giving the clip its name and saying so.
            discard(temporary_of(self._out, order.job_id))
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
        store = Checkpoints(Path(order.folder), order_fingerprint(order, model), way_of(order.plan))
        latents = store.load_latents()
        conditioning = None if latents is not None else store.load_conditioning()
        state = None if latents is not None else store.load_state()
        self._found = self._kept = _kept(latents, conditioning, state)
        self._replanned = store.replanned
        self._check()

        self._enter("loading")
        plan, dtype = order.plan, _DTYPES[order.plan.precision]
        self._shelf.use(f"{model} {plan.device} {plan.precision} {prepared_as(plan)}")
        cache = None if order.cache is None else Path(order.cache)

        def load(name: Component) -> Any:
            component = load_component(name, folder, dtype, self._check)
            if name == "transformer":
                prepare(component, plan, cache)
            return component

        placement = self._placement = Placement(
            self._shelf, self._card_of(plan.device), plan.placements, load, self._spent_loading
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
                self._enter("denoising")
                latents = self._denoise(video, store, conditioning, state, previews)
            else:
                self._load(placement, "vae")
            self._enter("decoding")
            return self._decode(video, store, latents, began)
        finally:
            placement.close()

    def _load(self, placement: Placement, *names: Component) -> None:
        for name in names:
            placement.rest(name)
            self._check()

    def _spent_loading(self, seconds: float) -> None:
        """What was spent on bringing weights to the device counts as loading, whatever phase it was for."""
        self._seconds["loading"] = self._seconds.get("loading", 0.0) + seconds
        self._phase_began += seconds

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
            self._enter("encoding")
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

    def _denoise(
        self,
        video: CogVideoX,
        store: Checkpoints,
        conditioning: Conditioning,
        found: DenoiseState | None,
        previews: Previews | None,
    ) -> torch.Tensor:
        steps = self._order.settings.steps
        pace = SavePace(self._order.plan.checkpoint_every_steps)
        state = video.begin(conditioning) if found is None else found
        sound, saved, missed = state, state.step, False
        began = time.perf_counter()
        try:
            with closing(video.denoise(conditioning, state, self._enter_step)) as states:
                for state, clean in states:
                    if not bool(torch.isfinite(state.latents).all()):
                        raise BadFrames("nan", f"Step {state.step} gave values that are not numbers.")
                    sound = state
                    now = time.perf_counter()
                    pace.stepped(now - began)
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
                    if stop or pace.is_due:
                        try:
                            pace.saved(self._save(store, state))
                            saved, missed = state.step, False
                        except StorageError:
                            # Somebody may look at the file, the disk be full for a moment: after the next step again.
                            if stop or missed:
                                raise
                            missed = True
                            traceback.print_exc()
                    if stop:
                        raise Cancelled
                    began = time.perf_counter()
        except (BadFrames, StorageError, Cancelled):
            raise
        except Exception:
            if saved < sound.step < steps:
                # What was calculated is still there. That it can be saved is hoped, not needed.
                with suppress(Exception):
                    self._save(store, sound)
            raise
        if previews is not None:
            previews.close()
        store.save_latents(state.latents)
        self._saved(KeptLatents())
        return state.latents

    def _save(self, store: Checkpoints, state: DenoiseState) -> float:
        """Keeps the state; the seconds that it took."""
        began = time.perf_counter()
        store.save_state(state)
        self._saved(KeptCheckpoint(step=state.step))
        return time.perf_counter() - began

    def _decode(
        self, video: CogVideoX, store: Checkpoints, latents: torch.Tensor, began: float
    ) -> RenderDone:
        order, settings = self._order, self._order.settings
        check = FrameCheck(accept=order.accept_frames or _decodes_as_library(order.plan))
        of = video.batches()
        writer = ClipWriter(
            self._out, order.job_id, settings.width, settings.height, settings.fps, order.metadata
        )
        with writer, closing(video.decode(latents, self._enter_step)) as batches:
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
            self._step = None
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
            phase_peaks=self._peaks,
            kept=self._found,
            replanned=self._replanned,
        )

    def _enter(self, phase: Phase) -> None:
        self._leave()
        self._phase, self._begun, self._step = phase, True, None
        self._phase_began = time.perf_counter()
        meter.begin()
        self._report(PhaseProgress(job_id=self._order.job_id, phase=phase, kept=self._found))

    def _enter_step(self, step: int) -> None:
        self._step = step

    def _leave(self) -> None:
        now = time.perf_counter()
        self._seconds[self._phase] = self._seconds.get(self._phase, 0.0) + now - self._phase_began
        self._phase_began = now
        if self._begun:
            self._peaks[self._phase] = meter.peak()

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
