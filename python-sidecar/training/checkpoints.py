"""Training state on disk: safetensors and one JSON file, replaced as a whole."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor


@dataclass(frozen=True)
class Progress:
    """How far a training run has come."""

    step: int = 0
    spent: float = 0.0  # of the run's total, in its own unit (seconds or steps)
    drawings: int = 0  # of whole clips
    single_drawings: int = 0


@dataclass(frozen=True)
class State:
    weights: dict[str, Tensor]
    average: dict[str, Tensor]
    optimiser: dict[str, Tensor]
    progress: Progress


def save_state(folder: Path, state: State, half: bool = False) -> None:
    """Write to a neighbour folder first, so that a cut never leaves half a state. `half` keeps the weights in
    float16 and the optimiser in bfloat16, for carrying a run elsewhere."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, dtype in (
        ("weights", torch.float16),
        ("average", torch.float16),
        ("optimiser", torch.bfloat16),
    ):
        tensors: dict[str, Tensor] = getattr(state, name)
        kept = {key: _cast(t, dtype) if half else t for key, t in tensors.items()}
        save_file(
            {key: t.detach().cpu().contiguous() for key, t in kept.items()}, partial / f"{name}.safetensors"
        )
    (partial / "progress.json").write_text(json.dumps(asdict(state.progress), indent=2) + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(partial, folder)


def _cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


def load_state(folder: Path, device: torch.device | str = "cpu") -> State:
    def read(name: str) -> dict[str, Tensor]:
        tensors = load_file(folder / f"{name}.safetensors", device=str(device))
        return {key: _cast(t, torch.float32) for key, t in tensors.items()}

    progress = Progress(**json.loads((folder / "progress.json").read_text()))
    return State(read("weights"), read("average"), read("optimiser"), progress)


def load_weights(folder: Path) -> dict[str, Tensor]:
    """The averaged weights of a state, or those of a shipped transformer folder, in float32."""
    average = folder / "average.safetensors"
    tensors = load_file(average if average.exists() else folder / "diffusion_pytorch_model.safetensors")
    return {key: _cast(t, torch.float32) for key, t in tensors.items()}
