"""Borders of tiles and jumps between batches are found; what a picture may show itself is left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from conftest import MakeOrder
from hypothesis import given
from hypothesis import strategies as st
from in_process import run
from numpy.typing import ArrayLike
from sample_plans import plan
from test_faulty_worker import faulty

from reelwright_sidecar.contract import RenderDone, RenderFailed
from reelwright_sidecar.decode.flaws import Array, Flicker, Seams, on_a_grid

Clip = numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float64]]
FRAMES, HEIGHT, WIDTH = 33, 144, 240
SHIPPED = Path(__file__).parents[2] / "resources" / "models"


def field(seed: int, height: int = HEIGHT, width: int = WIDTH + 40) -> Clip:
    """Shapes as in photographs, the coarser the stronger, 0 to 255: [height, width, 3]."""
    random = numpy.random.default_rng(seed)
    across = numpy.hypot(numpy.fft.fftfreq(height)[:, None], numpy.fft.fftfreq(width)[None])
    noise = numpy.fft.fft2(random.standard_normal((3, height, width))) / (across + 0.01) ** 1.5
    noise = numpy.where(across > 0.03, 0, noise)
    values: Clip = numpy.fft.ifft2(noise).real
    shapes: Clip = (128 + 40 * values / values.std()).clip(0, 255)
    return shapes.transpose(1, 2, 0)


def panned(seed: int = 0) -> Clip:
    """A camera that moves slowly."""
    picture = field(seed)
    return numpy.stack([picture[:, shift : shift + WIDTH] for shift in range(FRAMES)])


def still(seed: int = 0) -> Clip:
    return numpy.repeat(field(seed)[None, :, :WIDTH], FRAMES, axis=0)


def batches(frames: int) -> list[slice]:
    """As they come from the decoder: nine, then eight each."""
    starts = [0, *range(9, frames, 8)]
    return [slice(start, stop) for start, stop in zip(starts, [*starts[1:], frames], strict=True)]


def judged(clip: Clip) -> tuple[bool, bool]:
    """Whether borders and whether jumps are found."""
    seams, flicker = Seams(), Flicker()
    pictures = clip.clip(0, 255).round().astype(numpy.uint8)
    for part in batches(len(pictures)):
        seams.add(pictures[part])
        flicker.add(pictures[part])
    return seams.found() is not None, flicker.found() is not None


def tiled(clip: Clip, rows: list[int], columns: list[int], step: float) -> Clip:
    row = numpy.searchsorted(rows, numpy.arange(HEIGHT), side="right")
    column = numpy.searchsorted(columns, numpy.arange(WIDTH), side="right")
    return clip + step * ((row[:, None] + column) % 2 - 0.5)[None, :, :, None]


def by_batch(clip: Clip, change: Callable[[Clip], Clip]) -> Clip:
    """Every second batch is changed."""
    parts = [clip[part] for part in batches(len(clip))]
    return numpy.concatenate([change(part) if number % 2 else part for number, part in enumerate(parts)])


@pytest.mark.parametrize("clip", [panned, still], ids=["panned", "still"])
def test_borders_of_tiles(clip: Callable[[int], Clip]) -> None:
    for seed in range(3):
        assert judged(clip(seed)) == (False, False)
        for rows, columns in (
            ([36, 72, 108], []),
            ([], [60, 120, 180]),
            ([48, 97], [120]),
            ([50, 100], [80, 160]),
        ):
            assert judged(tiled(clip(seed), rows, columns, 6)) == (True, False), (seed, rows, columns)


@pytest.mark.parametrize("clip", [panned, still], ids=["panned", "still"])
@pytest.mark.parametrize(
    "change",
    [
        lambda part: part + 5,
        lambda part: part - 5,
        lambda part: part * 1.06,
        lambda part: part + numpy.array([0, 0, 7]),
    ],
    ids=["brighter", "darker", "factor", "colour"],
)
def test_jumps_between_batches(change: Callable[[Clip], Clip], clip: Callable[[int], Clip]) -> None:
    for seed in range(3):
        assert judged(by_batch(clip(seed), change)) == (False, True), seed
        # A short clip has one border.
        assert judged(by_batch(clip(seed)[:17], change)) == (False, True), seed


def test_flicker_from_frame_to_frame() -> None:
    swing = 4.0 * (numpy.arange(FRAMES) % 2)
    assert judged(panned() + swing[:, None, None, None]) == (False, True)


def over_time(values: ArrayLike) -> Clip:
    return numpy.broadcast_to(numpy.asarray(values, float), (FRAMES,)).reshape(FRAMES, 1, 1, 1)


def disc(clip: Clip) -> Clip:
    """With a large bright thing that crosses the picture."""
    y, x = numpy.mgrid[:HEIGHT, :WIDTH]
    places = [numpy.hypot(y - 70, x - 7 * number) for number in range(FRAMES)]
    return numpy.stack(
        [frame + 90 * (40 - place).clip(0, 1)[..., None] for frame, place in zip(clip, places, strict=True)]
    )


def blurred(picture: Clip) -> Clip:
    """An edge as any lens or decoder draws it."""
    for axis in (0, 1):
        picture = (numpy.roll(picture, 1, axis) + 2 * picture + numpy.roll(picture, -1, axis)) / 4
    return picture


PATTERN = numpy.indices((HEIGHT, WIDTH))
TIMES = numpy.arange(FRAMES)
INNOCENT: dict[str, Callable[[], Clip]] = {
    "a cut where a batch begins": lambda: numpy.concatenate([panned(1)[:17], panned(2)[17:]]),
    "a cut at each batch": lambda: numpy.concatenate(
        [panned(number)[part] for number, part in enumerate(batches(FRAMES))]
    ),
    "a flash where a batch begins": lambda: panned() + over_time(70 * (TIMES == 9)),
    "a flash of two frames": lambda: panned() + over_time(60 * ((TIMES == 17) | (TIMES == 18))),
    "a fade from black": lambda: panned() * over_time(TIMES / FRAMES),
    "a fast fade at a batch": lambda: panned() * over_time(((TIMES - 8) / 6).clip(0, 1)),
    "a fade to white": lambda: panned() + over_time(200 * TIMES / FRAMES),
    "a crossfade": lambda: panned(1) + (panned(2) - panned(1)) * over_time((TIMES / 20).clip(0, 1)),
    "a sunset": lambda: panned() * (1 - over_time(TIMES / 50) * numpy.array([0.2, 0.6, 1])),
    "a thing that crosses": lambda: disc(panned()),
    "a lamp that flickers": lambda: (
        still()
        + over_time(numpy.random.default_rng(5).uniform(-12, 12, FRAMES))
        * numpy.exp(-numpy.hypot(PATTERN[0] - 60, PATTERN[1] - 90) / 40)[None, :, :, None]
    ),
    "noise of a film": lambda: (
        panned() + numpy.random.default_rng(3).normal(0, 6, (FRAMES, HEIGHT, WIDTH, 3))
    ),
    "a horizon": lambda: still() * 0 + blurred(numpy.where(PATTERN[0] < 70, 180.0, 90.0))[None, ..., None],
    "bars above and below": lambda: still() * ((PATTERN[0] >= 18) & (PATTERN[0] < 126))[None, ..., None],
    "bricks": lambda: (
        still() * 0.3
        + blurred(
            160 - 60.0 * ((PATTERN[0] % 18 < 2) | ((PATTERN[1] + 20 * (PATTERN[0] // 18 % 2)) % 40 < 2))
        )[None, ..., None]
    ),
    "a chessboard": lambda: (
        still() * 0.2 + blurred(100 + 30.0 * ((PATTERN[0] // 24 + PATTERN[1] // 24) % 2))[None, ..., None]
    ),
    "blinds": lambda: still() * 0.2 + (90 + 3.0 * (PATTERN[0] % 16))[None, ..., None],
    "a window frame": lambda: (
        still()
        * blurred(1 - 0.7 * ((abs(PATTERN[0] - 72) < 3) | (abs(PATTERN[1] % 80 - 40) < 3)))[None, ..., None]
    ),
    "one colour": lambda: still() * 0 + 90,
}


@pytest.mark.parametrize("name", INNOCENT)
def test_what_a_picture_may_show(name: str) -> None:
    assert judged(INNOCENT[name]()) == (False, False)


def shown(height: int, lines: list[int]) -> tuple[Array, Array]:
    """Borders on these lines, on an even picture."""
    share = numpy.zeros(height)
    share[lines] = 0.9
    return share, numpy.ones(height)


even_slabs = st.integers(2, 12).flatmap(
    lambda count: st.integers(13 * count, 600).map(
        lambda height: (height, [height * number // count for number in range(1, count)])
    )
)


@given(even_slabs, st.integers(4, 596))
def test_even_slabs_are_found_whatever_else_is_there(slabs: tuple[int, list[int]], thing: int) -> None:
    height, lines = slabs
    assert on_a_grid(*shown(height, lines)) == lines
    if thing < height - 4 and all(abs(thing - line) > 3 for line in lines):
        assert on_a_grid(*shown(height, [*lines, thing])) == lines


@given(st.integers(8, 600), st.lists(st.integers(4, 595), max_size=40, unique=True).map(sorted))
def test_nothing_is_found_where_nothing_shows(height: int, lines: list[int]) -> None:
    within = [line for line in lines if line < height]
    assert set(on_a_grid(*shown(height, within))) <= set(within)
    # Nor where most of what would show a border shows none.
    share, legible = shown(height, within)
    assert on_a_grid(share / 2, legible) == []


def test_an_edge_that_ends_is_no_border() -> None:
    """The wall of a house, and tiles that show in the sky only."""
    assert on_a_grid(*shown(160, [40, 80, 120])) == [40, 80, 120]
    share, legible = shown(160, [40, 80, 120])
    assert on_a_grid(share * 0.3, legible) == []
    assert on_a_grid(share * 0.3, legible * 0.3) == [40, 80, 120]


@pytest.mark.parametrize("size", [(16, 16), (5, 40), (40, 5), (1, 1)])
def test_small_pictures(size: tuple[int, int]) -> None:
    seams, flicker = Seams(), Flicker()
    for frames in (1, 3):
        clip = numpy.random.default_rng(0).integers(0, 256, (frames, *size, 3), dtype=numpy.uint8)
        seams.add(clip)
        flicker.add(clip)
    assert seams.found() is None
    assert flicker.found() is None


@pytest.mark.parametrize("what", ["seams", "flicker"])
def test_a_render_stops_before_its_clip_has_a_name_and_keeps_its_latents(
    what: str, make_order: MakeOrder
) -> None:
    settings: dict[str, Any] = {"width": 128, "height": 96, "frames": 17, "steps": 4, "guidance": 3.0}
    model = {"folder": str(SHIPPED / "paper-world"), "family": "cogvideox", "task": "text-to-video"}
    slabs = plan(decode={"slabRows": 32, "residentBytes": 2**20})
    order = make_order(order={"model": model, "plan": slabs}, **settings)
    with faulty([{"at": "decoding", "what": what, "times": None}]) as worker:
        worker.render(order, 1)
        failure = worker.answer(1)["result"]["failure"]
        assert (failure["cause"], failure["problem"], failure["phase"]) == ("bad-frames", what, "decoding")
        assert list(Path(order.out).parent.iterdir()) == []
        accepting = {"model": model, "plan": slabs, "acceptFrames": True}
        worker.render(make_order(order=accepting, **settings), 2)
        taken = worker.answer(2)["result"]
        assert (taken["kind"], taken["kept"]["kind"]) == ("done", "latents")


def test_a_plan_that_decodes_well_goes_on_from_the_latents(
    make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    slabs = make_order("text", order={"plan": plan(decode={"slabRows": 8, "residentBytes": 2**20})})
    monkeypatch.setattr(Seams, "found", lambda _: "Borders show.")
    failed = run(slabs).outcome
    assert isinstance(failed, RenderFailed)
    assert failed.failure.cause == "bad-frames"
    # In one piece it is the library's very decode: whatever shows then is in the picture.
    again = run(make_order("text")).outcome
    assert isinstance(again, RenderDone), again
    assert again.kept.kind == "latents"
