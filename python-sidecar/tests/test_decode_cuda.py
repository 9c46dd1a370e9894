"""A decode in slabs on a card: its kernels, its streams and its figures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from diffusers import AutoencoderKLCogVideoX

from reelwright_sidecar.decode.geometry import Slabs, structure_of
from reelwright_sidecar.decode.peak import LIBRARIES, decode_peak_bytes
from reelwright_sidecar.decode.slabs import decode_in_slabs
from reelwright_sidecar.decode.video import spare_memory

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
EVERYTHING = 2**62


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    """Convolutions in true float32; an empty card afterwards."""
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield
    torch.cuda.empty_cache()


@pytest.fixture(scope="module")
def vae() -> AutoencoderKLCogVideoX:
    """Of the true channels, with one layer to a block."""
    torch.manual_seed(12)
    vae = AutoencoderKLCogVideoX(
        block_out_channels=(128, 256, 256, 512),
        down_block_types=("CogVideoXDownBlock3D",) * 4,
        up_block_types=("CogVideoXUpBlock3D",) * 4,
        layers_per_block=1,
    )
    vae.encoder = None
    for weight in vae.parameters():
        if weight.dim() == 1:
            weight.data += 0.05 * torch.randn_like(weight)
    return vae.eval().requires_grad_(False).cuda()


@pytest.mark.parametrize("slabs", [Slabs(1, 0), Slabs(10, 2**20), Slabs(64, EVERYTHING)])
@pytest.mark.parametrize("frames", [1, 5, 6])
def test_it_is_equal_to_the_untiled_decode(vae: AutoencoderKLCogVideoX, frames: int, slabs: Slabs) -> None:
    latents = torch.randn(1, 16, frames, 5, 9, device="cuda")
    with torch.inference_mode():
        untiled = vae.decode(latents, return_dict=False)[0]
    ours = torch.cat(list(decode_in_slabs(vae, latents, slabs)), dim=2)
    torch.testing.assert_close(ours, untiled, atol=1e-4, rtol=1e-4)


def test_where_the_histories_are_changes_no_bit(vae: AutoencoderKLCogVideoX) -> None:
    latents = torch.randn(1, 16, 9, 30, 40, device="cuda")
    staying, travelling = (
        torch.cat(list(decode_in_slabs(vae, latents, Slabs(8, resident))), dim=2)
        for resident in (EVERYTHING, 0)
    )
    assert torch.equal(staying, travelling)


def test_the_memory_is_what_was_said(vae: AutoencoderKLCogVideoX) -> None:
    latents, slabs = torch.randn(1, 16, 5, 60, 90, device="cuda"), Slabs(40, 2**29)
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    for _ in decode_in_slabs(vae, latents, slabs):
        pass
    took = torch.cuda.max_memory_allocated() - before
    said = decode_peak_bytes(structure_of(vae.config), 5, 60, 90, 4, slabs) + LIBRARIES
    assert 0.95 * took <= said <= 1.1 * took


def test_spare_memory_is_less_than_what_is_free() -> None:
    spare = spare_memory(torch.device("cuda"))
    assert spare is not None
    assert 0 < spare < torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved()
