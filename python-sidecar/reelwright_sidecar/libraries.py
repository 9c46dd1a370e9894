"""Everything heavy that a render needs, imported in one place.

The worker imports this module once, before it says `ready`; the rest of the package takes its classes from here, so
nothing is imported for the first time in the middle of a render.
"""

from __future__ import annotations

import logging
import os
import sys

for _name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "DIFFUSERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ[_name] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = os.environ["DIFFUSERS_VERBOSITY"] = "error"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import av
import av.error
import PIL.Image
import PIL.ImageOps
import safetensors.torch
import tokenizers
import torch

from .narrow import narrow


def _import_models() -> None:
    """The modules of diffusers below, and nothing else of it where that works."""
    if "diffusers" in sys.modules:
        return
    try:
        with narrow(
            absent=("transformers", "accelerate", "peft"),
            bare=("diffusers.models.autoencoders", "diffusers.models.transformers", "diffusers.models.unets"),
        ):
            import diffusers.models.autoencoders.autoencoder_kl_cogvideox
            import diffusers.models.transformers.cogvideox_transformer_3d  # noqa: F401
    except Exception:
        logging.getLogger(__name__).warning("Importing the whole of diffusers.", exc_info=True)
        for name in [name for name in sys.modules if name.partition(".")[0] == "diffusers"]:
            del sys.modules[name]


_import_models()

import diffusers
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.models.embeddings import apply_rotary_emb, get_3d_rotary_pos_embed
from diffusers.models.transformers.cogvideox_transformer_3d import CogVideoXTransformer3DModel
from diffusers.schedulers.scheduling_ddim_cogvideox import CogVideoXDDIMScheduler
from diffusers.schedulers.scheduling_dpm_cogvideox import CogVideoXDPMScheduler
from diffusers.utils.torch_utils import randn_tensor

for _name in ("diffusers", "transformers", "libav"):
    logging.getLogger(_name).setLevel(logging.ERROR)

__all__ = [
    "PIL",
    "AutoencoderKLCogVideoX",
    "CogVideoXDDIMScheduler",
    "CogVideoXDPMScheduler",
    "CogVideoXTransformer3DModel",
    "DiagonalGaussianDistribution",
    "apply_rotary_emb",
    "av",
    "diffusers",
    "get_3d_rotary_pos_embed",
    "randn_tensor",
    "safetensors",
    "tokenizers",
    "torch",
]
