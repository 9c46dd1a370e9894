"""CogVideoX at its true size with random weights, which take as long and as much as real ones: in memory, or as an
ordinary folder.

    python bench/gpu/models.py 5b FOLDER
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from surroundings import ROOT

from reelwright_sidecar.families.t5 import T5Encoder, t5_shape
from reelwright_sidecar.libraries import AutoencoderKLCogVideoX, CogVideoXTransformer3DModel, safetensors
from reelwright_sidecar.weights import Hollow

_TEXT = {"vocab_size": 32128, "d_model": 4096, "d_kv": 64, "num_heads": 64, "d_ff": 10240, "num_layers": 24}
_ROTARY = {"num_attention_heads": 48, "num_layers": 42, "use_rotary_positional_embeddings": True}
_LATER = {**_ROTARY, "patch_size_t": 2, "patch_bias": False, "sample_width": 300, "sample_height": 300}


@dataclass(frozen=True)
class Kind:
    """A model at its true size, and what it is made for."""

    precision: str
    size: tuple[int, int, int]
    transformer: dict[str, Any]
    scaling: float = 0.7
    vae: dict[str, Any] = field(default_factory=dict)
    text: dict[str, Any] = field(default_factory=lambda: dict(_TEXT))

    @property
    def task(self) -> Any:
        return "image-to-video" if self.transformer.get("in_channels", 16) > 16 else "text-to-video"


_PICTURE = {"in_channels": 32, "use_learned_positional_embeddings": True}
KINDS = {
    "2b": Kind("float16", (720, 480, 49), {"num_attention_heads": 30, "num_layers": 30}, 1.15258426),
    "5b": Kind("bfloat16", (720, 480, 49), dict(_ROTARY)),
    "5b-i2v": Kind("bfloat16", (720, 480, 49), {**_ROTARY, **_PICTURE}),
    "1.5-5b": Kind("bfloat16", (1360, 768, 81), {**_LATER, "max_text_seq_length": 224}),
    "1.5-i2v": Kind(
        "bfloat16",
        (1360, 768, 81),
        {**_LATER, "max_text_seq_length": 226, "in_channels": 32, "ofs_embed_dim": 512},
        vae={"invert_scale_latents": True},
    ),
}


def kind_of(name: str, small: bool) -> Kind:
    """By its name; on wish one that a processor can run."""
    return _tiny(KINDS[name]) if small else KINDS[name]


def _tiny(kind: Kind) -> Kind:
    small = {"num_attention_heads": 2, "attention_head_dim": 32, "num_layers": 3, "text_embed_dim": 32}
    text = {"vocab_size": 1200, "d_model": 32, "d_kv": 16, "num_heads": 2, "d_ff": 64, "num_layers": 2}
    vae = {"block_out_channels": (8, 8, 16, 16), "layers_per_block": 1, "norm_num_groups": 4, **kind.vae}
    base = {"sample_width": 12, "sample_height": 8, "sample_frames": 17, "max_text_seq_length": 8}
    return Kind("float32", (96, 64, 17), {**kind.transformer, **small, **base}, kind.scaling, vae, text)


class Models:
    """The components, with the same random weights for every plan. They are on the host; the device makes them."""

    def __init__(self, kind: Kind, device: torch.device) -> None:
        self._kind, self._device = kind, device
        self._dtype: torch.dtype = getattr(torch, kind.precision)
        self._shelf: dict[str, Any] = {}

    def load(self, name: str) -> Any:
        if name not in self._shelf:
            # What is made for inference alone cannot be moved.
            with torch.inference_mode(False), torch.no_grad():
                self._shelf[name] = self._made(name)
        return self._shelf[name]

    def forget(self, name: str) -> None:
        self._shelf.pop(name, None)

    def _made(self, name: str) -> Any:
        torch.manual_seed({"text_encoder": 1, "transformer": 2, "vae": 3}[name])
        module = hollow(self._kind, name)
        for key, weight in module.state_dict().items():
            value = weight
            if weight.is_meta:
                value = torch.randn(weight.shape, device=self._device, dtype=self._dtype)
                ones = weight.dim() == 1 and key.endswith("weight")
                # By what each number is a sum of, so that half precision does not overflow.
                value = value.mul_(0.5 / math.sqrt(weight[0].numel() if weight.dim() > 1 else len(weight)))
                value = value.add_(1.0 if ones else 0.0)
            _assign(module, key, value.to("cpu", self._dtype))
        return module.requires_grad_(False).eval()


def hollow(kind: Kind, name: str) -> Any:
    """A component without numbers: its weights take no memory."""
    with Hollow():
        if name == "text_encoder":
            return T5Encoder(t5_shape({**kind.text, "feed_forward_proj": "gated-gelu"}))
        if name == "transformer":
            return CogVideoXTransformer3DModel(
                **{"in_channels": 16, "text_embed_dim": 4096, "max_text_seq_length": 226, **kind.transformer}
            )
        blocks = {
            f"{way}_block_types": (f"CogVideoX{way.capitalize()}Block3D",) * 4 for way in ("down", "up")
        }
        return AutoencoderKLCogVideoX(
            **{
                "block_out_channels": (128, 256, 256, 512),
                "latent_channels": 16,
                "scaling_factor": kind.scaling,
                **blocks,
                **kind.vae,
            }
        )


def _assign(module: Any, key: str, value: torch.Tensor) -> None:
    *path, last = key.split(".")
    owner = module.get_submodule(".".join(path))
    if last in owner._parameters:
        owner._parameters[last] = torch.nn.Parameter(value, requires_grad=False)
    else:
        owner._buffers[last] = value


def write_scheduler(folder: Path, name: str) -> None:
    """As the published model has it."""
    values = {
        **{"_class_name": "CogVideoXDDIMScheduler", "beta_schedule": "scaled_linear", "clip_sample": False},
        **{"prediction_type": "v_prediction", "rescale_betas_zero_snr": True, "set_alpha_to_one": True},
        **{"snr_shift_scale": 3.0 if name == "2b" else 1.0, "timestep_spacing": "trailing"},
    }
    _write_json(folder / "scheduler" / "scheduler_config.json", values)


def _write_json(file: Path, values: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values, default=str), encoding="utf-8")


def write_folder(folder: Path, name: str, small: bool, device: torch.device) -> Path:
    """An ordinary folder of the model, as it would be after a download; what is there already is taken as it is."""
    done = folder / "written"
    if done.is_file():
        return folder
    kind = kind_of(name, small)
    models = Models(kind, device)
    transformers, diffusers = ("transformers", "diffusers")
    index = {
        "_class_name": f"CogVideoX{'ImageToVideo' if kind.task == 'image-to-video' else ''}Pipeline",
        "scheduler": [diffusers, "CogVideoXDDIMScheduler"],
        "text_encoder": [transformers, "T5EncoderModel"],
        "tokenizer": [transformers, "T5Tokenizer"],
        "transformer": [diffusers, "CogVideoXTransformer3DModel"],
        "vae": [diffusers, "AutoencoderKLCogVideoX"],
    }
    _write_json(folder / "model_index.json", index)
    write_scheduler(folder, name)
    words = ROOT / "resources" / "models" / "paper-world" / "tokenizer"
    shutil.copytree(words, folder / "tokenizer", dirs_exist_ok=True)
    text = {
        **{"architectures": ["T5EncoderModel"], "model_type": "t5", "feed_forward_proj": "gated-gelu"},
        **{"is_encoder_decoder": False, "tie_word_embeddings": True, "pad_token_id": 0, "eos_token_id": 1},
        **kind.text,
    }
    for part, stem in (
        ("transformer", "diffusion_pytorch_model"),
        ("vae", "diffusion_pytorch_model"),
        ("text_encoder", "model"),
    ):
        module = models.load(part)
        config = text if part == "text_encoder" else {**module.config}
        if part == "vae":
            width, height, _ = kind.size
            config |= {"sample_width": width, "sample_height": height}
        _write_json(folder / part / "config.json", config)
        weights = {key: weight.contiguous() for key, weight in module.state_dict().items()}
        file = folder / part / f"{stem}.safetensors"
        safetensors.torch.save_file(weights, file, {"format": "pt"})
        models.forget(part)
    done.touch()
    return folder


def main() -> None:
    """Writes one folder."""
    name, folder, *more = sys.argv[1:]
    small = "--tiny" in more
    write_folder(Path(folder), name, small, torch.device("cpu" if small else "cuda"))


if __name__ == "__main__":
    main()
