"""The frozen VAE: clips to latents, and the scale of its latent channels."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKLCogVideoX
from torch import Tensor


def load_autoencoder(
    folder: Path, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32
) -> AutoencoderKLCogVideoX:
    vae = AutoencoderKLCogVideoX.from_pretrained(folder, dtype=dtype)
    return vae.to(device).eval().requires_grad_(False)


@torch.no_grad()
def encode(vae: AutoencoderKLCogVideoX, clips: Tensor, batch: int = 16) -> Tensor:
    """Clips [n, t, 3, h, w] in 0..1 -> latents [n, (t + 3) / 4, 16, h / 8, w / 8], scaled."""
    parts = []
    for clip in clips.split(batch):
        pixels = clip.mul(2).sub(1).permute(0, 2, 1, 3, 4).to(vae.dtype)
        parts.append(vae.encode(pixels).latent_dist.mode() * vae.config.scaling_factor)
    return torch.cat(parts).permute(0, 2, 1, 3, 4).contiguous()


@torch.no_grad()
def decode(vae: AutoencoderKLCogVideoX, latents: Tensor, batch: int = 8) -> Tensor:
    """The way back: clips in 0..1, float32."""
    parts = []
    for part in latents.split(batch):
        scaled = part.permute(0, 2, 1, 3, 4).to(vae.dtype) / vae.config.scaling_factor
        parts.append(vae.decode(scaled).sample.float().mul(0.5).add(0.5).clamp(0, 1))
    return torch.cat(parts).permute(0, 2, 1, 3, 4).contiguous()


def channel_statistics(latents: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation [c] of latents [n, t, c, h, w]."""
    flat = latents.float().permute(2, 0, 1, 3, 4).flatten(1)
    return flat.mean(1), flat.std(1)


@torch.no_grad()
def fold_scale(vae: AutoencoderKLCogVideoX, deviation: Tensor) -> None:
    """Rewrite the VAE in place so that the channels of its *scaled* latents, which have this standard deviation
    now, come out with 1. Reconstructions stay the same; the scaling factor becomes 1.

    The encoder's last convolution takes the gain (the log variance twice its logarithm); the decoder's first
    convolution, and the norms that the latents modulate, its inverse. Means are left alone: the decoder pads
    latents with zeros, so a shift would show at the borders.
    """
    gain = vae.config.scaling_factor / deviation
    channels = len(deviation)
    out = vae.encoder.conv_out.conv
    out.weight[:channels] *= gain.view(-1, 1, 1, 1, 1)
    out.bias[:channels] *= gain
    out.bias[channels:] += 2 * gain.log()
    first = vae.decoder.conv_in.conv
    first.weight /= gain.view(1, -1, 1, 1, 1)
    for norm in (module for module in vae.decoder.modules() if hasattr(module, "conv_y")):
        for convolution in (norm.conv_y.conv, norm.conv_b.conv):
            convolution.weight /= gain.view(1, -1, 1, 1, 1)
    vae.register_to_config(scaling_factor=1.0)
