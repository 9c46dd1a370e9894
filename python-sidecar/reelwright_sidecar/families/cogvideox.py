"""CogVideoX, text-to-video and image-to-video: prompt to embeddings, noise to latents, latents to frames.

On the same device, precision and seed it gives the very numbers of diffusers' CogVideoXPipeline and
CogVideoXImageToVideoPipeline (0.42), whose order of operations it follows; tests hold it to that.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import numpy
import torch

from .. import gauge
from ..contract import Plan, RenderSettings
from ..decode.ahead import kernels_in_the_making
from ..decode.geometry import Slabs
from ..decode.picture import encode_in_slabs
from ..decode.video import decode_video, slabs_for
from ..failure import BadFrames
from ..libraries import (
    PIL,
    CogVideoXDPMScheduler,
    DiagonalGaussianDistribution,
    get_3d_rotary_pos_embed,
    randn_tensor,
)
from ..placement import Placement
from ..preview.projection import Projection, colour_fields, fit
from ..prompts import Prompt
from ..step_cache import NO_OUTPUTS, Outputs, is_calculated
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
    generator: the state of the random generator. outputs: the denoiser's, where steps are cached.
    """

    step: int
    latents: torch.Tensor
    previous: torch.Tensor | None
    generator: torch.Tensor
    outputs: Outputs = NO_OUTPUTS


class CogVideoX:
    """One render by a CogVideoX model."""

    def __init__(
        self,
        folder: Path,
        shape: Shape,
        settings: RenderSettings,
        placement: Placement,
        plan: Plan,
        dtype: torch.dtype,
    ) -> None:
        self._folder = folder
        self._shape = shape
        self._settings = settings
        self._placement = placement
        self._plan = plan
        self._device = placement.device
        self._dtype = dtype
        self._guided = settings.guidance > 1.0

    def texts(self) -> list[tuple[PromptField, str]]:
        """What the denoiser is told in words, in its order: with guidance the negative prompt first."""
        told: list[tuple[PromptField, str]] = [("prompt", self._settings.prompt)]
        return [("negativePrompt", self._settings.negative_prompt), *told] if self._guided else told

    def encode(
        self,
        image: PIL.Image.Image | None,
        known: Mapping[str, Prompt],
        learned: Callable[[str, Prompt], None],
        cut: Callable[[PromptField, int, str], None],
    ) -> Conditioning:
        """Encodes the prompts that are not known yet, and the first frame (RGB, already of the clip's size). Raises
        BadFrames nan, before anybody could keep what would spoil all that is made of it.

        `learned(text, prompt)` hears of each; the text encoder is not touched if there is none.
        `cut(field, limit, words)` hears of words that did not fit into the model's limit of tokens.
        """
        generator = torch.Generator("cpu").manual_seed(self._settings.seed)
        prompts = dict(known)
        unknown = {text: None for _, text in self.texts() if text not in prompts}
        if unknown:
            tokenizer = self._placement.rest("tokenizer")
            with self._placement.on("text_encoder") as encoder:
                for text in unknown:
                    tokens = tokenizer(text, self._shape.tokens)
                    states = encoder(tokens.ids.to(self._device)).to(self._dtype)
                    _require_numbers(states, "The text encoder")
                    prompts[text] = Prompt(states, tokens.cut)
            del encoder
            self._placement.let_go("text_encoder")
            for text in unknown:
                learned(text, prompts[text])
        for field, text in self.texts():
            if prompts[text].cut:
                cut(field, self._shape.tokens, prompts[text].cut)
        states = torch.cat([prompts[text].states.to(self._device) for _, text in self.texts()], dim=0)
        latents = None if image is None else self._encode_image(image, generator)
        return Conditioning(states, latents, generator.get_state())

    def _encode_image(self, image: PIL.Image.Image, generator: torch.Generator) -> torch.Tensor:
        pixels = numpy.array(image).astype(numpy.float32) / 255.0
        tensor = 2.0 * torch.from_numpy(pixels[None].transpose(0, 3, 1, 2)) - 1.0
        frame = tensor.to(self._device, dtype=self._dtype).unsqueeze(2)
        rows = self._plan.encode.slab_rows
        with self._placement.on("vae", "encoder", "quant_conv") as vae:
            moments = None if rows is None else encode_in_slabs(vae, frame, rows)
            latent = (
                vae.encode(frame).latent_dist if moments is None else DiagonalGaussianDistribution(moments)
            )
            latents = latent.sample(generator).to(self._dtype).permute(0, 2, 1, 3, 4)
        _require_numbers(latents, "The picture's encoder")
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
        with self._placement.on("vae", "encoder", "quant_conv") as vae:
            latents = vae.encode(pixels).latent_dist.mode()[:, :, 0]
            return fit(latents * self._shape.scaling_factor, fields)

    def denoise(
        self, conditioning: Conditioning, state: DenoiseState, begun: Callable[[int], None]
    ) -> Generator[tuple[DenoiseState, torch.Tensor], None, None]:
        """Yields the state after each of the remaining steps, and what that step takes the clean latents to be.

        Those are [frames, channels, height, width], of the frames that are decoded. `begun` hears of each step.
        """
        generator = torch.Generator("cpu")
        generator.set_state(state.generator)
        scheduler = load_scheduler(self._folder, self._settings.scheduler)
        scheduler.set_timesteps(self._settings.steps, device=self._device)
        timesteps = scheduler.timesteps
        # What was kept may have been made in another precision.
        here = self._device, self._dtype
        prompt = conditioning.prompt.to(*here)
        image = None if conditioning.image is None else conditioning.image.to(*here)
        rotary = self._rotary()
        ofs = prompt.new_full((1,), fill_value=2.0) if image is not None and self._shape.has_ofs else None
        latents = state.latents.to(*here)
        previous = None if state.previous is None else state.previous.to(self._device)
        outputs = state.outputs.to(self._device)
        self._decoder_kernels()
        with self._placement.on("transformer") as transformer:

            def predicted(told: torch.Tensor) -> torch.Tensor:
                """The noise, for as many texts as are told."""
                model_input = scheduler.scale_model_input(latents.repeat(len(told), 1, 1, 1, 1), time)
                if image is not None:
                    beside = image.repeat(len(told), 1, 1, 1, 1)
                    model_input = torch.cat([model_input, beside], dim=2)
                noise: torch.Tensor = transformer(
                    hidden_states=model_input,
                    encoder_hidden_states=told,
                    timestep=time.expand(len(told)),
                    ofs=ofs,
                    image_rotary_emb=rotary,
                    return_dict=False,
                )[0]
                return noise.float()

            def guided() -> torch.Tensor:
                if not self._guided:
                    return predicted(prompt)
                if self._plan.guidance == "sequential":
                    without, told = (predicted(half) for half in prompt.chunk(2))
                else:
                    without, told = predicted(prompt).chunk(2)
                return without + self._settings.guidance * (told - without)

            for index in range(state.step, len(timesteps)):
                begun(index + 1)
                time = timesteps[index]
                if is_calculated(self._plan.steps, index, len(timesteps)):
                    noise = guided()
                    outputs = outputs.then(noise) if self._plan.steps == "cached" else outputs
                else:
                    noise = outputs.ahead(index, len(timesteps))
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
                state = DenoiseState(index + 1, latents, previous, generator.get_state(), outputs)
                yield state, clean[0, self._shape.added_latent_frames :]

    def _decoder_kernels(self) -> Thread | None:
        return kernels_in_the_making(self._shape.decoder, self._dtype, self._device)

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

    def decode(
        self, latents: torch.Tensor, begun: Callable[[int], None]
    ) -> Generator[torch.Tensor, None, None]:
        """Yields the frames batch by batch: [frames, 3, height, width], -1..1 as the decoder gives them.
        `begun` hears of each batch.

        In slabs as the plan says; where it says nothing, on a card in as large ones as fit into what is free, on the
        CPU by the library, whose very bits it gives.
        """
        latents = latents.to(self._device, self._dtype)
        latents = latents[:, self._shape.added_latent_frames :].permute(0, 2, 1, 3, 4)
        latents = 1 / self._shape.scaling_factor * latents
        said = self._plan.decode
        if (making := self._decoder_kernels()) is not None:
            making.join()
        with self._placement.on("vae", "decoder", "post_quant_conv") as vae:
            slabs = (
                slabs_for(vae, latents)
                if said.slab_rows is None
                else Slabs(said.slab_rows, said.resident_bytes)
            )
            with closing(decode_video(vae, latents, slabs)) as batches:
                begun(1)
                for number, frames in enumerate(batches, start=1):
                    gauge.read()
                    yield frames[0].permute(1, 0, 2, 3)
                    begun(number + 1)


def _require_numbers(encoded: torch.Tensor, source: str) -> None:
    if not bool(torch.isfinite(encoded).all()):
        raise BadFrames("nan", f"{source} gave values that are not numbers.")
