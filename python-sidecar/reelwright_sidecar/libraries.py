"""Everything heavy that a render needs, imported in one place.

The worker imports this module once, before it says `ready`; the rest of the package takes its classes from here, so
nothing is imported for the first time in the middle of a render.
"""

from __future__ import annotations

import logging
import os

for _name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "DIFFUSERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ[_name] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = os.environ["DIFFUSERS_VERBOSITY"] = "error"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import av  # noqa: E402
import diffusers  # noqa: E402
import PIL.Image  # noqa: E402
import tokenizers  # noqa: E402
import torch  # noqa: E402
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX  # noqa: E402
from diffusers.models.embeddings import get_3d_rotary_pos_embed  # noqa: E402
from diffusers.models.transformers.cogvideox_transformer_3d import CogVideoXTransformer3DModel  # noqa: E402
from diffusers.schedulers.scheduling_ddim_cogvideox import CogVideoXDDIMScheduler  # noqa: E402
from diffusers.schedulers.scheduling_dpm_cogvideox import CogVideoXDPMScheduler  # noqa: E402
from diffusers.utils.torch_utils import randn_tensor  # noqa: E402
from transformers.models.t5.configuration_t5 import T5Config  # noqa: E402
from transformers.models.t5.modeling_t5 import T5EncoderModel  # noqa: E402

logging.getLogger("diffusers").setLevel(logging.ERROR)
logging.getLogger("transformers").setLevel(logging.ERROR)
logging.getLogger("libav").setLevel(logging.ERROR)

__all__ = [
    "AutoencoderKLCogVideoX",
    "CogVideoXDDIMScheduler",
    "CogVideoXDPMScheduler",
    "CogVideoXTransformer3DModel",
    "PIL",
    "T5Config",
    "T5EncoderModel",
    "av",
    "diffusers",
    "get_3d_rotary_pos_embed",
    "randn_tensor",
    "tokenizers",
    "torch",
]
