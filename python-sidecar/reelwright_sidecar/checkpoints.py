"""What of a render outlives the worker: safetensors files in the job's folder, each whole or absent.

embeddings, denoise, denoise-2 and latents carry in their header the fingerprint of the order that they belong to and
the way in which they were calculated. A file of another order, or one that was damaged, counts as absent; one that was
calculated another way, which only rounds otherwise, is used, and `replanned` says so.

States of the denoising go into the two files in turn, and all of it stays until the clip is done: whatever is damaged,
what was kept before it is still there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from .contract import Plan, RenderOrder
from .families.cogvideox import Conditioning, DenoiseState
from .files import clear_temporary, discard
from .sealed import read_sealed, write_sealed
from .step_cache import Outputs

_FORMAT = "1"
_SEVERAL = "several"
_State = Literal["denoise", "denoise-2"]
_Name = Literal["embeddings", "latents"] | _State
_STATES: tuple[_State, _State] = ("denoise", "denoise-2")
_NAMES: tuple[_Name, ...] = ("embeddings", *_STATES, "latents")


def order_fingerprint(order: RenderOrder, model: str) -> str:
    """Tells whether a checkpoint belongs to an order: same settings, same image, same model, same device and, where the
    plan is not exact, the same departures. What else a plan says, its precision among it, only rounds otherwise.
    """
    image = order.settings.image
    parts: dict[str, object] = {
        "settings": order.settings.model_dump(mode="json", exclude={"image"}),
        "image": None if image is None else hashlib.sha256(Path(image).read_bytes()).hexdigest(),
        "task": order.model.task,
        "model": model,
        "device": order.plan.device,
    }
    plan = order.plan
    inexact = [plan.storage.transformer, "sage" if plan.attention == "sage" else "sdpa", plan.steps]
    if inexact != ["same", "sdpa", "all"]:
        parts["inexact"] = inexact
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def way_of(plan: Plan) -> str:
    """What of a plan decides how the numbers in a checkpoint are rounded; nothing for the plain plan."""
    said = {
        "precision": "" if plan.precision == "float32" else plan.precision,
        "guidance": "" if plan.guidance == "batched" else plan.guidance,
        "attention": "cudnn" if plan.attention == "cudnn" else "",
        "compile": "compiled" if plan.compile else "",
        "encode": "" if plan.encode.slab_rows is None else f"{plan.encode.slab_rows} rows",
    }
    return ", ".join(part for part in said.values() if part)


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

    def __init__(self, folder: Path, fingerprint: str, way: str = "") -> None:
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
        rest = {"previous": state.previous, "earlier": state.outputs.earlier, "later": state.outputs.later}
        tensors |= {name: tensor for name, tensor in rest.items() if tensor is not None}
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
        outputs = Outputs(tensors.get("earlier"), tensors.get("later"))
        return DenoiseState(
            file.step, tensors["latents"], tensors.get("previous"), tensors["generator"], outputs
        )

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
        if self._way:
            header["way"] = self._way
        label = self._label(name, header)
        assert label is not None
        write_sealed(self._file(name), label, header, tensors)

    def _read(self, name: _Name) -> _Found | None:
        found = read_sealed(self._file(name), lambda header: self._label(name, header))
        return None if found is None else _Found(*found)

    def _used(self, file: _Found) -> Mapping[str, torch.Tensor]:
        if file.header.get("way", "") != self._way:
            # Whatever is calculated from it is of neither way alone.
            self.replanned, self._way = True, _SEVERAL
        return file.tensors

    def _label(self, name: _Name, header: Mapping[str, str]) -> str | None:
        if header.get("order") != self._fingerprint or not header.get("step", "").isdecimal():
            return None
        way = f" {header['way']}" if "way" in header else ""
        return f"{_FORMAT} {name} {header['step']} {self._fingerprint}{way}"
