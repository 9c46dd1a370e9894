"""The denoiser, its optimiser and its training loop."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import torch
from torch import nn

from training import latents, train_denoiser
from training.assemble import make_denoiser
from training.checkpoints import load_state, load_weights
from training.denoiser import (
    LATENT_CHANNELS,
    LATENT_FRAMES,
    new_denoiser,
    new_scheduler,
    noise_and_velocity,
    with_picture,
)
from training.gap import HeldOutProbe
from training.optimiser import GradientGuard, MuonAdam, orthogonalise
from training.schedule import Plan

SHIPPED = Path(__file__).parents[3] / "resources" / "models" / "paper-world"


def test_without_a_picture_the_joint_denoiser_is_the_text_one() -> None:
    torch.manual_seed(0)
    joint = new_denoiser(picture=True, num_layers=2)
    for parameter in joint.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.05)
    text = new_denoiser(picture=False, num_layers=2)
    state = dict(joint.state_dict())
    state["patch_embed.proj.weight"] = state["patch_embed.proj.weight"][:, :LATENT_CHANNELS]
    text.load_state_dict(state)
    noisy = torch.randn(1, LATENT_FRAMES, LATENT_CHANNELS, 20, 32)
    given = {
        "encoder_hidden_states": torch.randn(1, 48, 128),
        "timestep": torch.tensor([500]),
        "return_dict": False,
    }
    with torch.no_grad():
        from_joint = joint(hidden_states=with_picture(noisy, None), **given)[0]
        from_text = text(hidden_states=noisy, **given)[0]
    assert from_joint.std() > 0.01
    assert torch.allclose(from_joint, from_text, atol=1e-5)


def test_the_picture_goes_beside_the_first_latent_frame_only() -> None:
    noisy, picture = torch.randn(2, 5, 16, 4, 4), torch.randn(2, 16, 4, 4)
    both = with_picture(noisy, picture)
    assert torch.equal(both[:, :, :16], noisy)
    assert torch.equal(both[:, 0, 16:], picture)
    assert not both[:, 1:, 16:].any()


def test_velocity_agrees_with_the_scheduler() -> None:
    scheduler = new_scheduler()
    clean, noise, timestep = (
        torch.randn(3, 5, 16, 2, 2),
        torch.randn(3, 5, 16, 2, 2),
        torch.tensor([0, 500, 999]),
    )
    noisy, velocity = noise_and_velocity(clean, noise, scheduler.alphas_cumprod[timestep].float())
    assert torch.allclose(noisy, scheduler.add_noise(clean, noise, timestep), atol=1e-5)
    assert torch.allclose(velocity, scheduler.get_velocity(clean, noise, timestep), atol=1e-5)
    assert torch.allclose(noisy[2], noise[2], atol=1e-5), "the last timestep holds no signal"


def test_orthogonalise_levels_the_singular_values() -> None:
    for shape in ((3, 16, 16), (2, 48, 16), (2, 16, 48)):
        values = torch.linalg.svdvals(orthogonalise(torch.randn(shape)))
        assert values.min() > 0.5 and values.max() < 1.3


@pytest.mark.parametrize("use_muon", [True, False])
def test_the_optimiser_learns_and_its_state_can_be_restored(use_muon: bool) -> None:
    def problem() -> tuple[nn.ModuleDict, MuonAdam]:
        torch.manual_seed(1)
        model = nn.ModuleDict({"hidden": nn.Linear(8, 8), "out": nn.Linear(8, 1)})
        named = [(f"transformer_blocks.0.ff.{name}", p) for name, p in model["hidden"].named_parameters()]
        named += list(model["out"].named_parameters())
        return model, MuonAdam(named, use_muon=use_muon)

    def descend(model: nn.ModuleDict, optimiser: MuonAdam, steps: range) -> float:
        for i in steps:
            x = torch.randn(32, 8, generator=torch.Generator().manual_seed(i))
            hidden = torch.tanh(model["hidden"](x))
            loss = (model["out"](hidden) - x.sum(1, keepdim=True)).square().mean()
            model.zero_grad()
            loss.backward()
            optimiser.step(0.02)
        return float(loss)

    model, optimiser = problem()
    assert descend(model, optimiser, range(20)) > descend(model, optimiser, range(20, 150))
    whole, first = problem()
    descend(whole, first, range(6))
    part, second = problem()
    descend(part, second, range(3))
    saved = {k: v.clone() for k, v in second.state().items()}
    resumed, third = problem()
    resumed.load_state_dict(part.state_dict())
    third.restore(saved)
    descend(resumed, third, range(3, 6))
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))


def test_the_guard_drops_steps_that_are_not_finite_or_far_too_large() -> None:
    parameter = nn.Parameter(torch.ones(4))
    guard = GradientGuard(torch.device("cpu"))
    for size in (0.3, 0.4, 100.0, float("nan"), 0.2):
        parameter.grad = torch.full((4,), size)
        guard([parameter])
        expected = size if size < 1 else 0.0
        assert torch.allclose(parameter.grad, torch.full((4,), expected).clamp(max=0.5), atol=1e-4)
    largest, skipped = guard.report()
    assert skipped == 2 and largest > 100
    assert guard.report() == (0.0, 0)


def test_the_rate_warms_up_holds_and_falls_with_the_time() -> None:
    plan = Plan(total=100, singles=0.2, learning_rate=1.0, warm_up=10, decay_from=0.5, final=0.1)
    assert plan.rate(0, 0) == pytest.approx(0.1)
    assert plan.rate(10, 50) == pytest.approx(1.0)
    assert plan.rate(1000, 75) == pytest.approx(0.55)
    assert plan.rate(1000, 100) == plan.rate(1000, 200) == pytest.approx(0.1)
    assert plan.trains_singles(19) and not plan.trains_singles(20)


def _train(state: Path, stop_after: int) -> None:
    parser = argparse.ArgumentParser()
    train_denoiser.add_arguments(parser)
    parts = ("vae", "tokenizer", "text-encoder")
    folders = [f"--{part}={SHIPPED / part.replace('-', '_')}" for part in parts]
    options = (
        f"--state {state} --total 3 --in-steps --stop-after {stop_after} --singles 1 --batch 1 --device cpu "
        "--first-clips 4 --capacity 8 --draw-every 0 --report-every 100"
    )
    train_denoiser.run(parser.parse_args([*folders, *options.split()]))


def test_a_run_that_was_cut_ends_with_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latents, "DRAWING", 4)
    monkeypatch.setattr(train_denoiser, "DRAWING", 4)
    monkeypatch.setattr(HeldOutProbe.__init__, "__defaults__", (2,))
    _train(tmp_path / "whole", 3)
    _train(tmp_path / "cut", 1)
    _train(tmp_path / "cut", 2)
    whole, cut = load_state(tmp_path / "whole"), load_state(tmp_path / "cut")
    assert whole.progress == cut.progress and whole.progress.step == 3
    for name in ("weights", "average"):
        one, other = getattr(whole, name), getattr(cut, name)
        assert all(torch.equal(one[key], other[key]) for key in one)
    again = load_weights(tmp_path / "cut")
    assert all(torch.equal(again[key], cut.average[key]) for key in again)
    assert make_denoiser(whole.average, picture=False).config.in_channels == LATENT_CHANNELS
    assert not list(tmp_path.rglob("*.pt")) and not list(tmp_path.rglob("*.partial"))


def test_training_can_go_on_from_the_shipped_weights() -> None:
    new_denoiser().load_state_dict(load_weights(SHIPPED.with_name("paper-world-i2v") / "transformer"))
