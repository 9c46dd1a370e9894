"""A decode in slabs gives what the library's untiled decode gives, whatever the slabs, in the memory it said."""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKLCogVideoX
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_leaves

from reelwright_sidecar.decode import video
from reelwright_sidecar.decode.geometry import Slabs, structure_of
from reelwright_sidecar.decode.peak import decode_peak_bytes, host_bytes
from reelwright_sidecar.decode.slabs import decode_in_slabs
from reelwright_sidecar.decode.video import decode_video, slabs_for, spare_memory
from reelwright_sidecar.families.cogvideox_load import load_component

SHIPPED = Path(__file__).parents[2] / "resources" / "models" / "paper-world"
EVERYTHING = 2**62


def autoencoder(**config: Any) -> AutoencoderKLCogVideoX:
    """A small one in which no weight is zero and no gain one: nothing hides an error."""
    torch.manual_seed(11)
    vae = AutoencoderKLCogVideoX(
        **{
            "block_out_channels": (8, 16, 16, 24),
            "down_block_types": ("CogVideoXDownBlock3D",) * 4,
            "up_block_types": ("CogVideoXUpBlock3D",) * 4,
            "latent_channels": 4,
            "layers_per_block": 1,
            "norm_num_groups": 4,
            **config,
        }
    )
    for weight in vae.parameters():
        weight.data += 0.05 * torch.randn_like(weight)
    return vae.eval()


VAES = {
    "1.0": autoencoder(layers_per_block=3),
    "1.5": autoencoder(scaling_factor=0.7, invert_scale_latents=True),
    "same channels": autoencoder(block_out_channels=(8, 8, 8, 8), norm_num_groups=2),
    "other levels": autoencoder(
        block_out_channels=(8, 16, 8),
        down_block_types=("CogVideoXDownBlock3D",) * 3,
        up_block_types=("CogVideoXUpBlock3D",) * 3,
        temporal_compression_ratio=2,
    ),
}


def compare(vae: AutoencoderKLCogVideoX, latents: torch.Tensor, ways: list[Slabs]) -> None:
    with torch.inference_mode():
        untiled = vae.decode(latents, return_dict=False)[0]
    for slabs in ways:
        ours = torch.cat(list(decode_in_slabs(vae, latents, slabs)), dim=2)
        assert ours.shape == untiled.shape
        assert (ours - untiled).abs().max() < 1e-4 * max(untiled.abs().max(), 1), slabs


@pytest.mark.parametrize("frames", [1, 2, 3, 5, 7])
def test_any_number_of_frames(frames: int) -> None:
    latents = torch.randn(1, 4, frames, 2, 3)
    compare(VAES["1.0"], latents, [Slabs(5, 0), Slabs(1000, EVERYTHING)])


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 24, 1000])
def test_any_height_of_slabs(rows: int) -> None:
    compare(VAES["1.5"], torch.randn(1, 4, 5, 3, 2), [Slabs(rows, 0)])


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (5, 1), (3, 5)])
def test_any_size(size: tuple[int, int]) -> None:
    compare(VAES["1.5"], torch.randn(1, 4, 3, *size), [Slabs(3, 0), Slabs(8, EVERYTHING)])


@pytest.mark.parametrize("resident", [0, 10_000, 40_000, EVERYTHING])
def test_any_place_of_the_histories(resident: int) -> None:
    compare(VAES["1.5"], torch.randn(1, 4, 7, 2, 3), [Slabs(4, resident)])


@pytest.mark.parametrize("name", list(VAES))
def test_any_autoencoder(name: str) -> None:
    compare(VAES[name], torch.randn(1, 4, 5, 2, 3), [Slabs(4, 0)])


def test_the_shipped_autoencoder() -> None:
    vae = load_component("vae", SHIPPED, torch.float32, lambda: None)
    compare(vae, torch.randn(1, 16, 3, 4, 6), [Slabs(6, 0)])


def test_in_bfloat16_it_is_no_further_from_the_truth_than_the_library() -> None:
    vae = autoencoder(block_out_channels=(16, 16, 16, 16)).to(torch.bfloat16)
    latents = torch.randn(1, 4, 3, 3, 4).to(torch.bfloat16)
    with torch.inference_mode():
        theirs = vae.decode(latents, return_dict=False)[0].float()
        ours = torch.cat(list(decode_in_slabs(vae, latents, Slabs(8, 0))), dim=2).float()
        truth = vae.float().decode(latents.float(), return_dict=False)[0]
    assert (ours - truth).square().mean() <= 1.1 * (theirs - truth).square().mean()


def test_frames_come_batch_by_batch_and_a_decode_can_be_left() -> None:
    latents = torch.randn(1, 4, 5, 2, 3)
    whole = list(decode_in_slabs(VAES["1.5"], latents, Slabs(4, 0)))
    assert [batch.shape[2] for batch in whole] == [9, 8]
    cut = decode_in_slabs(VAES["1.5"], latents, Slabs(4, 0))
    assert torch.equal(next(cut), whole[0])
    cut.close()
    assert torch.equal(next(decode_in_slabs(VAES["1.5"], latents, Slabs(4, 0))), whole[0])


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_without_a_limit_it_is_the_library_to_the_bit(frames: int) -> None:
    latents = torch.randn(1, 4, frames, 2, 3)
    with torch.inference_mode():
        untiled = VAES["1.5"].decode(latents, return_dict=False)[0]
        assert torch.equal(torch.cat(list(decode_video(VAES["1.5"], latents, None)), dim=2), untiled)
    assert spare_memory(torch.device("cpu")) is None
    assert slabs_for(VAES["1.5"], latents) is None


@pytest.mark.parametrize("memory", [0, 2**30])
def test_within_what_is_free_it_is_equal_even_if_it_does_not_fit(
    memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "spare_memory", lambda _: memory)
    latents = torch.randn(1, 4, 3, 2, 3)
    with torch.inference_mode():
        untiled = VAES["1.5"].decode(latents, return_dict=False)[0]
    slabs = slabs_for(VAES["1.5"], latents)
    assert slabs is not None
    assert (slabs.rows, slabs.resident) == (1, 0) if memory == 0 else slabs.rows > 1
    ours = torch.cat(list(decode_video(VAES["1.5"], latents, slabs)), dim=2)
    torch.testing.assert_close(ours, untiled, atol=1e-4, rtol=1e-4)


class Counter(TorchDispatchMode):
    """Counts the bytes of all that is made while it is entered, as long as it lives."""

    def __init__(self) -> None:
        TorchDispatchMode.__init__(self)
        self.most = self._now = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                self._count(tensor.untyped_storage())
        return result

    def _count(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key not in self._known:
            self._known.add(key)
            self._now += storage.nbytes()
            self.most = max(self.most, self._now)
            weakref.finalize(storage, self._gone, key, storage.nbytes())

    def _gone(self, key: int, size: int) -> None:
        self._known.discard(key)
        self._now -= size


def keeping(convolve: Any, layout: torch.memory_format) -> Any:
    """The convolution's result in that layout, without a trace of the one it came in."""

    def convolved(*args: Any, **kwargs: Any) -> torch.Tensor:
        with _disable_current_modes():
            shape = convolve(*args, **kwargs).shape
        return torch.empty(shape, dtype=args[0].dtype, device=args[0].device, memory_format=layout)

    return convolved


@pytest.mark.parametrize(
    ("frames", "height", "width", "slabs"),
    [
        (5, 60, 90, Slabs(240, EVERYTHING)),
        (3, 60, 90, Slabs(160, 0)),
        (5, 96, 170, Slabs(400, 2**30)),
    ],
)
def test_the_memory_is_what_was_said(
    frames: int, height: int, width: int, slabs: Slabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the true size, with tensors that have a shape and no numbers. Here histories count wherever they are."""
    # On a card a convolution keeps the layout of what it is given.
    for name, layout in (("conv2d", torch.channels_last), ("conv3d", torch.channels_last_3d)):
        monkeypatch.setattr(functional, name, keeping(getattr(functional, name), layout))
    with torch.device("meta"):
        vae = AutoencoderKLCogVideoX(
            block_out_channels=(128, 256, 256, 512),
            down_block_types=("CogVideoXDownBlock3D",) * 4,
            up_block_types=("CogVideoXUpBlock3D",) * 4,
        )
    vae = vae.to(torch.bfloat16).requires_grad_(False)
    with Counter() as counter:
        latents = torch.empty(1, 16, frames, height, width, dtype=torch.bfloat16, device="meta")
        for batch in decode_in_slabs(vae, latents, slabs):
            assert batch.shape[1:2] + batch.shape[3:] == (3, 8 * height, 8 * width)
    structure = structure_of(vae.config)
    said = sum(count(structure, frames, height, width, 2, slabs) for count in (decode_peak_bytes, host_bytes))
    assert counter.most <= said <= 1.05 * counter.most


@pytest.mark.skipif(find_spec("triton") is None, reason="needs Triton")
def test_kernels_are_equal_to_plain_torch() -> None:
    tests = Path(__file__).parent
    ran = subprocess.run(
        [sys.executable, str(tests / "decode_kernels.py")],
        cwd=tests,
        env={**os.environ, "PYTHONPATH": str(tests.parent), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.strip().endswith("equal"), ran.stderr
