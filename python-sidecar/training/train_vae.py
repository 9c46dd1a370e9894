"""Train the small VAE on crops around the toys, then on whole pictures; ends with its scale folded in (scale-vae).

Weights and activations are bfloat16 on the GPU, with a float32 copy of the weights for the optimiser.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import torch
from diffusers import AutoencoderKLCogVideoX
from torch import Tensor, nn
from torch.nn import functional

from .autoencoder import decode, encode, load_autoencoder
from .denoiser import LATENT_CHANNELS
from .world.attributes import FRAMES, HEIGHT, WIDTH
from .world.motion import MOMENTS, trajectory
from .world.parameters import sample_held_out_parameters, sample_parameters, to_device
from .world.render import render

SEED = 1_000
DRAWING = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start-from", type=Path, help="folder of a VAE to go on from")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=16, help="crops a step")
    parser.add_argument("--crop", type=int, default=128)
    parser.add_argument("--pool", type=int, default=128, help="clips kept on the device")
    parser.add_argument("--learning-rate", type=float, default=1.5e-3)
    parser.add_argument("--emphasis", type=float, default=3.0, help="extra weight of the toy and its edge")
    parser.add_argument("--kl", type=float, default=2e-4)
    parser.add_argument("--whole", type=float, default=0.25, help="last share of the run, on whole pictures")
    parser.add_argument("--device", default="cuda")


def new_autoencoder() -> AutoencoderKLCogVideoX:
    """4.8 million parameters. The width of the decoder's second block decides the time on a CPU."""
    return AutoencoderKLCogVideoX(
        block_out_channels=(32, 32, 64, 96),
        latent_channels=LATENT_CHANNELS,
        layers_per_block=1,
        norm_num_groups=8,
        sample_height=HEIGHT,
        sample_width=WIDTH,
        scaling_factor=1.0,
        temporal_compression_ratio=4,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


class Pool:
    """The newest clips: pixels in -1..1 with the mask as a fourth channel [n, 4, t, h, w], and where each toy is."""

    def __init__(self, clips: int, device: torch.device, dtype: torch.dtype) -> None:
        self._device, self._dtype, self._seed, self._next = device, dtype, SEED, 0
        drawn = [self._draw() for _ in range(max(1, clips // DRAWING))]
        self.pixels = torch.cat([pixels for pixels, _ in drawn])
        self._centres = torch.cat([centres for _, centres in drawn])

    @torch.no_grad()
    def _draw(self) -> tuple[Tensor, Tensor]:
        parameters = sample_parameters(DRAWING, self._seed)
        self._seed += 1
        clips, mask = render(parameters, self._device, chunk=DRAWING)
        wide = functional.max_pool2d(mask, 9, 1, 4)[:, None]
        path = trajectory(to_device(parameters, self._device), MOMENTS.to(self._device))
        pixels = torch.cat([clips.permute(0, 2, 1, 3, 4) * 2 - 1, wide], 1)
        return pixels.to(self._dtype), torch.stack([path.x, path.y], -1).cpu()

    def renew(self) -> None:
        pixels, centres = self._draw()
        self.pixels[self._next : self._next + DRAWING] = pixels
        self._centres[self._next : self._next + DRAWING] = centres
        self._next = (self._next + DRAWING) % len(self.pixels)

    def crops(self, count: int, size: int) -> Tensor:
        """Most around a toy at some moment, a few anywhere."""
        rows = torch.randint(0, len(self.pixels), (count,))
        near = self._centres[rows, torch.randint(0, FRAMES, (count,))] * HEIGHT
        near = near + (torch.rand(count, 2) - 0.5) * size * 0.7 - size / 2
        room = torch.tensor([WIDTH - size, HEIGHT - size])
        corner = torch.where(torch.rand(count, 1) < 0.15, torch.rand(count, 2) * room, near)
        corner = (torch.minimum(corner.clamp(min=0), room) / 8).long() * 8
        return torch.stack(
            [
                self.pixels[row, :, :, y : y + size, x : x + size]
                for row, (x, y) in zip(rows.tolist(), corner.tolist(), strict=True)
            ]
        )

    def whole(self, count: int) -> Tensor:
        return self.pixels[torch.randint(0, len(self.pixels), (count,))]


def reconstruction_loss(
    vae: AutoencoderKLCogVideoX, pixels: Tensor, emphasis: float, kl_weight: float
) -> Tensor:
    """Pixels with their mask [n, 4, t, h, w]: absolute and squared error, edges, changes, and coarse colour."""
    clip, mask = pixels[:, :3], pixels[:, 3:].float()
    weight = 1 + emphasis * mask
    weight = weight / weight.mean()
    posterior = vae.encode(clip).latent_dist
    mean, log_variance = posterior.mean.float(), posterior.logvar.float().clamp(-30, 20)
    latents = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
    error = (vae.decode(latents.to(clip.dtype)).sample - clip).float()
    across = error.diff(dim=-1).abs() * torch.maximum(weight[..., 1:], weight[..., :-1])
    down = error.diff(dim=-2).abs() * torch.maximum(weight[..., 1:, :], weight[..., :-1, :])
    loss = (error.abs() * weight).mean() + 0.6 * (across.mean() + down.mean()) + error.square().mean()
    loss = loss + 0.5 * functional.avg_pool3d(error, (1, 4, 4)).abs().mean()
    if error.shape[2] > 1:
        loss = loss + 0.2 * error.diff(dim=2).abs().mean()
    kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).mean()
    centred: Tensor = loss + kl_weight * kl + 3e-3 * mean.mean((0, 2, 3, 4)).square().sum()
    return centred


def run(options: argparse.Namespace) -> None:
    torch.manual_seed(0)
    device = torch.device(options.device)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    master = (
        load_autoencoder(options.start_from, device) if options.start_from else new_autoencoder().to(device)
    )
    master.requires_grad_(True).train()
    working = new_autoencoder().to(device, dtype)
    working.register_to_config(scaling_factor=master.config.scaling_factor)
    masters, workers = list(master.parameters()), list(working.parameters())
    optimiser = torch.optim.AdamW(masters, lr=options.learning_rate, betas=(0.9, 0.99), weight_decay=1e-3)
    average = [p.detach().clone() for p in masters]
    pool, began = Pool(options.pool, device, dtype), time.monotonic()
    for step in range(options.steps):
        with torch.no_grad():
            torch._foreach_copy_(workers, masters)
        done = step / options.steps
        for group in optimiser.param_groups:
            cosine = 0.5 + 0.5 * math.cos(math.pi * done)
            group["lr"] = options.learning_rate * min(1, (step + 1) / 50) * cosine + 1e-5
        loss = reconstruction_loss(working, _batch(pool, step, done, options), options.emphasis, options.kl)
        loss.backward()
        for to, source in zip(masters, workers, strict=True):
            to.grad, source.grad = None if source.grad is None else source.grad.float(), None
        nn.utils.clip_grad_norm_(masters, 1.0)
        optimiser.step()
        torch._foreach_lerp_(average, [p.detach() for p in masters], 1 - min(0.998, (1 + step) / (10 + step)))
        if step % 4 == 3:
            pool.renew()
        if step % 50 == 0:
            seconds = round(time.monotonic() - began)
            print(json.dumps({"step": step, "seconds": seconds, "loss": round(loss.item(), 4)}), flush=True)
    with torch.no_grad():
        torch._foreach_copy_(masters, average)
    print(json.dumps({"psnr": peak_signal_to_noise(master.eval(), 4 if device.type == "cpu" else 48)}))
    master.to(torch.float16).save_pretrained(options.out)


def _batch(pool: Pool, step: int, done: float, options: argparse.Namespace) -> Tensor:
    """Every eighth batch single pictures, as image-to-video encodes them, every eighth half clips."""
    if done > 1 - options.whole:
        return pool.whole(max(1, options.batch * options.crop**2 // (HEIGHT * WIDTH)))
    crops = pool.crops(options.batch, options.crop)
    return crops[:, :, : {7: 1, 3: 9}.get(step % 8, FRAMES)].contiguous()


def peak_signal_to_noise(vae: AutoencoderKLCogVideoX, count: int) -> float:
    """Mean over held-out clips, in decibels."""
    clips, _ = render(sample_held_out_parameters(count, seed=1_000_000), vae.device, chunk=8)
    error = (decode(vae, encode(vae, clips, batch=4), batch=4) - clips).square().mean((1, 2, 3, 4))
    return round((-10 * error.log10()).mean().item(), 2)
