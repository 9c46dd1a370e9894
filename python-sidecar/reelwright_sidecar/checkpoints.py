"""What of a render outlives the worker: three safetensors files in the job's folder, each whole or absent.

embeddings.safetensors, denoise.safetensors and latents.safetensors carry in their header the fingerprint of the order
that they belong to and the way in which they were calculated. A file of another order, or one that was damaged, counts
as absent; one that was calculated another way, which only rounds otherwise, is used, and `replanned` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch

from .families.cogvideox import Conditioning, DenoiseState
from .files import storing
from .sealed import read_sealed, write_sealed

_FORMAT = "1"
PLAIN_WAY = ""
_SEVERAL = "several"
Name = Literal["embeddings", "denoise", "latents"]
_NAMES: tuple[Name, ...] = ("embeddings", "denoise", "latents")


class Checkpoints:
    """The files of one order. Writing raises StorageError; reading never fails, it finds or does not find."""

    def __init__(self, folder: Path, fingerprint: str, way: str = PLAIN_WAY) -> None:
        """`way`: what of the plan decides how numbers are rounded; nothing for the plain plan."""
        self._folder = folder
        self._fingerprint = fingerprint
        self._way = way
        self.replanned = False

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
        header = {"order": self._fingerprint, "step": str(step)}
        if self._way != PLAIN_WAY:
            header["way"] = self._way
        label = self._label(name, header)
        assert label is not None
        write_sealed(self._file(name), label, header, tensors)

    def _read(self, name: Name) -> tuple[int, dict[str, torch.Tensor]] | None:
        found = read_sealed(self._file(name), lambda header: self._label(name, header))
        if found is None:
            return None
        header, tensors = found
        if header.get("way", PLAIN_WAY) != self._way:
            # Whatever is calculated from it is of neither way alone.
            self.replanned, self._way = True, _SEVERAL
        return int(header["step"]), tensors

    def _label(self, name: Name, header: Mapping[str, str]) -> str | None:
        if header.get("order") != self._fingerprint or not header.get("step", "").isdecimal():
            return None
        way = f" {header['way']}" if "way" in header else ""
        return f"{_FORMAT} {name} {header['step']} {self._fingerprint}{way}"
