"""Train the small T5 on captions: what it says of each token must let a few heads read the five attributes.

Trained together with the denoiser it collapses (all tokens alike, under a smoothly falling loss); trained so, and
then frozen, it does not. About two minutes on two CPU cores.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import T5Config, T5EncoderModel, T5Tokenizer

from .prompts import PROMPT_TOKENS
from .world.attributes import ATTRIBUTES
from .world.captions import caption
from .world.parameters import Parameters, describe, sample_held_out_parameters, sample_parameters

SEED = 100
WIDTH = 128


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--test", type=int, default=1000, help="captions of held-out combinations to test on")


class AttributeReader(nn.Module):
    """One query for each attribute attends to the tokens; a linear head names the value."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(len(ATTRIBUTES), WIDTH) * 0.1)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.heads = nn.ModuleList([nn.Linear(WIDTH, len(values)) for values in ATTRIBUTES.values()])

    def forward(self, tokens: Tensor) -> dict[str, Tensor]:
        attention = torch.einsum("qd,btd->bqt", self.queries, self.key(tokens)).softmax(-1)
        read = torch.einsum("bqt,btd->bqd", attention, tokens)
        return {
            name: head(read[:, i]) for i, (name, head) in enumerate(zip(ATTRIBUTES, self.heads, strict=True))
        }


def new_text_encoder(vocabulary: int) -> T5EncoderModel:
    """0.65 million parameters."""
    config = T5Config(
        vocab_size=vocabulary,
        d_model=WIDTH,
        d_kv=32,
        d_ff=256,
        num_layers=3,
        num_heads=4,
        dropout_rate=0.0,
        feed_forward_proj="gated-gelu",
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )
    encoder = T5EncoderModel(config)
    with torch.no_grad():
        encoder.shared.weight.mul_(0.3)
    return encoder


def run(options: argparse.Namespace) -> None:
    torch.manual_seed(0)
    tokenizer = T5Tokenizer.from_pretrained(options.tokenizer)
    encoder, reader = new_text_encoder(len(tokenizer)), AttributeReader()
    groups = [
        {"params": list(encoder.parameters()), "lr": 1e-3},
        {"params": list(reader.parameters()), "lr": 2e-3},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / 50) * (1 - step / options.steps)
    )
    for step in range(options.steps):
        truth = sample_parameters(options.batch, SEED + step)
        logits = reader(encoder(_tokens(tokenizer, truth, random.Random(step), plain=False))[0])
        loss = torch.stack([functional.cross_entropy(logits[name], truth[name]) for name in ATTRIBUTES]).sum()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(json.dumps({"step": step, "loss": round(loss.item(), 4)}), flush=True)
    print(json.dumps(_test(tokenizer, encoder, reader, options.test)))
    encoder.save_pretrained(options.out)


def _tokens(tokenizer: T5Tokenizer, truth: Parameters, rng: random.Random, plain: bool) -> Tensor:
    texts = [caption(description, rng, drop=0.0, plain=plain) for description in describe(truth)]
    tokens: Tensor = tokenizer(
        texts, padding="max_length", max_length=PROMPT_TOKENS, truncation=True, return_tensors="pt"
    ).input_ids
    return tokens


@torch.no_grad()
def _test(
    tokenizer: T5Tokenizer, encoder: T5EncoderModel, reader: AttributeReader, count: int
) -> dict[str, float]:
    truth = sample_held_out_parameters(count, seed=5)
    logits = reader(encoder(_tokens(tokenizer, truth, random.Random(5), plain=True))[0])
    return {
        name: round((logits[name].argmax(1) == truth[name]).float().mean().item(), 4) for name in ATTRIBUTES
    }
