"""A picture that is encoded in slabs has the library's latents up to rounding, within less memory."""

from __future__ import annotations

import pytest
import torch
from diffusers import AutoencoderKLCogVideoX
from test_decode_slabs import Counter

from reelwright_sidecar.decode.picture import encode_in_slabs


def autoencoder(**changes: object) -> AutoencoderKLCogVideoX:
    torch.manual_seed(3)
    vae = AutoencoderKLCogVideoX(
        **{
            "block_out_channels": (8, 16, 16, 32),
            "down_block_types": ("CogVideoXDownBlock3D",) * 4,
            "up_block_types": ("CogVideoXUpBlock3D",) * 4,
            "latent_channels": 4,
            "layers_per_block": 2,
            "norm_num_groups": 4,
            **changes,
        }
    )
    for weight in vae.parameters():
        weight.data += 0.05 * torch.randn_like(weight)
    return vae.eval().requires_grad_(False)


@pytest.mark.parametrize("rows", [1, 3, 8, 1000])
@pytest.mark.parametrize("size", [(16, 24), (40, 16), (8, 8)])
def test_it_is_equal_to_the_library(size: tuple[int, int], rows: int) -> None:
    vae = autoencoder()
    picture = torch.rand(1, 3, 1, *size) * 2 - 1
    with torch.inference_mode():
        theirs = vae.encode(picture).latent_dist.parameters
    ours = encode_in_slabs(vae, picture, rows)
    assert ours.shape == theirs.shape
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_with_the_convolution_that_some_have_after_it() -> None:
    vae = autoencoder(use_quant_conv=True, out_channels=4)
    picture = torch.rand(1, 3, 1, 16, 24) * 2 - 1
    with torch.inference_mode():
        theirs = vae.encode(picture).latent_dist.parameters
    torch.testing.assert_close(encode_in_slabs(vae, picture, 4), theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_rounds_no_worse_than_the_library(dtype: torch.dtype) -> None:
    vae, picture = autoencoder(), torch.rand(1, 3, 1, 32, 48) * 2 - 1
    with torch.inference_mode():
        truth = vae.encode(picture).latent_dist.parameters
        half = vae.to(dtype)
        theirs = half.encode(picture.to(dtype)).latent_dist.parameters.float()
    ours = encode_in_slabs(half, picture.to(dtype), 8).float()
    assert (ours - truth).abs().mean() <= 1.2 * (theirs - truth).abs().mean()


def test_it_takes_a_third_of_the_memory() -> None:
    vae = autoencoder()
    picture = torch.rand(1, 3, 1, 128, 128) * 2 - 1
    peaks = []
    for rows in (None, 4):
        with torch.inference_mode(), Counter() as counter:
            if rows is None:
                vae.encode(picture)
            else:
                encode_in_slabs(vae, picture, rows)
        peaks.append(counter.most)
    assert 3 * peaks[1] < peaks[0]
