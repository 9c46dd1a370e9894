"""Prompts of CogVideoX models: from words to T5 tokens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from ..libraries import tokenizers
from ..weights import BadWeights, read_json


@dataclass(frozen=True)
class Tokens:
    """`ids`: [1, limit], padded. `cut`: the end of the text that did not fit, empty when all of it did."""

    ids: torch.Tensor
    cut: str


class Tokenizer:
    """A T5 tokenizer with the special tokens that a text needs."""

    def __init__(self, backend: tokenizers.Tokenizer, pad: int, end: int) -> None:
        self._backend = backend
        self._pad = pad
        self._end = end

    def __call__(self, text: str, limit: int) -> Tokens:
        """Tokenizes as the library's pipelines do: cut to `limit` tokens of which the last is the end mark."""
        encoding = self._backend.encode(text)
        ids: list[int] = list(encoding.ids)
        cut = ""
        if len(ids) > limit:
            cut = text[_word_start(text, encoding.offsets[limit - 1][0]) :].strip()
            ids = [*ids[: limit - 1], self._end]
        padded = ids + [self._pad] * (limit - len(ids))
        return Tokens(torch.tensor([padded], dtype=torch.int64), cut)


def _word_start(text: str, position: int) -> int:
    """The start of the word that holds `position`: half a word is no word."""
    while position > 0 and not text[position - 1].isspace() and not text[position].isspace():
        position -= 1
    return position


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a model folder, from tokenizer.json or from a sentencepiece model.

    Raises BadWeights: missing or unreadable.
    """
    file = folder / "tokenizer.json"
    names = {"pad_token": "<pad>", "eos_token": "</s>"}
    config = folder / "tokenizer_config.json"
    if config.is_file():
        names.update((key, _token(value)) for key, value in read_json(config).items() if key in names)
    try:
        if file.is_file():
            backend = tokenizers.Tokenizer.from_file(str(file))
            backend.no_truncation()
            backend.no_padding()
        elif (folder / "spiece.model").is_file():
            backend = _from_sentencepiece(folder)
        else:
            raise BadWeights(file, "missing", f"{folder} has neither tokenizer.json nor spiece.model.")
    except (BadWeights, ImportError):
        raise
    except Exception as error:  # the tokenizers library raises bare Exception
        raise BadWeights(file, "unreadable", f"{folder}: {error}") from error
    pad, end = (backend.token_to_id(names[key]) for key in ("pad_token", "eos_token"))
    if pad is None or end is None:
        raise BadWeights(file, "unreadable", f"{folder}: the padding or end token is not in the vocabulary.")
    return Tokenizer(backend, pad, end)


def _token(value: object) -> str:
    return str(value["content"]) if isinstance(value, dict) else str(value)


def _from_sentencepiece(folder: Path) -> tokenizers.Tokenizer:
    from transformers.models.t5.tokenization_t5 import T5Tokenizer

    backend: tokenizers.Tokenizer = T5Tokenizer.from_pretrained(
        str(folder), local_files_only=True
    ).backend_tokenizer
    return backend
