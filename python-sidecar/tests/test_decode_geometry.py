"""Rows, frames and bytes of a decode in slabs: properties, and agreement with the library's decoder."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLCogVideoX
from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright_sidecar.decode.geometry import (
    Kind,
    Slabs,
    Stage,
    Structure,
    batches,
    doubled,
    even_spans,
    fresh,
    kept_on_device,
    source_frame,
    spans,
    stages,
    structure_of,
)
from reelwright_sidecar.decode.peak import decode_peak_bytes, host_bytes, slabs_within

GIB = 2**30
BF16 = 2
TRUE = structure_of({})
SHORT, FULL, LARGE = (3, 20, 32), (13, 60, 90), (21, 96, 170)
sizes = st.sampled_from([SHORT, FULL, LARGE])


@given(st.integers(1, 400), st.integers(1, 500))
def test_slabs_cover_every_row_once_and_are_even(height: int, rows: int) -> None:
    found = spans(height, rows)
    assert found[0][0] == 0 and found[-1][1] == height
    assert all(before[1] == after[0] for before, after in pairwise(found))
    heights = [stop - start for start, stop in found]
    assert min(heights) >= 1 and max(heights) <= rows and max(heights) - min(heights) <= 1


@given(st.integers(1, 200), st.integers(1, 500))
def test_slabs_of_an_upsampled_map_begin_on_even_rows(half: int, rows: int) -> None:
    found = even_spans(2 * half, rows)
    assert found[0][0] == 0 and found[-1][1] == 2 * half
    assert all(before[1] == after[0] for before, after in pairwise(found))
    assert all(start % 2 == 0 and start < stop for start, stop in found)
    assert all(stop - start <= max(rows, 2) for start, stop in found)


@given(st.integers(1, 400), st.integers(1, 500))
def test_a_window_takes_every_row_once_and_has_its_neighbours(height: int, rows: int) -> None:
    taken: list[int] = []
    for start, stop in spans(height, rows):
        first, end = fresh(start, stop, height)
        # The two rows before the fresh ones are the last of the window above.
        assert first == 0 if start == 0 else taken[-2:] == [start - 1, start]
        taken += range(first, end)
        assert taken[-1] == min(stop, height - 1)
    assert taken == list(range(height))


@given(st.integers(1, 60))
def test_batches_are_of_two_latent_frames_and_the_first_takes_the_odd_one(frames: int) -> None:
    found = batches(frames)
    assert [frame for start, stop in found for frame in range(start, stop)] == list(range(frames))
    assert {stop - start for start, stop in found[1:]} <= {2}
    assert found[0][1] == min(frames, 2 + frames % 2)


@given(st.integers(1, 9), st.integers(0, 2))
def test_repeated_frames_are_the_library_s(frames: int, doublings: int) -> None:
    odd = frames > 1 and frames % 2 == 1
    numbers = torch.arange(frames, dtype=torch.float32).view(1, 1, frames, 1, 1)
    more = frames
    for _ in range(doublings):
        more = doubled(more)
    factor = 1 if frames == 1 else 2**doublings
    if odd:
        rest = F.interpolate(numbers[:, :, 1:], size=(more - 1, 1, 1))
        expected = torch.cat([numbers[:, :, :1], rest], dim=2)
    else:
        expected = F.interpolate(numbers, size=(more, 1, 1))
    assert [source_frame(frame, factor, odd) for frame in range(more)] == expected.flatten().int().tolist()


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("layers", [1, 3])
def test_stages_are_the_decoder_s_convolutions(frames: int, layers: int) -> None:
    vae = AutoencoderKLCogVideoX(
        block_out_channels=(4, 8, 8, 12),
        down_block_types=("CogVideoXDownBlock3D",) * 4,
        up_block_types=("CogVideoXUpBlock3D",) * 4,
        latent_channels=4,
        layers_per_block=layers,
        norm_num_groups=2,
    )
    seen: list[Stage] = []

    def note(name: str) -> Callable[[torch.nn.Module, tuple[torch.Tensor], torch.Tensor], None]:
        def hook(module: torch.nn.Module, inputs: tuple[torch.Tensor], result: torch.Tensor) -> None:
            # An upsampling's convolution takes its frames as a batch.
            flat = result if result.dim() == 5 else result.transpose(0, 1)[None]
            kind = kinds[name.rpartition(".")[2]]
            seen.append(Stage(name, kind, inputs[0].shape[1], *flat.shape[1:]))

        return hook

    kinds: dict[str, Kind] = {
        "conv_in": "in",
        "conv1": "first",
        "conv2": "second",
        "conv": "up",
        "conv_out": "out",
    }
    for name, module in vae.decoder.named_modules():
        plain = name.removesuffix(".conv") if "upsamplers" not in name else name
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Conv3d)) and plain.rpartition(".")[2] in kinds:
            module.register_forward_hook(note(plain))
    with torch.inference_mode():
        vae.decoder(torch.randn(1, 4, frames, 3, 5))
    assert list(stages(structure_of(vae.config), frames, 3, 5)) == seen


def test_a_configuration_without_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="latent_channels"):
        structure_of({"latent_channels": "many"})
    with pytest.raises(ValueError, match="block_out_channels"):
        structure_of({"block_out_channels": [128, None]})


@given(st.integers(0, 4 * GIB))
def test_histories_that_stay_fit_and_are_the_smallest(resident: int) -> None:
    order = list(stages(TRUE, 3, 60, 90))
    kept = kept_on_device(order, BF16, resident)
    away = [stage.history for stage in order if stage.name not in kept]
    stay = [stage.history for stage in order if stage.name in kept]
    assert sum(stay) * BF16 <= resident
    assert not away or not stay or max(stay) <= min(away)
    assert not away or (sum(stay) + min(away)) * BF16 > resident


@settings(max_examples=30)
@given(sizes, st.floats(0.1, 20), st.floats(0, 5))
def test_what_is_chosen_fits_and_more_memory_never_gives_less(
    size: tuple[int, int, int], gib: float, more: float
) -> None:
    budget, larger = round(gib * GIB), round((gib + more) * GIB)
    slabs, better = (slabs_within(TRUE, *size, BF16, bytes_) for bytes_ in (budget, larger))
    if slabs is None:
        return
    assert decode_peak_bytes(TRUE, *size, BF16, slabs) <= budget
    assert better is not None and better.rows >= slabs.rows
    if better.rows == slabs.rows:
        assert host_bytes(TRUE, *size, BF16, better) <= host_bytes(TRUE, *size, BF16, slabs)


def test_49_frames_of_720x480_fit_into_3_gib_with_the_weights() -> None:
    weights = 0.23
    assert slabs_within(TRUE, *FULL, BF16, round((3 - weights) * GIB)) is not None
    assert slabs_within(TRUE, *FULL, BF16, 1 * GIB) is None


@settings(max_examples=20)
@given(sizes, st.integers(1, 500), st.floats(0, 3))
def test_a_higher_slab_and_more_histories_take_more(
    size: tuple[int, int, int], rows: int, gib: float
) -> None:
    def peak(slabs: Slabs) -> int:
        return decode_peak_bytes(TRUE, *size, BF16, slabs)

    resident = round(gib * GIB)
    assert peak(Slabs(rows, resident)) <= peak(Slabs(rows, 2 * resident))
    assert peak(Slabs(rows, resident)) <= peak(Slabs(2 * rows, resident))


def test_structure_of_the_true_decoder() -> None:
    assert Structure(latent=16, channels=(512, 256, 256, 128), layers=4, doublings=2, pictures=3) == TRUE
    assert TRUE.scale == 8
