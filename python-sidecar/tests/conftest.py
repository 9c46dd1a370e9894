"""Shared by all tests of the worker: tiny models of every kind, and orders for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import numpy
import pyav_stand_in
import pytest
import torch
from PIL import Image
from sample_plans import plan
from tiny_models import KINDS, write_model

from reelwright_sidecar.contract import RenderOrder

pyav_stand_in.install()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of random weights for each kind of model, by kind."""
    root = tmp_path_factory.mktemp("models")
    return {kind: write_model(root / kind, kind) for kind in KINDS}


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A first frame of 48 x 32 pixels."""
    file = tmp_path_factory.mktemp("pictures") / "first.png"
    pixels = numpy.random.default_rng(1).integers(0, 256, (32, 48, 3), dtype=numpy.uint8)
    Image.fromarray(pixels).save(file)
    return file


class MakeOrder(Protocol):
    """Keywords change settings, `order` changes the rest."""

    def __call__(
        self, kind: str = "text", order: dict[str, Any] | None = None, **settings: Any
    ) -> RenderOrder: ...


# Models this small gain nothing from a second thread, and lose much on a machine that is busy.
torch.set_num_threads(1)


@pytest.fixture
def make_order(models: dict[str, Path], picture: Path, tmp_path: Path) -> MakeOrder:
    """Makes an order for a kind of model."""

    def make(kind: str = "text", order: dict[str, Any] | None = None, **settings: Any) -> RenderOrder:
        task = KINDS[kind].task
        (tmp_path / "job").mkdir(exist_ok=True)
        (tmp_path / "out").mkdir(exist_ok=True)
        value: dict[str, Any] = {
            "jobId": "job-1",
            "folder": str(tmp_path / "job"),
            "cache": None,
            "model": {"folder": str(models[kind]), "family": "cogvideox", "task": task},
            "settings": {
                "prompt": "a red balloon over green hills",
                "negativePrompt": "blue",
                "image": str(picture) if task == "image-to-video" else None,
                "width": 48,
                "height": 32,
                "frames": 17,
                "fps": 8,
                "steps": 4,
                "guidance": 6.0,
                "scheduler": "ddim",
                "seed": 7,
                **settings,
            },
            "plan": plan(),
            "out": str(tmp_path / "out" / "clip.mp4"),
            "overwrite": False,
            "metadata": json.dumps({"prompt": "a red balloon over green hills"}),
            "poster": None,
            "acceptFrames": False,
            "preview": False,
        }
        return RenderOrder.model_validate({**value, **(order or {})})

    return make
