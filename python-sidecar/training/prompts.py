"""The frozen text encoder and its tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import T5EncoderModel, T5Tokenizer

PROMPT_TOKENS = 48


@dataclass(frozen=True)
class PromptEncoder:
    tokenizer: T5Tokenizer
    encoder: T5EncoderModel

    @classmethod
    def load(cls, tokenizer: Path, encoder: Path, device: torch.device | str = "cpu") -> PromptEncoder:
        model = T5EncoderModel.from_pretrained(encoder, dtype=torch.float32).to(device)
        return cls(T5Tokenizer.from_pretrained(tokenizer), model.eval().requires_grad_(False))

    def tokens(self, prompts: Sequence[str]) -> Tensor:
        """[n, 48]"""
        tokens: Tensor = self.tokenizer(
            list(prompts),
            padding="max_length",
            max_length=PROMPT_TOKENS,
            truncation=True,
            return_tensors="pt",
        ).input_ids
        return tokens

    @torch.no_grad()
    def __call__(self, prompts: Sequence[str]) -> Tensor:
        """Embeddings [n, 48, 128]; padding is not masked, as in the CogVideoX pipelines."""
        embeddings: Tensor = self.encoder(self.tokens(prompts).to(self.encoder.device))[0]
        return embeddings
