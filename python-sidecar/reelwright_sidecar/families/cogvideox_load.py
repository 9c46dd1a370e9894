"""Loads the components of a CogVideoX folder in the ordinary diffusers layout."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from ..contract import Scheduler, Task
from ..libraries import (
    AutoencoderKLCogVideoX,
    CogVideoXDDIMScheduler,
    CogVideoXDPMScheduler,
    CogVideoXTransformer3DModel,
)
from ..placement import Component
from ..weights import BadWeights, Hollow, load_module, read_header, read_json, weight_files
from .cogvideox_text import load_tokenizer
from .t5 import WIDE_PARTS, T5Encoder, t5_shape

PIPELINES: dict[Task, str] = {
    "text-to-video": "CogVideoXPipeline",
    "image-to-video": "CogVideoXImageToVideoPipeline",
}
STEMS: dict[Component, str] = {
    "text_encoder": "model",
    "transformer": "diffusion_pytorch_model",
    "vae": "diffusion_pytorch_model",
}
_SAMPLES, _SAMPLE_BYTES = 64, 4096


def check_folder(folder: Path, task: Task) -> None:
    """Checks all that is cheap to check before anything is loaded: the index, and the header of every weights file.

    Raises BadWeights.
    """
    index = folder / "model_index.json"
    name = read_json(index).get("_class_name")
    if name != PIPELINES[task]:
        raise BadWeights(index, "unreadable", f"{index} is of a {name}, {task} needs a {PIPELINES[task]}.")
    for component, stem in STEMS.items():
        read_json(folder / component / "config.json")
        for file in weight_files(folder / component, stem):
            read_header(file)
    read_json(folder / "scheduler" / "scheduler_config.json")


def fingerprint(folder: Path, *parts: str) -> str:
    """Tells one model from another without reading all of it: every small file, and samples of every weights file.

    `parts`: the folders to look at; none for all that a render uses.
    """
    digest = hashlib.sha256()
    parts = parts or (*STEMS, "tokenizer", "scheduler")
    found = (file for part in parts for file in (folder / part).glob("*"))
    for file in sorted(file for file in found if file.is_file() and not _is_left_by_a_file_manager(file)):
        size = file.stat().st_size
        digest.update(f"{file.parent.name}/{file.name}:{size}\n".encode())
        with file.open("rb") as stream:
            if size <= _SAMPLES * _SAMPLE_BYTES:
                digest.update(stream.read())
                continue
            for sample in range(_SAMPLES):
                stream.seek((size - _SAMPLE_BYTES) * sample // (_SAMPLES - 1))
                digest.update(stream.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def _is_left_by_a_file_manager(file: Path) -> bool:
    """Whoever looks into the folder with the Finder or the Explorer has not changed the model."""
    return file.name.startswith(".") or file.name.lower() in ("desktop.ini", "thumbs.db")


def _built(build: Callable[[], Any], config: Path) -> Any:
    """A hollow module: shapes without memory. Raises BadWeights when the configuration makes no sense."""
    try:
        with Hollow():
            return build()
    except (TypeError, ValueError, KeyError, RuntimeError, ArithmeticError) as error:
        raise BadWeights(
            config, "unreadable", f"{config} does not describe a usable model: {error}"
        ) from error


def load_scheduler(folder: Path, kind: Scheduler) -> Any:
    """A new scheduler of the wanted kind from the folder's configuration. Raises BadWeights."""
    config = folder / "scheduler" / "scheduler_config.json"
    values = read_json(config)
    try:
        return (CogVideoXDDIMScheduler if kind == "ddim" else CogVideoXDPMScheduler).from_config(values)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise BadWeights(config, "unreadable", f"{config}: {json.dumps(values)}: {error}") from error


_BUILD: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "text_encoder": lambda values: T5Encoder(t5_shape(values)),
    "transformer": CogVideoXTransformer3DModel.from_config,
    "vae": AutoencoderKLCogVideoX.from_config,
}


def load_component(name: Component, folder: Path, dtype: torch.dtype, check: Callable[[], None]) -> Any:
    """One component of the folder, on the CPU. For float16 the text encoder's `wo` layers stay as they are in the file.

    Raises BadWeights.
    """
    if name == "tokenizer":
        return load_tokenizer(folder / "tokenizer")
    config = folder / name / "config.json"
    values = read_json(config)
    files = weight_files(config.parent, STEMS[name])
    module = _built(lambda: _BUILD[name](values), config)
    keep = WIDE_PARTS if name == "text_encoder" and dtype == torch.float16 else ()
    load_module(module, files, dtype, keep=keep, check=check)
    return module
