"""The denoiser's shape, its noise schedule, and what it is trained to predict."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import CogVideoXDDIMScheduler, CogVideoXTransformer3DModel
from torch import Tensor, nn

from .prompts import PROMPT_TOKENS
from .world.attributes import FRAMES, HEIGHT, WIDTH

LATENT_CHANNELS = 16
LATENT_FRAMES = (FRAMES - 1) // 4 + 1

ARCHITECTURE: dict[str, Any] = {
    "num_attention_heads": 3,
    "attention_head_dim": 64,
    "out_channels": LATENT_CHANNELS,
    "time_embed_dim": 32,
    "text_embed_dim": 128,
    "num_layers": 8,
    "sample_width": WIDTH // 8,
    "sample_height": HEIGHT // 8,
    "sample_frames": FRAMES,
    "patch_size": 2,
    "temporal_compression_ratio": 4,
    "max_text_seq_length": PROMPT_TOKENS,
    "spatial_interpolation_scale": 1.0,
    "temporal_interpolation_scale": 1.0,
    "use_rotary_positional_embeddings": False,
}
"""4.25 million parameters. A scalar time needs few dimensions: a narrow time embedding keeps the eight blocks'
modulation small, which is what lets two denoisers fit the repository."""


def new_denoiser(picture: bool = True, **changes: Any) -> CogVideoXTransformer3DModel:
    """A fresh denoiser that takes noisy latents and, with `picture`, a picture's latents beside them.

    Every block starts as the identity and the output as zero (adaLN-zero).
    """
    channels = LATENT_CHANNELS * (2 if picture else 1)
    model = CogVideoXTransformer3DModel(**{**ARCHITECTURE, "in_channels": channels, **changes})
    for block in model.transformer_blocks:
        for norm in (block.norm1, block.norm2):
            nn.init.zeros_(norm.linear.weight)
            nn.init.zeros_(norm.linear.bias)
    nn.init.zeros_(model.proj_out.weight)
    nn.init.zeros_(model.proj_out.bias)
    return model


def new_scheduler() -> CogVideoXDDIMScheduler:
    """CogVideoX's own schedule: v-prediction, zero terminal signal-to-noise ratio, trailing steps."""
    return CogVideoXDDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.0120,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        snr_shift_scale=3.0,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
    )


def noise_and_velocity(latents: Tensor, noise: Tensor, alphas_cumprod: Tensor) -> tuple[Tensor, Tensor]:
    """What the denoiser sees and what it should say, for `alphas_cumprod` [n] at each sample's timestep."""
    signal = alphas_cumprod.view(-1, *[1] * (latents.dim() - 1)).sqrt()
    level = (1 - signal**2).clamp(min=0).sqrt()
    return signal * latents + level * noise, signal * noise - level * latents


def with_picture(noisy: Tensor, picture: Tensor | None) -> Tensor:
    """Append the picture's latents [n, c, h, w] as channels of the first latent frame, zeros elsewhere, as the
    image-to-video pipeline does; all zeros without a picture."""
    beside = torch.zeros_like(noisy)
    if picture is not None:
        beside[:, 0] = picture
    return torch.cat([noisy, beside], dim=2)


def drop_picture_inputs(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights of the text-to-video denoiser: what zeros in the picture's channels leave of the joint one."""
    sliced = dict(state)
    sliced["patch_embed.proj.weight"] = state["patch_embed.proj.weight"][:, :LATENT_CHANNELS].contiguous()
    return sliced


def set_latent_frames(model: CogVideoXTransformer3DModel, frames: int) -> None:
    """Prepare the position table for this many latent frames (else the library rebuilds it at every call)."""
    embed = model.patch_embed
    embed.sample_frames = (frames - 1) * embed.temporal_compression_ratio + 1
    table = embed._get_positional_embeddings(embed.sample_height, embed.sample_width, embed.sample_frames)
    embed.pos_embedding = table.to(model.device)
