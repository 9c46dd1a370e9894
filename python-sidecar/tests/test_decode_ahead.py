"""The kernels that are made before a decode are those that it calls."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import AutoencoderKLCogVideoX

from reelwright_sidecar.decode import ahead, pointwise, slabs
from reelwright_sidecar.decode.geometry import Slabs, structure_of
from reelwright_sidecar.decode.pointwise import Modulation, Part
from reelwright_sidecar.decode.slabs import decode_in_slabs
from reelwright_sidecar.decode.windows import Window


def alike(*tensors: torch.Tensor | None) -> tuple[object, ...]:
    """What Triton makes a kernel of its own for: types, and whether strides and places are multiples of sixteen."""
    return tuple(
        tensor is not None
        and (
            tensor.dtype,
            *(stride == 1 or stride % 16 == 0 for stride in tensor.stride()),
            tensor.storage_offset() * tensor.itemsize % 16 == 0,
        )
        for tensor in tensors
    )


class Recorder:
    """Stands in for the kernels, and notes which of them would have been called."""

    def __init__(self) -> None:
        self.called: set[tuple[object, ...]] = set()

    def fill(self, window: Window, source: torch.Tensor, modulation: Modulation | None) -> None:
        factors = () if modulation is None else (modulation.coefficients, modulation.values)
        side = 1 if modulation is None else source.shape[2] // modulation.values.shape[2]
        self.called.add(("fill", source.shape[3], side, *alike(source, window.values, *factors)))
        pointwise.fill(window, source, modulation)

    def settle(self, raw: torch.Tensor, bias: torch.Tensor, target: torch.Tensor, add: bool) -> Part:
        self.called.add(("settle", target.shape[3], add, *alike(raw, bias, target)))
        return pointwise.settle(raw, bias, target, add)

    def settle_upsampled(
        self, raw: torch.Tensor, bias: torch.Tensor, target: torch.Tensor, repeats: int
    ) -> Part:
        self.called.add(("upsampled", target.shape[3], *alike(raw.flatten(3), bias, target)))
        return pointwise.settle_upsampled(raw, bias, target, repeats)


def as_on_a_card(weight: torch.Tensor) -> torch.Tensor:
    return torch.cat([weight, weight.new_zeros(-len(weight) % 8, *weight.shape[1:])])


@pytest.mark.parametrize("channels", [(16, 32, 32, 48), (32, 16, 16), (16, 16, 16, 16)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_they_are_those_that_it_calls(
    channels: tuple[int, ...], dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    vae = AutoencoderKLCogVideoX(
        block_out_channels=channels,
        down_block_types=("CogVideoXDownBlock3D",) * len(channels),
        up_block_types=("CogVideoXUpBlock3D",) * len(channels),
        layers_per_block=1,
        norm_num_groups=4,
    )
    vae = vae.to(dtype).requires_grad_(False)
    decoding, making = Recorder(), Recorder()
    monkeypatch.setattr(slabs, "kernels_for", lambda _: decoding)
    monkeypatch.setattr(slabs, "_aligned", as_on_a_card)
    for frames in (1, 3, 5):
        for _ in decode_in_slabs(vae, torch.randn(1, 16, frames, 4, 6).to(dtype), Slabs(8, 2**62)):
            pass
    ahead.run_each(making, structure_of(vae.config), dtype)
    assert making.called == decoding.called


def test_without_kernels_there_is_nothing_to_make() -> None:
    assert ahead.kernels_in_the_making(structure_of({}), torch.float32, torch.device("cpu")) is None


def test_what_fails_is_left_to_the_decode(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Refusing:
        def fill(self, *_: Any) -> None:
            raise RuntimeError("no compiler")

    monkeypatch.setattr(ahead, "kernels_for", lambda _: Refusing())
    ahead.kernels_in_the_making.cache_clear()
    structure, card = structure_of({"block_out_channels": [8]}), torch.device("cpu")
    making = ahead.kernels_in_the_making(structure, torch.float32, card)
    assert making is not None
    assert ahead.kernels_in_the_making(structure, torch.float32, card) is making
    making.join()
    assert [record.message for record in caplog.records] == ["Kernels of the decode were not made ahead."]
    ahead.kernels_in_the_making.cache_clear()
