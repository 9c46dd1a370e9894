"""What of a render outlives the worker: safetensors files in the job's folder, each whole or absent.

embeddings, denoise, denoise-2 and latents carry in their header the fingerprint of the order that they belong to and
the way in which they were calculated. A file of another order, or one that was damaged, counts as absent; one that was
calculated another way, which only rounds otherwise, is used, and `replanned` says so.

States of the denoising go into the two files in turn, and all of it stays until the clip is done: whatever is damaged,
what was kept before it is still there.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from .families.cogvideox import Conditioning, DenoiseState
from .files import clear_temporary, discard
from .sealed import read_sealed, write_sealed

_FORMAT = "1"
PLAIN_WAY = ""
_SEVERAL = "several"
_State = Literal["denoise", "denoise-2"]
_Name = Literal["embeddings", "latents"] | _State
_STATES: tuple[_State, _State] = ("denoise", "denoise-2")
_NAMES: tuple[_Name, ...] = ("embeddings", *_STATES, "latents")
_COST = 0.01
"""Of the time that the steps take, saving may take so much more."""


class SavePace:
    """Decides after which steps to save: as soon as that costs no more than a hundredth of the time since the last
    save, and at the latest after as many steps as may be lost."""

    def __init__(self, at_risk: int) -> None:
        """`at_risk`: steps after which to save in any case."""
        self._at_risk = at_risk
        self._cost = 0.0
        self._seconds = 0.0
        self._steps = 0

    def stepped(self, seconds: float) -> None:
        """A step took so long."""
        self._seconds += seconds
        self._steps += 1

    def saved(self, seconds: float) -> None:
        """A save took so long."""
        self._cost = seconds
        self._seconds, self._steps = 0.0, 0

    @property
    def is_due(self) -> bool:
        """Whether to save now. What the first save costs is found out at once."""
        return self._steps > 0 and (self._cost <= _COST * self._seconds or self._steps >= self._at_risk)


@dataclass(frozen=True)
class _Found:
    """A file that is whole and of this order."""

    header: Mapping[str, str]
    tensors: Mapping[str, torch.Tensor]

    @property
    def step(self) -> int:
        return int(self.header["step"])

    def holds(self, names: Set[str]) -> bool:
        return names <= self.tensors.keys()


class Checkpoints:
    """The files of one order. Writing raises StorageError; reading finds or does not find, and raises MemoryError."""

    def __init__(self, folder: Path, fingerprint: str, way: str = PLAIN_WAY) -> None:
        """`way`: what of the plan decides how numbers are rounded; nothing for the plain plan."""
        self._folder = folder
        self._fingerprint = fingerprint
        self._way = way
        self.replanned = False
        self._newest: _State = "denoise-2"
        clear_temporary(folder)

    def save_conditioning(self, conditioning: Conditioning) -> None:
        """Keeps the prompt's embeddings and the image's latents."""
        tensors = {"prompt": conditioning.prompt, "generator": conditioning.generator}
        if conditioning.image is not None:
            tensors["image"] = conditioning.image
        self._write("embeddings", 0, tensors)

    def load_conditioning(self) -> Conditioning | None:
        """What save_conditioning kept."""
        file = self._read("embeddings")
        if file is None or not file.holds({"prompt", "generator"}):
            return None
        tensors = self._used(file)
        return Conditioning(tensors["prompt"], tensors.get("image"), tensors["generator"])

    def save_state(self, state: DenoiseState) -> None:
        """Keeps where the denoising stands, and the state kept before."""
        tensors = {"latents": state.latents, "generator": state.generator}
        if state.previous is not None:
            tensors["previous"] = state.previous
        other = _STATES[0] if self._newest == _STATES[1] else _STATES[1]
        self._write(other, state.step, tensors)
        self._newest = other

    def load_state(self) -> DenoiseState | None:
        """What save_state kept last, or before that where the last is damaged."""
        found = [
            (name, file)
            for name in _STATES
            if (file := self._read(name)) and file.holds({"latents", "generator"})
        ]
        if not found:
            return None
        self._newest, file = max(found, key=lambda item: item[1].step)
        tensors = self._used(file)
        return DenoiseState(file.step, tensors["latents"], tensors.get("previous"), tensors["generator"])

    def save_latents(self, latents: torch.Tensor) -> None:
        """Keeps the final latents."""
        self._write("latents", 0, {"latents": latents})

    def load_latents(self) -> torch.Tensor | None:
        """What save_latents kept."""
        file = self._read("latents")
        return self._used(file)["latents"] if file is not None and file.holds({"latents"}) else None

    def clear(self) -> None:
        """Removes every file: the clip is done, whatever can be removed."""
        for name in _NAMES:
            discard(self._file(name))

    def _file(self, name: _Name) -> Path:
        return self._folder / f"{name}.safetensors"

    def _write(self, name: _Name, step: int, tensors: Mapping[str, torch.Tensor]) -> None:
        header = {"order": self._fingerprint, "step": str(step)}
        if self._way != PLAIN_WAY:
            header["way"] = self._way
        label = self._label(name, header)
        assert label is not None
        write_sealed(self._file(name), label, header, tensors)

    def _read(self, name: _Name) -> _Found | None:
        found = read_sealed(self._file(name), lambda header: self._label(name, header))
        return None if found is None else _Found(*found)

    def _used(self, file: _Found) -> Mapping[str, torch.Tensor]:
        if file.header.get("way", PLAIN_WAY) != self._way:
            # Whatever is calculated from it is of neither way alone.
            self.replanned, self._way = True, _SEVERAL
        return file.tensors

    def _label(self, name: _Name, header: Mapping[str, str]) -> str | None:
        if header.get("order") != self._fingerprint or not header.get("step", "").isdecimal():
            return None
        way = f" {header['way']}" if "way" in header else ""
        return f"{_FORMAT} {name} {header['step']} {self._fingerprint}{way}"
