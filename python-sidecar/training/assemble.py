"""Put the parts together as the two ordinary diffusers folders, in float16 safetensors."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLCogVideoX,
    CogVideoXImageToVideoPipeline,
    CogVideoXPipeline,
    CogVideoXTransformer3DModel,
)
from torch import Tensor
from transformers import T5EncoderModel, T5Tokenizer

from .checkpoints import load_state
from .denoiser import drop_picture_inputs, new_denoiser, new_scheduler

NAMES = {"text": "paper-world", "picture": "paper-world-i2v"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", type=Path, required=True, help="state of the joint denoiser")
    parser.add_argument(
        "--text-state", type=Path, help="take the text-to-video denoiser from this state instead"
    )
    parser.add_argument("--picture-state", type=Path, help="take the image-to-video denoiser from this one")
    parser.add_argument("--vae", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--text-encoder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of both model folders")


def run(options: argparse.Namespace) -> None:
    for mode, folder in (
        ("text", options.text_state or options.state),
        ("picture", options.picture_state or options.state),
    ):
        out = options.out / NAMES[mode]
        denoiser = make_denoiser(load_state(folder).average, picture=mode == "picture")
        assemble(denoiser, options.vae, options.tokenizer, options.text_encoder, out)
        print(out, sum(f.stat().st_size for f in out.rglob("*") if f.is_file()), "bytes")


def make_denoiser(joint: dict[str, Tensor], picture: bool) -> CogVideoXTransformer3DModel:
    """The denoiser of one model from the weights of the joint one."""
    model = new_denoiser(picture)
    model.load_state_dict(joint if picture else drop_picture_inputs(joint))
    return model


def assemble(
    denoiser: CogVideoXTransformer3DModel, vae: Path, tokenizer: Path, text_encoder: Path, out: Path
) -> None:
    picture = denoiser.config.in_channels > denoiser.config.out_channels
    pipeline = (CogVideoXImageToVideoPipeline if picture else CogVideoXPipeline)(
        tokenizer=T5Tokenizer.from_pretrained(tokenizer),
        text_encoder=T5EncoderModel.from_pretrained(text_encoder, dtype=torch.float16),
        vae=AutoencoderKLCogVideoX.from_pretrained(vae, dtype=torch.float16),
        transformer=denoiser.to(torch.float16),
        scheduler=new_scheduler(),
    )
    pipeline.save_pretrained(out)
    for config in out.rglob("*.json"):
        _tidy(config)
    for weights in out.rglob("*.safetensors"):
        weights.chmod(0o644)


def _tidy(config: Path) -> None:
    """Drop what only tells where the parts lay while they were put together; keep the vocabulary on one line."""
    content = json.loads(config.read_text(encoding="utf-8"))
    for key in ("_name_or_path", "is_local", "local_files_only"):
        content.pop(key, None)
    dense = config.name == "tokenizer.json"
    separators = (",", ":") if dense else None
    text = json.dumps(content, ensure_ascii=False, indent=None if dense else 2, separators=separators)
    config.write_text(text + "\n", encoding="utf-8")
