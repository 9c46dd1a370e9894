"""Train the denoiser of both models at once: half of the samples see the first picture, half see zeros.

First single frames, four times cheaper, until settings, colours and toys appear; then whole clips. Can be cut
at any time and goes on from its state folder.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
from diffusers import AutoencoderKLCogVideoX, CogVideoXTransformer3DModel
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from .autoencoder import load_autoencoder
from .checkpoints import Progress, State, load_state, load_weights, save_state
from .denoiser import (
    LATENT_FRAMES,
    new_denoiser,
    new_scheduler,
    noise_and_velocity,
    set_latent_frames,
    with_picture,
)
from .gap import HeldOutProbe
from .latents import DRAWING, Batch, LatentStore
from .optimiser import GradientGuard, MuonAdam
from .prompts import PromptEncoder
from .schedule import Plan, average_decay
from .world.attributes import FRAMES

BACKENDS = {
    "math": SDPBackend.MATH,
    "flash": SDPBackend.FLASH_ATTENTION,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
    "cudnn": SDPBackend.CUDNN_ATTENTION,
}
SEED = 5_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vae", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--text-encoder", type=Path, required=True)
    parser.add_argument(
        "--state", type=Path, required=True, help="folder to save to, and to go on from if there"
    )
    parser.add_argument("--half-copy", type=Path, help="also save a smaller copy of the state here")
    parser.add_argument(
        "--start-from", type=Path, help="state or image-to-video denoiser whose weights a new run begins with"
    )
    parser.add_argument("--total", type=float, required=True, help="length of the whole run in seconds")
    parser.add_argument("--in-steps", action="store_true", help="--total counts steps")
    parser.add_argument(
        "--stop-after", type=float, default=float("inf"), help="end this call earlier (same unit)"
    )
    parser.add_argument("--singles", type=float, default=0.10, help="share of the run spent on single frames")
    parser.add_argument(
        "--batch", type=int, default=256, help="clips a step; single frames are four times as many"
    )
    parser.add_argument("--learning-rate", type=float, default=6e-3)
    parser.add_argument(
        "--adam", action="store_true", help="Adam for all weights instead of Muon for the matrices"
    )
    parser.add_argument(
        "--emphasis", type=float, default=3.0, help="extra weight of patches that the toy covers"
    )
    parser.add_argument(
        "--picture-share", type=float, default=0.5, help="share of samples that see the picture"
    )
    parser.add_argument("--prompt-dropout", type=float, default=0.10)
    parser.add_argument("--capacity", type=int, default=32768, help="clips kept on the device")
    parser.add_argument("--first-clips", type=int, default=8192, help="clips drawn before training on clips")
    parser.add_argument("--draw-every", type=int, default=24, help="steps between drawings of 64 new clips")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--attention", choices=BACKENDS, default="efficient", help="see check-gradients")
    parser.add_argument("--compile", action="store_true", help="compile the blocks; see check-gradients")
    parser.add_argument("--report-every", type=int, default=100)
    parser.add_argument("--save-every", type=float, default=60, help="seconds between saved states")
    parser.add_argument(
        "--abort-after", type=float, default=90, help="seconds in which prompts must show an effect"
    )


class Trainer:
    """The denoiser, its average and its optimiser, and one step of training."""

    def __init__(self, options: argparse.Namespace, plan: Plan) -> None:
        self.options, self.plan = options, plan
        self.device = torch.device(options.device)
        torch.manual_seed(SEED)
        self.model: CogVideoXTransformer3DModel = new_denoiser().to(self.device)
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        self.optimiser = MuonAdam(self.model.named_parameters(), use_muon=not options.adam)
        self.guard = GradientGuard(self.device)
        self.alphas = new_scheduler().alphas_cumprod.to(self.device).float()
        self.generator = torch.Generator(self.device)
        self.progress = Progress()
        self.average = [p.detach().clone() for p in self.parameters]
        if options.state.exists():
            self._restore(load_state(options.state, self.device))
        elif options.start_from:
            self.model.load_state_dict(load_weights(options.start_from))
            self.average = [p.detach().clone() for p in self.parameters]
        if options.compile:
            for block in self.model.transformer_blocks:
                block.compile(dynamic=False)

    def _restore(self, state: State) -> None:
        self.model.load_state_dict(state.average)
        self.average = [p.detach().clone() for p in self.parameters]
        self.model.load_state_dict(state.weights)
        self.optimiser.restore(state.optimiser)
        self.progress = state.progress

    def save(self) -> None:
        weights = {name: p.detach() for name, p in self.model.named_parameters()}
        average = dict(zip(weights, self.average, strict=True))
        state = State(weights, average, self.optimiser.state(), self.progress)
        save_state(self.options.state, state)
        if self.options.half_copy:
            save_state(self.options.half_copy, state, half=True)

    def loss(self, batch: Batch, nothing: Tensor) -> Tensor:
        options, count, device = self.options, len(batch.latents), self.device
        draw = self.generator
        stratified = torch.rand(1, generator=draw, device=device) + torch.arange(count, device=device) / count
        timestep = (stratified % 1 * 1000).long()
        noise = torch.randn(batch.latents.shape, generator=draw, device=device)
        noisy, velocity = noise_and_velocity(batch.latents, noise, self.alphas[timestep])
        if batch.latents.shape[1] == 1:
            picture = None
        else:
            seen = torch.rand(count, 1, 1, 1, generator=draw, device=device) < options.picture_share
            picture = batch.picture * seen
        dropped = torch.rand(count, 1, 1, generator=draw, device=device) < options.prompt_dropout
        text = torch.where(dropped, nothing.float(), batch.text)
        predicted = self.predict(with_picture(noisy, picture), text, timestep)
        weight = 1 + options.emphasis * batch.emphasis
        loss: Tensor = (weight * (predicted.float() - velocity) ** 2).mean() / weight.mean()
        return loss

    def predict(self, hidden: Tensor, text: Tensor, timestep: Tensor) -> Tensor:
        bf16 = torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda")
        with (
            bf16,
            sdpa_kernel(BACKENDS[self.options.attention] if self.device.type == "cuda" else SDPBackend.MATH),
        ):
            output: Tensor = self.model(
                hidden_states=hidden, encoder_hidden_states=text, timestep=timestep, return_dict=False
            )[0]
        return output

    def step(self, store: LatentStore, count: int) -> Tensor:
        self.generator.manual_seed(SEED + self.progress.step)
        loss = self.loss(store.sample(count, self.generator), store.nothing)
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        self.guard(self.parameters)
        self.optimiser.step(self.plan.rate(self.progress.step, self.progress.spent))
        decay = average_decay(self.progress.step)
        torch._foreach_lerp_(self.average, [p.detach() for p in self.parameters], 1 - decay)
        return loss.detach()


def run(options: argparse.Namespace) -> None:
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    cuda = options.device == "cuda"
    plan = Plan(options.total, options.in_steps, options.singles, options.learning_rate)
    trainer = Trainer(options, plan)
    vae = load_autoencoder(options.vae, options.device, torch.bfloat16 if cuda else torch.float32)
    prompts = PromptEncoder.load(options.tokenizer, options.text_encoder, options.device)
    ends_at = min(plan.total, trainer.progress.spent + options.stop_after)
    if plan.trains_singles(trainer.progress.spent):
        _train(trainer, vae, prompts, min(ends_at, plan.singles * plan.total), frames=1)
    if trainer.progress.spent < ends_at:
        _train(trainer, vae, prompts, ends_at, frames=FRAMES)
    trainer.save()
    print(f"state saved: {trainer.progress}", flush=True)


def _train(
    trainer: Trainer, vae: AutoencoderKLCogVideoX, prompts: PromptEncoder, ends_at: float, frames: int
) -> None:
    """One phase, until `ends_at` of the run is spent."""
    options, progress, began = trainer.options, trainer.progress, time.monotonic()
    single = frames == 1
    drawn = progress.single_drawings if single else progress.drawings
    first = -(-options.first_clips // DRAWING)
    seed = SEED + (1_000_000 if single else 0)
    store = LatentStore(vae, prompts, options.capacity, seed, frames, max(0, drawn - first))
    while store.filled < min(options.first_clips, options.capacity):
        store.draw()
    probe = HeldOutProbe(vae, prompts, trainer.alphas, frames)
    set_latent_frames(trainer.model, 1 if single else LATENT_FRAMES)
    count = options.batch * (4 if single else 1)
    _say(
        phase="singles" if single else "clips",
        clips=store.filled,
        seconds=time.monotonic() - began,
        batch=count,
    )
    losses: list[Tensor] = []
    last_report = last_save = phase_began = time.monotonic()
    spent_before = progress.spent
    while trainer.progress.spent < ends_at:
        if options.draw_every and trainer.progress.step % options.draw_every == options.draw_every - 1:
            store.draw()
            counted = {"single_drawings": store.drawings} if single else {"drawings": store.drawings}
            trainer.progress = replace(trainer.progress, **counted)
        losses.append(trainer.step(store, count))
        now, step = time.monotonic(), trainer.progress.step + 1
        spent = trainer.progress.spent + 1 if options.in_steps else spent_before + now - phase_began
        trainer.progress = replace(trainer.progress, step=step, spent=spent)
        if step % options.report_every == 0 or step in (1, 10):
            gap = probe(trainer.predict)
            largest, skipped = trainer.guard.report()
            now = time.monotonic()
            _say(
                step=step,
                spent=round(spent, 1),
                loss=round(torch.stack(losses).mean().item(), 4),
                largest_gradient=round(largest, 3),
                skipped=skipped,
                samples_a_second=round(len(losses) * count / (now - last_report)),
                rate=f"{trainer.plan.rate(step, spent):.1e}",
                **gap,
            )
            losses, last_report = [], now
            late = single and not options.in_steps and now - phase_began > options.abort_after
            if late and gap["t800"][1] < 1.1 * gap["t800"][0]:
                sys.exit("the prompts have no effect: stopping before more time is lost")
        if now - last_save > options.save_every:
            trainer.save()
            last_save = time.monotonic()
    store.close()


def _say(**facts: object) -> None:
    print(json.dumps(facts), flush=True)
