"""CogVideoX, text-to-video and image-to-video: prompt to embeddings, noise to latents, latents to frames.

On the same device, precision and seed it gives the very numbers of diffusers' CogVideoXPipeline and
CogVideoXImageToVideoPipeline (0.42), whose order of operations it follows; tests hold it to that.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy
import torch

from .. import gauge
from ..contract import RenderSettings
from ..decode.video import decode_video, spare_memory
from ..libraries import PIL, CogVideoXDPMScheduler, get_3d_rotary_pos_embed, randn_tensor
from ..placement import Placement
from ..preview.projection import Projection, colour_fields, fit
from .cogvideox_load import load_scheduler
from .cogvideox_shape import Shape

PromptField = Literal["prompt", "negativePrompt"]


@dataclass(frozen=True)
class Conditioning:
    """What the denoiser is told.

    prompt: [1 or 2, tokens, width], with guidance the negative prompt first.
    image: [1, frames, channels, height, width], latents of the first frame followed by zeros, or None.
    generator: the state of the random generator after the conditioning was made.
    """

    prompt: torch.Tensor
    image: torch.Tensor | None
    generator: torch.Tensor


@dataclass(frozen=True)
class DenoiseState:
    """Where the denoising stands after `step` steps.

    latents: [1, frames, channels, height, width]. previous: the scheduler's history, of the same shape (DPM only).
    generator: the state of the random generator.
    """

    step: int
    latents: torch.Tensor
    previous: torch.Tensor | None
    generator: torch.Tensor


class CogVideoX:
    """One render by a CogVideoX model."""

    def __init__(
        self, folder: Path, shape: Shape, settings: RenderSettings, placement: Placement, dtype: torch.dtype
    ) -> None:
        self._folder = folder
        self._shape = shape
        self._settings = settings
        self._placement = placement
        self._device = placement.device
        self._dtype = dtype
        self._guided = settings.guidance > 1.0

    def encode(
        self, image: PIL.Image.Image | None, cut: Callable[[PromptField, int, str], None]
    ) -> Conditioning:
        """Encodes the prompts and the first frame (RGB, already of the clip's size).

        `cut(field, limit, words)` hears of words that did not fit into the model's limit of tokens.
        """
        generator = torch.Generator("cpu").manual_seed(self._settings.seed)
        tokenizer = self._placement.rest("tokenizer")
        texts: list[tuple[PromptField, str]] = [("prompt", self._settings.prompt)]
        if self._guided:
            texts.insert(0, ("negativePrompt", self._settings.negative_prompt))
        embeds = []
        with self._placement.on("text_encoder") as encoder:
            for field, text in texts:
                tokens = tokenizer(text, self._shape.tokens)
                if tokens.cut:
                    cut(field, self._shape.tokens, tokens.cut)
                embeds.append(encoder(tokens.ids.to(self._device)).to(self._dtype))
        latents = None if image is None else self._encode_image(image, generator)
        return Conditioning(torch.cat(embeds, dim=0), latents, generator.get_state())

    def _encode_image(self, image: PIL.Image.Image, generator: torch.Generator) -> torch.Tensor:
        pixels = numpy.array(image).astype(numpy.float32) / 255.0
        tensor = 2.0 * torch.from_numpy(pixels[None].transpose(0, 3, 1, 2)) - 1.0
        frame = tensor.to(self._device, dtype=self._dtype).unsqueeze(2)
        with self._placement.on("vae") as vae:
            latents = vae.encode(frame).latent_dist.sample(generator).to(self._dtype).permute(0, 2, 1, 3, 4)
        scale = self._shape.scaling_factor
        latents = (1 / scale if self._shape.invert_scale_latents else scale) * latents
        padding = latents.new_zeros(1, self._shape.latent_frames - 1, *latents.shape[2:])
        return torch.cat([latents, padding], dim=1)

    def begin(self, conditioning: Conditioning) -> DenoiseState:
        """The noise to start from."""
        generator = torch.Generator("cpu")
        generator.set_state(conditioning.generator)
        latents = randn_tensor(
            self._shape.latents, generator=generator, device=self._device, dtype=self._dtype
        )
        scheduler = load_scheduler(self._folder, self._settings.scheduler)
        return DenoiseState(0, latents * scheduler.init_noise_sigma, None, generator.get_state())

    def projection(self) -> Projection:
        """The map from latents to colours, fitted to what the VAE makes of a few small fields of colour."""
        fields = colour_fields()
        pixels = (2.0 * fields - 1.0).to(self._device, dtype=self._dtype).unsqueeze(2)
        with self._placement.on("vae") as vae:
            latents = vae.encode(pixels).latent_dist.mode()[:, :, 0]
            return fit(latents * self._shape.scaling_factor, fields)

    def denoise(
        self, conditioning: Conditioning, state: DenoiseState
    ) -> Generator[tuple[DenoiseState, torch.Tensor], None, None]:
        """Yields the state after each of the remaining steps, and what that step takes the clean latents to be.

        Those are [frames, channels, height, width], of the frames that are decoded.
        """
        generator = torch.Generator("cpu")
        generator.set_state(state.generator)
        scheduler = load_scheduler(self._folder, self._settings.scheduler)
        scheduler.set_timesteps(self._settings.steps, device=self._device)
        timesteps = scheduler.timesteps
        prompt = conditioning.prompt.to(self._device)
        image = self._batch(conditioning.image)
        rotary = self._rotary()
        ofs = prompt.new_full((1,), fill_value=2.0) if image is not None and self._shape.has_ofs else None
        latents = state.latents.to(self._device)
        previous = None if state.previous is None else state.previous.to(self._device)
        with self._placement.on("transformer") as transformer:
            for index in range(state.step, len(timesteps)):
                time = timesteps[index]
                model_input = scheduler.scale_model_input(self._batch(latents), time)
                if image is not None:
                    model_input = torch.cat([model_input, image], dim=2)
                noise = transformer(
                    hidden_states=model_input,
                    encoder_hidden_states=prompt,
                    timestep=time.expand(model_input.shape[0]),
                    ofs=ofs,
                    image_rotary_emb=rotary,
                    return_dict=False,
                )[0].float()
                if self._guided:
                    without, told = noise.chunk(2)
                    noise = without + self._settings.guidance * (told - without)
                if isinstance(scheduler, CogVideoXDPMScheduler):
                    before = timesteps[index - 1] if index > 0 else None
                    latents, clean = scheduler.step(
                        noise, previous, time, before, latents, generator=generator, return_dict=False
                    )
                    previous = clean
                else:
                    latents, clean = scheduler.step(
                        noise, time, latents, generator=generator, return_dict=False
                    )
                latents = latents.to(self._dtype)
                if self._device.type == "cuda":
                    gauge.read()  # all of the step's memory is taken by now, long before the card is through with it
                    torch.cuda.synchronize(self._device)
                state = DenoiseState(index + 1, latents, previous, generator.get_state())
                yield state, clean[0, self._shape.added_latent_frames :]

    def _batch(self, tensor: torch.Tensor | None) -> Any:
        """With guidance the same latents go in twice: beside the negative prompt and beside the prompt."""
        if tensor is None:
            return None
        tensor = tensor.to(self._device)
        return torch.cat([tensor] * 2) if self._guided else tensor

    def _rotary(self) -> Any:
        """Cosines and sines of the rotary position embedding, or None for models that add theirs to the input."""
        shape = self._shape
        if not shape.rotary:
            return None
        if shape.patch_t is None:
            return get_3d_rotary_pos_embed(
                embed_dim=shape.head_width,
                crops_coords=shape.crop(),
                grid_size=shape.grid,
                temporal_size=shape.latent_frames,
                device=self._device,
            )
        return get_3d_rotary_pos_embed(
            embed_dim=shape.head_width,
            crops_coords=None,
            grid_size=shape.grid,
            temporal_size=shape.latent_frames // shape.patch_t,
            grid_type="slice",
            max_size=shape.base_grid,
            device=self._device,
        )

    def batches(self) -> int:
        """How many batches `decode` yields."""
        return max(self._shape.kept_latent_frames // 2, 1)

    def decode(self, latents: torch.Tensor) -> Generator[torch.Tensor, None, None]:
        """Yields the frames batch by batch: [frames, 3, height, width], -1..1 as the decoder gives them.

        On a card in slabs that fit into what is free; on the CPU by the library, whose very bits it gives.
        """
        latents = latents.to(self._device)[:, self._shape.added_latent_frames :].permute(0, 2, 1, 3, 4)
        latents = 1 / self._shape.scaling_factor * latents
        with (
            self._placement.on("vae") as vae,
            closing(decode_video(vae, latents, spare_memory(self._device))) as batches,
        ):
            for frames in batches:
                gauge.read()
                yield frames[0].permute(1, 0, 2, 3)
