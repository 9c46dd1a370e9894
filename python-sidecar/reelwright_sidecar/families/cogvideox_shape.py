"""The sizes that a render has inside a CogVideoX model, from its configuration and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..contract import RenderSettings, Task
from ..decode.geometry import Structure, structure_of
from ..weights import BadWeights


class BadSettings(Exception):
    """The settings ask for what this model cannot do."""


@dataclass(frozen=True)
class Shape:
    """latents: [1, frames, channels, height, width]; grids are (height, width) in patches."""

    latents: tuple[int, int, int, int, int]
    added_latent_frames: int
    grid: tuple[int, int]
    base_grid: tuple[int, int]
    patch_t: int | None
    tokens: int
    head_width: int
    rotary: bool
    has_ofs: bool
    scaling_factor: float
    invert_scale_latents: bool
    decoder: Structure

    @property
    def latent_frames(self) -> int:
        """Latent frames that the denoiser sees, the padding of CogVideoX 1.5 included."""
        return self.latents[1]

    @property
    def kept_latent_frames(self) -> int:
        """Latent frames that are decoded."""
        return self.latents[1] - self.added_latent_frames

    def crop(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The part of the trained grid that this render's grid covers, scaled to fit and centred: (top, left),
        (bottom, right). As the library's rotary embedding of CogVideoX 1.0 takes it."""
        height, width = self.grid
        base_height, base_width = self.base_grid
        if height / width > base_height / base_width:
            fitted = (base_height, round(base_height / height * width))
        else:
            fitted = (round(base_width / width * height), base_width)
        top = round((base_height - fitted[0]) / 2.0)
        left = round((base_width - fitted[1]) / 2.0)
        return (top, left), (top + fitted[0], left + fitted[1])


def shape_of(
    transformer: Mapping[str, object], vae: Mapping[str, object], task: Task, settings: RenderSettings
) -> Shape:
    """The shape of a render.

    Raises BadSettings when size, length or image do not suit the model, BadWeights when the model does not suit the
    task.
    """
    patch = _whole(transformer, "patch_size", 2)
    channels = _whole(vae, "latent_channels", 16)
    blocks = vae.get("block_out_channels")
    spatial = 2 ** (len(blocks) - 1) if isinstance(blocks, list) else 8
    temporal = _whole(vae, "temporal_compression_ratio", 4)
    unit = spatial * patch
    if settings.width % unit or settings.height % unit:
        raise BadSettings(f"Width and height must be multiples of {unit}.")
    if (settings.frames - 1) % (2 * temporal):
        raise BadSettings(f"The number of frames must be one more than a multiple of {2 * temporal}.")
    wanted = 2 * channels if task == "image-to-video" else channels
    if _whole(transformer, "in_channels", 16) != wanted:
        raise _bad_config(
            "transformer", f"The denoiser does not take the {wanted} channels that {task} needs."
        )
    if (task == "image-to-video") != (settings.image is not None):
        raise BadSettings("An image-to-video model needs an image; a text-to-video model takes none.")
    base = (_whole(transformer, "sample_height", 60), _whole(transformer, "sample_width", 90))
    size = (settings.height // spatial, settings.width // spatial)
    if transformer.get("use_learned_positional_embeddings") and base != size:
        raise BadSettings(f"This model only makes {base[1] * spatial} x {base[0] * spatial} pixels.")
    frames = (settings.frames - 1) // temporal + 1
    patch_t = transformer.get("patch_size_t")
    added = -frames % patch_t if isinstance(patch_t, int) else 0
    scaling = vae.get("scaling_factor", 1.15258426)
    try:
        decoder = structure_of(vae)
    except ValueError as error:
        raise _bad_config("vae", str(error)) from error
    return Shape(
        latents=(1, frames + added, channels, *size),
        added_latent_frames=added,
        grid=(size[0] // patch, size[1] // patch),
        base_grid=(base[0] // patch, base[1] // patch),
        patch_t=patch_t if isinstance(patch_t, int) else None,
        tokens=_whole(transformer, "max_text_seq_length", 226),
        head_width=_whole(transformer, "attention_head_dim", 64),
        rotary=bool(transformer.get("use_rotary_positional_embeddings", False)),
        has_ofs=transformer.get("ofs_embed_dim") is not None,
        scaling_factor=float(scaling) if isinstance(scaling, (int, float)) else 1.15258426,
        invert_scale_latents=bool(vae.get("invert_scale_latents", False)),
        decoder=decoder,
    )


def _bad_config(component: str, detail: str) -> BadWeights:
    return BadWeights(Path(component, "config.json"), "unreadable", detail)


def _whole(config: Mapping[str, object], name: str, default: int) -> int:
    value = config.get(name, default)
    if isinstance(value, int):
        return value
    raise _bad_config("transformer", f"{name} is {value!r}.")
