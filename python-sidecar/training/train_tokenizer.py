"""Train the tokenizer on captions and common English words, and write it as a transformers folder.

Its character map is small (lower case, Latin letters without accents, plain quotes and dashes), which keeps
tokenizer.json a tenth of the usual size. Needs the sentencepiece and protobuf packages.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from transformers import T5Tokenizer

from .prompts import PROMPT_TOKENS
from .world import words
from .world.captions import caption
from .world.parameters import describe, sample_parameters

SEED = 77
CAPTIONS = 20_000
VOCABULARY = 1200
COMMON_WORDS = Path(__file__).with_name("common_words.txt")
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,;:!?'\"()-/&%+#@*_"
REPLACEMENTS = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2013": "-",
    "\u2014": "-",
    "\u2026": "...",
    "\u00a0": " ",
    "\t": " ",
    "\n": " ",
    "\r": " ",
    "\u00df": "ss",
    "\u00e6": "ae",
    "\u00c6": "ae",
    "\u0153": "oe",
    "\u0152": "oe",
    "\u00f8": "o",
    "\u00d8": "o",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True)


def run(options: argparse.Namespace) -> None:
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder, "rules.tsv")
        rules.write_text("".join(f"{_code(old)}\t{_code(new)}\n" for old, new in character_map().items()))
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=corpus(),
            model_prefix=str(Path(folder, "spiece")),
            vocab_size=VOCABULARY,
            model_type="unigram",
            character_coverage=1.0,
            pad_id=0,
            eos_id=1,
            unk_id=2,
            bos_id=-1,
            normalization_rule_tsv=str(rules),
            hard_vocab_limit=False,
            split_digits=True,
            minloglevel=2,
        )
        trained = sentencepiece_model_pb2.ModelProto()
        trained.ParseFromString(Path(folder, "spiece.model").read_bytes())
    tokenizer = T5Tokenizer(
        vocab=[(piece.piece, piece.score) for piece in trained.pieces],
        _spm_precompiled_charsmap=trained.normalizer_spec.precompiled_charsmap,
        extra_ids=0,
        model_max_length=PROMPT_TOKENS,
    )
    tokenizer.save_pretrained(options.out)
    print(len(tokenizer), "pieces in", options.out)


def corpus() -> Iterator[str]:
    """Captions, every word they can hold, common English words, and every character."""
    rng = random.Random(1)
    for description in describe(sample_parameters(CAPTIONS, SEED, allow_held_out=True)):
        yield caption(description, rng)
    tables = (
        words.SUBJECT_WORDS,
        words.COLOR_WORDS,
        words.MOTION_PARTICIPLES,
        words.MOTION_VERBS,
        words.PLACE_WORDS,
        words.TIME_WORDS,
    )
    phrases = [phrase for table in tables for phrases in table.values() for phrase in phrases]
    every = " ".join([*phrases, *words.OPENINGS, *words.FILLERS]).replace("{ing}", "").replace("{verb}", "")
    yield from [every] * 50
    common = COMMON_WORDS.read_text(encoding="utf-8").split()
    yield from (" ".join(rng.sample(common, 12)) for _ in range(400))
    yield from [" ".join(CHARACTERS), CHARACTERS] * 20


def character_map() -> dict[str, str]:
    """What each character that is not kept as it is becomes."""
    result = {}
    for code in range(0x21, 0x2100):
        old = chr(code)
        parts = unicodedata.normalize("NFKD", old) if code >= 0x80 else old
        new = "".join(part for part in parts if not unicodedata.combining(part)).lower()
        if new and new != old and new.isascii():
            result[old] = new
    return result | REPLACEMENTS


def _code(text: str) -> str:
    return " ".join(f"{ord(character):X}" for character in text)
