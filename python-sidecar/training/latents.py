"""A store of training clips as latents, kept on the device and renewed as training goes on."""

from __future__ import annotations

import random
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import torch
from diffusers import AutoencoderKLCogVideoX
from torch import Tensor
from torch.nn import functional

from .autoencoder import encode
from .denoiser import LATENT_CHANNELS, LATENT_FRAMES
from .prompts import PROMPT_TOKENS, PromptEncoder
from .world.attributes import HEIGHT, WIDTH
from .world.captions import caption
from .world.motion import MOMENTS
from .world.parameters import Parameters, describe, sample_parameters
from .world.render import render

DRAWING = 64
"""Clips drawn together, from one seed."""
CAPTIONS = 4
"""Captions kept for each clip."""


class Batch(NamedTuple):
    latents: Tensor  # [n, t, 16, h, w]
    picture: Tensor  # [n, 16, h, w]: the first frame, encoded alone
    emphasis: Tensor  # [n, t, 1, h, w]: how much of each patch the toy covers
    text: Tensor  # [n, 48, 128]


def pool_mask(mask: Tensor) -> Tensor:
    """Masks [n, frames, H, W] -> [n, latent frames, h, w]: the first frame alone, then the most of every four."""
    later = [mask[:, i : i + 4].amax(1, keepdim=True) for i in range(1, mask.shape[1], 4)]
    return functional.avg_pool2d(torch.cat([mask[:, :1], *later], 1), 8)


class LatentStore:
    """The newest `capacity` clips drawn. Drawing k shows seed + k, so a store can be drawn again exactly."""

    def __init__(
        self,
        vae: AutoencoderKLCogVideoX,
        prompts: PromptEncoder,
        capacity: int,
        seed: int,
        frames: int,
        first_drawing: int = 0,
    ) -> None:
        self._vae, self._prompts, self._seed, self._frames = vae, prompts, seed, frames
        self.device = vae.device
        self.drawings, self.filled = first_drawing, 0
        self._capacity, self._next = capacity, 0
        dtype = torch.bfloat16 if self.device.type == "cuda" else torch.float32
        length = (frames - 1) // 4 + 1
        assert length in (1, LATENT_FRAMES)
        h, w = HEIGHT // 8, WIDTH // 8

        def empty(*shape: int) -> Tensor:
            return torch.empty(capacity, *shape, dtype=dtype, device=self.device)

        self._latents = empty(length, LATENT_CHANNELS, h, w)
        self._picture = empty(LATENT_CHANNELS, h, w)
        self._emphasis = empty(length, 1, h, w)
        self._text = empty(CAPTIONS, PROMPT_TOKENS, 128)
        self.nothing = prompts([""]).to(dtype)[0]
        self._ahead: deque[Future[tuple[Parameters, Tensor]]] = deque()
        self._writer = ThreadPoolExecutor(1)

    def _write(self, drawing: int) -> tuple[Parameters, Tensor]:
        """Parameters of a drawing and the tokens of its captions, made on the CPU ahead of time."""
        parameters = sample_parameters(DRAWING, self._seed + drawing)
        rng = random.Random(self._seed + drawing)
        texts = [caption(d, rng) for d in describe(parameters) for _ in range(CAPTIONS)]
        return parameters, self._prompts.tokens(texts)

    @torch.no_grad()
    def draw(self) -> None:
        """Draw DRAWING new clips over the oldest."""
        while len(self._ahead) < 8:
            self._ahead.append(self._writer.submit(self._write, self.drawings + len(self._ahead)))
        parameters, tokens = self._ahead.popleft().result()
        self.drawings += 1
        clips, mask = render(parameters, self.device, MOMENTS[: self._frames], chunk=DRAWING)
        rows = (torch.arange(DRAWING) + self._next).remainder(self._capacity).to(self.device)
        latents = encode(self._vae, clips, batch=32)
        self._latents[rows] = latents.to(self._latents.dtype)
        alone = latents[:, 0] if self._frames == 1 else encode(self._vae, clips[:, :1])[:, 0]
        self._picture[rows] = alone.to(self._picture.dtype)
        self._emphasis[rows] = pool_mask(mask)[:, :, None].to(self._emphasis.dtype)
        text = self._prompts.encoder(tokens.to(self.device))[0]
        self._text[rows] = text.view(DRAWING, CAPTIONS, PROMPT_TOKENS, -1).to(self._text.dtype)
        self._next = (self._next + DRAWING) % self._capacity
        self.filled = min(self._capacity, self.filled + DRAWING)

    def sample(self, count: int, generator: torch.Generator) -> Batch:
        rows = torch.randint(0, self.filled, (count,), generator=generator, device=self.device)
        which = torch.randint(0, CAPTIONS, (count,), generator=generator, device=self.device)
        return self.batch(rows, which)

    def batch(self, rows: Tensor, which: Tensor) -> Batch:
        return Batch(
            self._latents[rows].float(),
            self._picture[rows].float(),
            self._emphasis[rows].float(),
            self._text[rows, which].float(),
        )

    def close(self) -> None:
        self._writer.shutdown(cancel_futures=True)
