"""The generator: the same from the same seed, and true to its word about what it holds out."""

from __future__ import annotations

import random

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.world.attributes import ATTRIBUTES, FRAMES, HEIGHT, WIDTH, is_held_out
from training.world.captions import caption
from training.world.motion import MOMENTS, trajectory
from training.world.parameters import (
    describe,
    sample_held_out_parameters,
    sample_parameters,
    select,
)
from training.world.render import render
from training.world.words import (
    COLOR_WORDS,
    MOTION_PARTICIPLES,
    MOTION_VERBS,
    PLACE_WORDS,
    SUBJECT_WORDS,
    TIME_WORDS,
    USUAL_VERB,
)

seeds = st.integers(0, 2**31)


def test_a_seed_gives_the_same_clip_each_time() -> None:
    first, mask = render(sample_parameters(2, 5))
    again, _ = render(sample_parameters(2, 5))
    assert torch.equal(first, again)
    assert first.shape == (2, FRAMES, 3, HEIGHT, WIDTH)
    assert first.min() >= 0 and first.max() <= 1
    assert mask.amax((2, 3)).min() == 1, "the toy is in every frame"


def test_a_clip_does_not_depend_on_its_neighbours() -> None:
    parameters = sample_parameters(6, 11)
    alone, _ = render(select(parameters, torch.tensor([4])), moments=MOMENTS[:1])
    together, _ = render(parameters, moments=MOMENTS[:1], chunk=3)
    assert torch.allclose(alone[0], together[4], atol=1e-6)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_training_never_draws_a_held_out_combination(seed: int) -> None:
    drawn = sample_parameters(64, seed)
    assert not is_held_out(drawn["subject"], drawn["color"], drawn["setting"]).any()


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_the_evaluation_draws_nothing_else(seed: int) -> None:
    drawn = sample_held_out_parameters(16, seed)
    assert len(drawn["time"]) == 16
    assert is_held_out(drawn["subject"], drawn["color"], drawn["setting"]).all()


def test_about_six_percent_are_held_out_and_every_value_is_still_trained_on() -> None:
    values = [torch.arange(len(ATTRIBUTES[name])) for name in ("subject", "color", "setting")]
    every = torch.cartesian_prod(*values)
    held = is_held_out(every[:, 0], every[:, 1], every[:, 2])
    assert 0.04 < held.float().mean() < 0.08
    for column, value in enumerate(values):
        assert set(every[~held][:, column].tolist()) == set(value.tolist())


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_the_start_does_not_tell_the_motion(seed: int) -> None:
    """A flying toy starts at the same place, size and height whatever it will do."""
    parameters = sample_parameters(8, seed)
    parameters["subject"][:] = ATTRIBUTES["subject"].index("balloon")
    parameters["scalar"] = parameters["scalar"][:1].expand(8, -1)
    parameters["motion"] = torch.arange(8)
    path = trajectory(parameters, MOMENTS)
    for value in (path.x, path.y, path.size):
        assert torch.allclose(value[:, 0], value[:1, 0].expand(8), atol=1e-5)
    end = torch.stack([path.x, path.y, path.size], -1)[:, -1]
    assert end[1, 0] - end[0, 0] > 0.6 and end[3, 1] - end[2, 1] > 0.35 and end[5, 2] > 2 * end[6, 2]


@given(seeds, st.booleans())
@settings(max_examples=100, deadline=None)
def test_captions_name_every_attribute_that_is_kept(seed: int, plain: bool) -> None:
    """With nothing dropped, every attribute has a word of its own in the caption."""
    description = describe(sample_parameters(1, seed, allow_held_out=True))[0]
    rng = random.Random(seed)
    text = caption(description, rng, drop=0.0, plain=True).lower()
    ing, verb = USUAL_VERB[description.subject]
    motions = (*MOTION_PARTICIPLES[description.motion], *MOTION_VERBS[description.motion])
    for choices in (
        SUBJECT_WORDS[description.subject],
        COLOR_WORDS[description.color],
        PLACE_WORDS[description.setting],
        TIME_WORDS[description.time],
        [phrase.format(ing=ing, verb=verb) for phrase in motions],
    ):
        assert any(choice in text for choice in choices), (text, choices)
    assert caption(description, random.Random(seed), plain=plain) == caption(
        description, random.Random(seed), plain=plain
    )
