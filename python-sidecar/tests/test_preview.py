"""Previews: what they show, what they cost, and that a clip never depends on them."""

from __future__ import annotations

import base64
import json
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from conftest import MakeOrder
from hypothesis import given
from hypothesis import strategies as some
from in_process import Run, run

from reelwright_sidecar.checkpoints import Checkpoints
from reelwright_sidecar.contract import PreviewProgress, RenderDone, StepProgress
from reelwright_sidecar.families.cogvideox import CogVideoX
from reelwright_sidecar.preview import SHARE, Pace, Previews, reduced
from reelwright_sidecar.preview.projection import FILE, Projection, fit, read_projection, stored
from reelwright_sidecar.protocol import encode


def previews(result: Run) -> list[PreviewProgress]:
    return [
        item for item in result.progress if isinstance(item, PreviewProgress) and item.phase == "denoising"
    ]


def colours(preview: PreviewProgress) -> torch.Tensor:
    flat = torch.frombuffer(bytearray(base64.b64decode(preview.rgb)), dtype=torch.uint8)
    return flat.view(preview.frames, preview.height, preview.width, 3)


@pytest.fixture
def latents(monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """The final latents of every render, as they are kept."""
    found: list[torch.Tensor] = []
    save = Checkpoints.save_latents

    def keep(self: Checkpoints, final: torch.Tensor) -> None:
        found.append(final)
        save(self, final)

    monkeypatch.setattr(Checkpoints, "save_latents", keep)
    return found


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is shown, whatever it costs."""
    monkeypatch.setattr(Pace, "allows", lambda _: True)


@pytest.mark.parametrize("scheduler", ["ddim", "dpm"])
@pytest.mark.parametrize("kind", ["text", "text-1.5", "image"])
@pytest.mark.usefixtures("unhurried")
def test_the_clip_is_the_same(
    kind: str, scheduler: str, make_order: MakeOrder, latents: list[torch.Tensor]
) -> None:
    changes = {"overwrite": True}
    without = run(make_order(kind, scheduler=scheduler, order=changes))
    shown = run(make_order(kind, scheduler=scheduler, order={**changes, "preview": True}))
    assert isinstance(shown.outcome, RenderDone), shown.outcome
    assert torch.equal(latents[0], latents[1])
    assert shown.clip == without.clip
    assert previews(without) == []
    # 17 frames are 5 latent frames; the sixth that CogVideoX 1.5 pads them with is not shown.
    assert [(item.step, item.of, item.frames, item.height, item.width) for item in previews(shown)] == [
        (step, 4, 5, 4, 6) for step in (1, 2, 3, 4)
    ]


@pytest.mark.usefixtures("unhurried")
def test_the_last_shows_the_final_latents_and_each_follows_its_step(
    make_order: MakeOrder, models: dict[str, Path], tmp_path: Path, latents: list[torch.Tensor]
) -> None:
    """By the map that the model's folder carries."""
    folder = tmp_path / "model"
    shutil.copytree(models["text"], folder)
    generator = torch.Generator().manual_seed(1)
    carried = Projection(torch.randn(4, 3, generator=generator) / 5, torch.rand(3, generator=generator))
    (folder / FILE).write_text(stored(carried), encoding="utf-8")
    model = {"folder": str(folder), "family": "cogvideox", "task": "text-to-video"}
    result = run(make_order("text", order={"model": model, "preview": True}))
    read = read_projection(folder, 4)
    assert read is not None
    assert torch.equal(colours(previews(result)[-1]), read.colours(latents[0][0]))
    said = [item for item in result.progress if isinstance(item, (StepProgress, PreviewProgress))][:8]
    assert [(item.type, item.step) for item in said] == [
        (kind, step) for step in (1, 2, 3, 4) for kind in ("step", "preview")
    ]


def test_a_resumed_render_shows_its_first_and_its_last_step(make_order: MakeOrder) -> None:
    order = make_order("text", steps=6, order={"preview": True, "overwrite": True})
    run(order, cancel_when=lambda item: isinstance(item, StepProgress) and item.step == 2)
    shown = [item.step for item in previews(run(order))]
    assert shown[0] == 3
    assert shown[-1] == 6


def out_of_memory(*_: object) -> None:
    raise torch.OutOfMemoryError("CUDA out of memory.")


@pytest.mark.parametrize(
    ("owner", "name"), [(CogVideoX, "projection"), (Projection, "colours"), (Projection, "to")]
)
def test_a_render_outlives_its_previews(
    owner: type,
    name: str,
    make_order: MakeOrder,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(owner, name, out_of_memory)
    result = run(make_order("text", order={"preview": True}))
    assert isinstance(result.outcome, RenderDone), result.outcome
    assert previews(result) == []
    assert capfd.readouterr().err.count("Traceback") == 1


GOOD = {"version": 1, "bias": [0.5, 0.5, 0.5], "weights": [[0.1, 0.2, 0.3]] * 4}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        json.dumps({**GOOD, "version": 2}),
        json.dumps({**GOOD, "weights": [[0.1, 0.2, 0.3]] * 3}),
        json.dumps({**GOOD, "weights": [[0.1, 0.2]] * 4}),
        json.dumps({**GOOD, "bias": [0.5, 0.5, float("nan")]}),
        json.dumps({**GOOD, "bias": [0.5, 0.5, 1e999]}),
        json.dumps({**GOOD, "note": "x" * 100_000}),
    ],
)
def test_a_map_of_no_use_is_not_used(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps(GOOD), encoding="utf-8")
    assert read_projection(tmp_path, 4) is not None
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    assert read_projection(tmp_path, 4) is None
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    assert read_projection(tmp_path, 4) is None


def test_the_fit_finds_a_linear_map() -> None:
    generator = torch.Generator().manual_seed(2)
    weights = torch.randn(16, 3, generator=generator) / 10
    values = torch.randn(3, 16, 8, 12, generator=generator)
    pictures = (values.movedim(1, -1) @ weights + 0.4).movedim(-1, 1)
    found = fit(values, pictures.repeat_interleave(8, 2).repeat_interleave(8, 3))
    assert torch.allclose(found.weights, weights, atol=1e-3)
    assert torch.allclose(found.bias, torch.full((3,), 0.4), atol=1e-3)


def test_no_map_is_made_of_what_is_no_number() -> None:
    values = torch.full((1, 4, 8, 8), float("inf"))
    with pytest.raises(ArithmeticError):
        fit(values, torch.rand(1, 3, 64, 64))


@given(
    costs=some.lists(some.floats(1e-5, 0.5), min_size=1, max_size=60),
    step=some.floats(0.001, 2),
)
def test_all_but_the_first_keep_within_their_share(costs: list[float], step: float) -> None:
    """However dear they are, no more is begun once the share is used up: it is passed by one preview at most."""
    pace, spent = Pace(), 0.0
    for number, cost in enumerate(costs, start=1):
        pace.stepped(step)
        if not pace.allows():
            continue
        assert number == 1 or spent <= SHARE * step * number
        pace.paid(cost)
        spent += cost


@pytest.mark.parametrize(("cost", "every"), [(0.1, 5), (0.05, 2.5), (0.01, 1)])
def test_they_thin_out_when_they_are_dear(cost: float, every: float) -> None:
    """One that costs a tenth of a step comes with every fifth, one that costs a hundredth with every step."""
    pace, shown = Pace(), []
    for number in range(1, 501):
        pace.stepped(1.0)
        if pace.allows():
            pace.paid(cost)
            shown.append(number)
    assert abs(len(shown) - 500 / every) <= 1
    # The first was not saved up for; after the second they come evenly.
    assert all(abs(after - before - every) <= 1 for before, after in pairwise(shown[1:]))


def test_the_first_and_the_last_are_shown_even_when_they_cost_more_than_all_steps() -> None:
    times = iter(range(1000))
    seen: list[int] = []
    black = Projection(torch.zeros(16, 3), torch.zeros(3))
    shown = Previews(
        "job", 30, black, torch.device("cpu"), lambda item: seen.append(item.step), lambda: next(times)
    )
    for step in range(1, 31):
        shown.show(step, 0.5, torch.zeros(5, 16, 4, 6))
    shown.close()
    assert seen == [1, 30]


@pytest.mark.parametrize(
    "shape",
    [
        (1, 4, 4),
        (13, 60, 90),
        (128, 8, 8),
        (400, 2, 2),
        (121, 256, 256),
        (9, 512, 512),
        (3, 2048, 1),
        (2, 2048, 2000),
    ],
)
def test_a_message_has_its_limits(shape: tuple[int, int, int]) -> None:
    frames, height, width = shape
    plain = Projection(torch.zeros(4, 3), torch.tensor([0.2, 0.4, 0.6]))
    seen: list[PreviewProgress] = []
    shown = Previews("job", 1, plain, torch.device("cpu"), seen.append)
    shown.show(1, 1.0, torch.zeros(frames, 4, height, width))
    item = seen[0]
    assert PreviewProgress.model_validate(item.model_dump(by_alias=True)) == item
    params = item.model_dump(mode="json", by_alias=True)
    assert len(encode({"jsonrpc": "2.0", "method": "progress", "params": params})) < 2_000_000
    assert torch.equal(
        colours(item),
        torch.tensor([51, 102, 153], dtype=torch.uint8).expand(item.frames, item.height, item.width, 3),
    )
    if frames <= 128 and max(height, width) <= 512 and frames * height * width * 4 < 1_900_000:
        assert (item.frames, item.height, item.width) == shape


def test_large_latents_are_averaged_and_long_clips_thinned_out_evenly() -> None:
    values = torch.arange(300.0).view(300, 1, 1, 1).expand(300, 1, 2, 2)
    assert reduced(values)[:, 0, 0, 0].tolist() == list(range(0, 300, 3))
    board = (torch.arange(1024).view(-1, 1) + torch.arange(1024)).remainder(2).float()
    assert torch.equal(reduced(board.view(1, 1, 1024, 1024)), torch.full((1, 1, 512, 512), 0.5))
