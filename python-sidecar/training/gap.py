"""Does the denoiser listen? Its loss on held-out clips with their own prompts against those of other clips."""

from __future__ import annotations

import random
from collections.abc import Callable

import torch
from diffusers import AutoencoderKLCogVideoX
from torch import Tensor

from .autoencoder import encode
from .denoiser import noise_and_velocity, with_picture
from .prompts import PromptEncoder
from .world.captions import caption
from .world.motion import MOMENTS
from .world.parameters import describe, sample_held_out_parameters
from .world.render import render

Predict = Callable[[Tensor, Tensor, Tensor], Tensor]
TIMESTEPS = (950, 800, 600)


class HeldOutProbe:
    """Call it with a function (noisy latents, text, timesteps) -> velocity."""

    def __init__(
        self,
        vae: AutoencoderKLCogVideoX,
        prompts: PromptEncoder,
        alphas: Tensor,
        frames: int,
        count: int = 32,
    ) -> None:
        parameters = sample_held_out_parameters(count, seed=77)
        rng = random.Random(77)
        clips, _ = render(parameters, vae.device, MOMENTS[:frames])
        self._latents = encode(vae, clips).float()
        self._text = prompts([caption(d, rng, plain=True) for d in describe(parameters)])
        generator = torch.Generator().manual_seed(77)
        self._noise = torch.randn(self._latents.shape, generator=generator).to(self._latents.device)
        self._alphas = alphas

    @torch.no_grad()
    def __call__(self, predict: Predict) -> dict[str, tuple[float, float]]:
        """The loss with matched and with shuffled prompts at each timestep."""
        result = {}
        for t in TIMESTEPS:
            timestep = torch.full((len(self._latents),), t, device=self._latents.device)
            noisy, velocity = noise_and_velocity(self._latents, self._noise, self._alphas[timestep])
            hidden = with_picture(noisy, None)
            matched, shuffled = (
                round((predict(hidden, text, timestep).float() - velocity).square().mean().item(), 4)
                for text in (self._text, self._text.roll(1, 0))
            )
            result[f"t{t}"] = (matched, shuffled)
        return result
