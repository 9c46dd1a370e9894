"""The frozen parts: VAE, tokenizer, text encoder, judges."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from training.autoencoder import decode, encode, fold_scale, load_autoencoder
from training.judge_model import FRAME_ATTRIBUTES, FRAME_WEIGHTS, accuracy, load_judge
from training.latents import pool_mask
from training.prompts import PROMPT_TOKENS, PromptEncoder
from training.train_tokenizer import character_map
from training.train_vae import new_autoencoder
from training.world.motion import MOMENTS
from training.world.parameters import sample_held_out_parameters
from training.world.render import render

SHIPPED = Path(__file__).parents[3] / "resources" / "models" / "paper-world"


@pytest.fixture(scope="module")
def prompts() -> PromptEncoder:
    return PromptEncoder.load(SHIPPED / "tokenizer", SHIPPED / "text_encoder")


def test_folding_the_scale_keeps_the_picture() -> None:
    torch.manual_seed(0)
    vae = new_autoencoder().eval().requires_grad_(False)
    vae.register_to_config(scaling_factor=1.7)
    clips = torch.rand(1, 5, 3, 32, 32)
    latents = encode(vae, clips)
    before, deviation = decode(vae, latents), torch.rand(16) + 0.5
    variance = vae.encode(clips.permute(0, 2, 1, 3, 4)).latent_dist.var
    fold_scale(vae, deviation)
    folded = encode(vae, clips)
    assert vae.config.scaling_factor == 1.0
    assert torch.allclose(folded * deviation.view(16, 1, 1), latents, atol=1e-4)
    assert torch.allclose(decode(vae, folded), before, atol=1e-4)
    gain = (1.7 / deviation).view(1, 16, 1, 1, 1)
    assert torch.allclose(
        vae.encode(clips.permute(0, 2, 1, 3, 4)).latent_dist.var, variance * gain**2, rtol=1e-3
    )


def test_the_shipped_vae_keeps_what_it_is_given() -> None:
    vae = load_autoencoder(SHIPPED / "vae")
    frames, _ = render(sample_held_out_parameters(4, 3), moments=MOMENTS[:1])
    again = decode(vae, encode(vae, frames))
    error = (again - frames).square().mean((1, 2, 3, 4))
    assert (-10 * error.log10()).mean() > 26
    assert vae.config.scaling_factor == 1.0


def test_known_words_survive_the_tokenizer(prompts: PromptEncoder) -> None:
    text = "a red balloon rising over green hills at sunset"
    tokens = prompts.tokens([text])[0]
    assert len(tokens) == PROMPT_TOKENS
    assert prompts.tokenizer.decode(tokens, skip_special_tokens=True) == text


def test_case_accents_and_quotes_do_not_matter(prompts: PromptEncoder) -> None:
    plain, fancy = prompts.tokens(["a cafe's red balloon - hot", "A Caf\u00e9\u2019s RED balloon \u2013 hot"])
    assert torch.equal(plain, fancy)


def test_a_long_prompt_is_cut_and_an_empty_one_is_not_an_error(prompts: PromptEncoder) -> None:
    embeddings = prompts(["balloon " * 200, ""])
    assert embeddings.shape == (2, PROMPT_TOKENS, 128)
    assert embeddings.isfinite().all()


def test_different_prompts_have_different_embeddings(prompts: PromptEncoder) -> None:
    """A text encoder that has collapsed says the same of everything."""
    red, blue = prompts(["a red balloon over the hills", "a blue balloon over the hills"])
    assert (red - blue).norm() / red.norm() > 0.05


def test_the_character_map_leaves_plain_text_alone() -> None:
    kept = "abcdefghijklmnopqrstuvwxyz0123456789.,;:!?'\"()-/&%+#@*_ "
    assert not set(kept) & set(character_map())
    assert character_map()["Q"] == "q"


def test_the_mask_is_pooled_to_the_latents() -> None:
    mask = torch.zeros(1, 17, 160, 256)
    mask[:, 0, :8, :8] = 1
    mask[:, 6, 8:16, :4] = 1
    pooled = pool_mask(mask)
    assert pooled.shape == (1, 5, 20, 32)
    assert pooled[0, 0, 0, 0] == 1 and pooled[0, 2, 1, 0] == 0.5 and pooled.sum() == 1.5


def test_the_judges_know_drawn_clips() -> None:
    truth = sample_held_out_parameters(8, 4)
    clips, _ = render(truth, chunk=8)
    assert accuracy(load_judge().name_attributes(clips), truth)["all"] >= 0.87
    last = load_judge(FRAME_WEIGHTS).name_attributes(clips[:, -1:])
    assert accuracy(last, truth, FRAME_ATTRIBUTES)["subject"] >= 0.75
