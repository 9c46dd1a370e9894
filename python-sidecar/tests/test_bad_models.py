"""Folders that cannot be used are refused with what is wrong with which file, and nothing is loaded from a pickle."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import MakeOrder
from in_process import Run, run
from safetensors.torch import load_file, save_file

from reelwright_sidecar.contract import BadInputFailure, BadWeightsFailure, RenderDone, RenderFailed
from reelwright_sidecar.families.cogvideox_load import fingerprint

TRANSFORMER = "transformer/diffusion_pytorch_model.safetensors"
TEXT = "text_encoder/model.safetensors"
VAE = "vae/diffusion_pytorch_model.safetensors"


@pytest.fixture
def folder(models: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the model to damage."""
    copy = tmp_path / "model"
    shutil.copytree(models["text"], copy)
    return copy


def render(make_order: MakeOrder, folder: Path, task: str = "text-to-video") -> Run:
    return run(
        make_order("text", order={"model": {"folder": str(folder), "family": "cogvideox", "task": task}})
    )


def problem(result: Run) -> tuple[str, str]:
    assert isinstance(result.outcome, RenderFailed), result.outcome
    failure = result.outcome.failure
    assert isinstance(failure, BadWeightsFailure), failure
    return failure.problem, failure.file


@pytest.mark.parametrize("file", [TRANSFORMER, TEXT, VAE])
@pytest.mark.parametrize("kept", [0, 5, 100, -1000, -1])
def test_truncated(file: str, kept: int, folder: Path, make_order: MakeOrder) -> None:
    path = folder / file
    path.write_bytes(path.read_bytes()[:kept])
    assert problem(render(make_order, folder)) == ("truncated", file)


def header_length(data: bytearray) -> bytearray:
    data[0:8] = (2**60).to_bytes(8, "little")
    return data


def header_json(data: bytearray) -> bytearray:
    data[8:10] = b"}{"
    return data


def too_long(data: bytearray) -> bytearray:
    return data + b"more"


@pytest.mark.parametrize("damage", [header_length, header_json, too_long])
def test_damaged(damage: Callable[[bytearray], bytearray], folder: Path, make_order: MakeOrder) -> None:
    path = folder / TRANSFORMER
    path.write_bytes(damage(bytearray(path.read_bytes())))
    assert problem(render(make_order, folder)) == ("damaged", TRANSFORMER)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("file", [TRANSFORMER, TEXT, VAE])
def test_weights_that_are_no_numbers(value: float, file: str, folder: Path, make_order: MakeOrder) -> None:
    weights = load_file(folder / file)
    name = sorted(weights)[-1]
    weights[name].view(-1)[0] = value
    save_file(weights, folder / file, metadata={"format": "pt"})
    assert problem(render(make_order, folder)) == ("damaged", file)


@pytest.mark.parametrize("file", [TRANSFORMER, TEXT, VAE])
def test_wrong_shape(file: str, folder: Path, make_order: MakeOrder) -> None:
    weights = load_file(folder / file)
    name = sorted(weights)[0]
    weights[name] = torch.zeros(3, 5)
    save_file(weights, folder / file)
    assert problem(render(make_order, folder)) == ("wrong-shape", file)


def test_a_tensor_is_absent(folder: Path, make_order: MakeOrder) -> None:
    weights = load_file(folder / TRANSFORMER)
    del weights["proj_out.bias"]
    save_file(weights, folder / TRANSFORMER)
    assert problem(render(make_order, folder)) == ("wrong-shape", TRANSFORMER)


def bomb(path: Path) -> None:
    """A pickle that leaves a trace when somebody opens it."""
    torch.save({"weight": torch.zeros(1)}, path)


@pytest.mark.parametrize("name", ["diffusion_pytorch_model.bin", "model.pt", "weights.ckpt", "x.pth"])
def test_pickled_weights_are_refused(name: str, folder: Path, make_order: MakeOrder) -> None:
    (folder / TRANSFORMER).unlink()
    bomb(folder / "transformer" / name)
    assert problem(render(make_order, folder)) == ("pickle", f"transformer/{name}")


def test_a_pickle_in_disguise_is_refused(folder: Path, make_order: MakeOrder) -> None:
    bomb(folder / VAE)
    assert problem(render(make_order, folder)) == ("pickle", VAE)


def test_a_pickle_beside_safetensors_is_left_alone(folder: Path, make_order: MakeOrder) -> None:
    bomb(folder / "transformer" / "diffusion_pytorch_model.bin")
    assert isinstance(render(make_order, folder).outcome, RenderDone)


@pytest.mark.parametrize(
    "file",
    [
        "model_index.json",
        TRANSFORMER,
        TEXT,
        VAE,
        "vae/config.json",
        "transformer/config.json",
        "text_encoder/config.json",
        "scheduler/scheduler_config.json",
        "tokenizer/tokenizer.json",
    ],
)
def test_missing(file: str, folder: Path, make_order: MakeOrder) -> None:
    (folder / file).unlink()
    expected = f"{folder.name}/{file}" if "/" not in file else file
    assert problem(render(make_order, folder)) == ("missing", expected)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("transformer/config.json", "{"),
        ("transformer/config.json", "[]"),
        (
            "vae/config.json",
            '{"block_out_channels": [8, 8, 8, 8], "latent_channels": 4, "norm_num_groups": 3}',
        ),
        ("transformer/config.json", '{"in_channels": 7}'),
        ("text_encoder/config.json", '{"feed_forward_proj": "tanh"}'),
        ("scheduler/scheduler_config.json", '{"beta_schedule": "none"}'),
        ("tokenizer/tokenizer.json", "{}"),
        (
            "transformer/diffusion_pytorch_model.safetensors.index.json",
            '{"weight_map": {"a": "../../x.safetensors"}}',
        ),
    ],
)
def test_unreadable(file: str, content: str, folder: Path, make_order: MakeOrder) -> None:
    if file.endswith("index.json"):
        (folder / TRANSFORMER).unlink()
    (folder / file).write_text(content)
    assert problem(render(make_order, folder)) == ("unreadable", file)


def test_a_folder_for_the_other_task(folder: Path, models: dict[str, Path], make_order: MakeOrder) -> None:
    assert problem(render(make_order, folder, "image-to-video"))[0] == "unreadable"


def test_shards(folder: Path, make_order: MakeOrder) -> None:
    whole = render(make_order, folder)
    weights = load_file(folder / TRANSFORMER)
    (folder / TRANSFORMER).unlink()
    names = sorted(weights)
    parts = {"diffusion_pytorch_model-00001-of-00002.safetensors": names[::2]}
    parts["diffusion_pytorch_model-00002-of-00002.safetensors"] = names[1::2]
    for part, held in parts.items():
        save_file({name: weights[name] for name in held}, folder / "transformer" / part)
    index = {"weight_map": {name: part for part, held in parts.items() for name in held}}
    path = folder / "transformer" / "diffusion_pytorch_model.safetensors.index.json"
    path.write_text(json.dumps(index))
    Path(make_order("text").out).unlink()
    assert render(make_order, folder).clip == whole.clip
    Path(make_order("text").out).unlink()
    second = f"transformer/{sorted(parts)[1]}"
    (folder / second).unlink()
    assert problem(render(make_order, folder)) == ("missing", second)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("text", {"width": 40}),
        ("text", {"height": 24}),
        ("text", {"frames": 5}),
        ("text", {"frames": 16}),
        ("text", {"image": "x.png"}),
        ("image", {"image": None}),
        ("image", {"width": 64}),
        ("text", {"frames": 17, "steps": 499, "width": 2032, "height": 8 * 3}),
    ],
)
def test_settings_that_do_not_suit_the_model(
    kind: str, settings: dict[str, Any], make_order: MakeOrder
) -> None:
    result = run(make_order(kind, **settings))
    assert isinstance(result.outcome, RenderFailed)
    assert isinstance(result.outcome.failure, BadInputFailure), result.outcome
    assert result.outcome.failure.problem == "settings"


def test_whoever_only_looked_into_the_folder_has_not_changed_the_model(folder: Path) -> None:
    before = fingerprint(folder)
    for name in (".DS_Store", "desktop.ini", "Thumbs.db", "._config.json"):
        (folder / "transformer" / name).write_bytes(b"\0")
    assert fingerprint(folder) == before
    (folder / "tokenizer" / "added_tokens.json").write_text("{}")
    assert fingerprint(folder) != before
