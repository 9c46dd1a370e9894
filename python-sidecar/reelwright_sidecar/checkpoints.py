"""What of a render outlives the worker: three safetensors files in the job's folder, each whole or absent.

embeddings.safetensors, denoise.safetensors and latents.safetensors carry in their header the fingerprint of the order
that they belong to and the SHA-256 of their content. A file of another order, or one that was damaged, counts as
absent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from .families.cogvideox import Conditioning, DenoiseState
from .files import storing, write_whole

_FORMAT = "1"
Name = Literal["embeddings", "denoise", "latents"]
_NAMES: tuple[Name, ...] = ("embeddings", "denoise", "latents")


class Checkpoints:
    """The files of one order. Writing raises StorageError; reading never fails, it finds or does not find."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder
        self._fingerprint = fingerprint

    def save_conditioning(self, conditioning: Conditioning) -> None:
        """Keeps the prompt's embeddings and the image's latents."""
        tensors = {"prompt": conditioning.prompt, "generator": conditioning.generator}
        if conditioning.image is not None:
            tensors["image"] = conditioning.image
        self._write("embeddings", 0, tensors)

    def load_conditioning(self) -> Conditioning | None:
        """What save_conditioning kept."""
        found = self._read("embeddings")
        if found is None or not {"prompt", "generator"} <= found[1].keys():
            return None
        tensors = found[1]
        return Conditioning(tensors["prompt"], tensors.get("image"), tensors["generator"])

    def save_state(self, state: DenoiseState) -> None:
        """Keeps where the denoising stands; the state kept before goes."""
        tensors = {"latents": state.latents, "generator": state.generator}
        if state.previous is not None:
            tensors["previous"] = state.previous
        self._write("denoise", state.step, tensors)

    def load_state(self) -> DenoiseState | None:
        """What save_state kept last."""
        found = self._read("denoise")
        if found is None or found[0] < 1 or not {"latents", "generator"} <= found[1].keys():
            return None
        step, tensors = found
        return DenoiseState(step, tensors["latents"], tensors.get("previous"), tensors["generator"])

    def save_latents(self, latents: torch.Tensor) -> None:
        """Keeps the final latents; embeddings and denoising state are no longer needed and go."""
        self._write("latents", 0, {"latents": latents})
        self._remove("denoise")
        self._remove("embeddings")

    def load_latents(self) -> torch.Tensor | None:
        """What save_latents kept."""
        found = self._read("latents")
        return None if found is None else found[1].get("latents")

    def clear(self) -> None:
        """Removes every file: the clip is done."""
        for name in _NAMES:
            self._remove(name)

    def _file(self, name: Name) -> Path:
        return self._folder / f"{name}.safetensors"

    def _remove(self, name: Name) -> None:
        file = self._file(name)
        with storing(file):
            file.unlink(missing_ok=True)
            file.with_name(f".{file.name}.part").unlink(missing_ok=True)

    def _write(self, name: Name, step: int, tensors: Mapping[str, torch.Tensor]) -> None:
        plain = {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}
        header = {"order": self._fingerprint, "step": str(step), "content": self._content(name, step, plain)}
        write_whole(self._file(name), save(plain, metadata=header))

    def _read(self, name: Name) -> tuple[int, dict[str, torch.Tensor]] | None:
        with (
            suppress(SafetensorError, OSError, ValueError),
            safe_open(self._file(name), framework="pt") as opened,
        ):
            header = opened.metadata() or {}
            if header.get("order") != self._fingerprint:
                return None
            step = int(header.get("step", ""))
            # Copies: the file may be replaced while its tensors are in use.
            tensors = {key: opened.get_tensor(key).clone() for key in opened.keys()}  # noqa: SIM118
            if header.get("content") == self._content(name, step, tensors):
                return step, tensors
        return None

    def _content(self, name: Name, step: int, tensors: Mapping[str, torch.Tensor]) -> str:
        digest = hashlib.sha256(f"{_FORMAT} {name} {step} {self._fingerprint}".encode())
        for key in sorted(tensors):
            tensor = tensors[key]
            digest.update(json.dumps([key, str(tensor.dtype), list(tensor.shape)]).encode())
            digest.update(tensor.contiguous().flatten().view(torch.uint8).numpy().data)
        return digest.hexdigest()
