"""Writes CogVideoX folders that are complete and tiny, with random weights, by the libraries' own means."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

# The whole of diffusers: the tests compare with its pipelines, which the worker does not import.
from diffusers import AutoencoderKLCogVideoX, CogVideoXTransformer3DModel
from transformers import T5Config, T5EncoderModel, T5Tokenizer

from reelwright_sidecar.contract import Task

LIMIT = 16
WORDS = [
    "a",
    "red",
    "blue",
    "green",
    "balloon",
    "bird",
    "over",
    "hills",
    "under",
    "the",
    "sun",
    "at",
    "night",
    "in",
]


@dataclass(frozen=True)
class Kind:
    """What sets one kind of model apart."""

    task: Task
    transformer: dict[str, Any] = field(default_factory=dict)
    vae: dict[str, Any] = field(default_factory=dict)


_ROTARY = {"use_rotary_positional_embeddings": True}
KINDS: dict[str, Kind] = {
    # As CogVideoX-2B: sine position tables.
    "text": Kind("text-to-video"),
    # As CogVideoX-5B: rotary embeddings.
    "text-rotary": Kind("text-to-video", dict(_ROTARY)),
    # As CogVideoX 1.5 5B: patches over time, padded latent frames, no bias in the patch embedding.
    "text-1.5": Kind("text-to-video", {**_ROTARY, "patch_size_t": 2, "patch_bias": False}),
    # As CogVideoX-5B-I2V: learned position tables on top, one size only.
    "image": Kind("image-to-video", {**_ROTARY, "use_learned_positional_embeddings": True, "in_channels": 8}),
    # As CogVideoX 1.5 5B I2V: the ofs embedding, and the image latents scaled the other way round.
    "image-1.5": Kind(
        "image-to-video",
        {**_ROTARY, "patch_size_t": 2, "patch_bias": False, "in_channels": 8, "ofs_embed_dim": 32},
        {"invert_scale_latents": True},
    ),
}


def write_model(folder: Path, kind: str) -> Path:
    """Writes the folder and returns it."""
    torch.manual_seed(20)
    spec = KINDS[kind]
    transformer = CogVideoXTransformer3DModel(
        **{
            "num_attention_heads": 2,
            "attention_head_dim": 16,
            "in_channels": 4,
            "out_channels": 4,
            "time_embed_dim": 32,
            "text_embed_dim": 16,
            "num_layers": 2,
            "sample_width": 6,
            "sample_height": 4,
            "sample_frames": 17,
            "max_text_seq_length": LIMIT,
            "spatial_interpolation_scale": 1.0,
            **spec.transformer,
        }
    )
    vae = AutoencoderKLCogVideoX(
        **{
            "block_out_channels": (8, 8, 8, 8),
            "down_block_types": ("CogVideoXDownBlock3D",) * 4,
            "up_block_types": ("CogVideoXUpBlock3D",) * 4,
            "latent_channels": 4,
            "layers_per_block": 1,
            "norm_num_groups": 2,
            "sample_height": 32,
            "sample_width": 48,
            "scaling_factor": 0.7,
            **spec.vae,
        }
    )
    # As they come out of the constructor some weights are zero, and errors would hide behind them.
    for module in (transformer, vae):
        for weight in module.parameters():
            weight.data += 0.05 * torch.randn_like(weight)
    encoder = T5EncoderModel(
        T5Config(
            vocab_size=100,
            d_model=16,
            d_kv=8,
            num_heads=2,
            d_ff=32,
            num_layers=2,
            feed_forward_proj="gated-gelu",
        )
    )
    transformer.save_pretrained(folder / "transformer")
    vae.save_pretrained(folder / "vae")
    encoder.save_pretrained(folder / "text_encoder")
    _tokenizer().save_pretrained(str(folder / "tokenizer"))
    _write_configs(folder, spec.task)
    return folder


def _tokenizer() -> T5Tokenizer:
    letters = [(letter, -8.0) for letter in "abcdefghijklmnopqrstuvwxyz"]
    words = [(f"▁{word}", -3.0) for word in WORDS]
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -5.0)]
    return T5Tokenizer(vocab=[*special, *letters, *words], extra_ids=0)


def _write_configs(folder: Path, task: Task) -> None:
    pipeline = {"text-to-video": "CogVideoXPipeline", "image-to-video": "CogVideoXImageToVideoPipeline"}[task]
    index = {
        "_class_name": pipeline,
        "scheduler": ["diffusers", "CogVideoXDDIMScheduler"],
        "text_encoder": ["transformers", "T5EncoderModel"],
        "tokenizer": ["transformers", "T5Tokenizer"],
        "transformer": ["diffusers", "CogVideoXTransformer3DModel"],
        "vae": ["diffusers", "AutoencoderKLCogVideoX"],
    }
    scheduler = {
        "_class_name": "CogVideoXDDIMScheduler",
        "beta_schedule": "scaled_linear",
        "clip_sample": False,
        "prediction_type": "v_prediction",
        "rescale_betas_zero_snr": True,
        "set_alpha_to_one": True,
        "snr_shift_scale": 3.0,
        "timestep_spacing": "trailing",
    }
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "scheduler").mkdir(exist_ok=True)
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler))
