"""Prompts as people may write them, for a description of a clip."""

from __future__ import annotations

import random
from collections.abc import Callable

from .attributes import Description
from .words import (
    COLOR_WORDS,
    FILLERS,
    MOTION_PARTICIPLES,
    MOTION_VERBS,
    OPENINGS,
    PLACE_WORDS,
    SUBJECT_WORDS,
    TIME_WORDS,
    USUAL_VERB,
)

VAGUE_SUBJECTS = ("something", "thing", "toy", "object")
ENDINGS = (".", ".", "!", ", paper cut style", " 4k", ", highly detailed")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def caption(description: Description, rng: random.Random, drop: float = 0.10, plain: bool = False) -> str:
    """A prompt. Plain ones name every attribute and nothing else; the others leave some out (each with
    chance `drop`) and add openings, filler and misspelt words."""

    def unless_dropped(text: str) -> str:
        return "" if not plain and rng.random() < drop else text

    subject = rng.choice(SUBJECT_WORDS[description.subject])
    if not plain and rng.random() < 0.04:
        subject = rng.choice(VAGUE_SUBJECTS)
    ing, verb = USUAL_VERB[description.subject]
    color = unless_dropped(rng.choice(COLOR_WORDS[description.color]))
    place = unless_dropped(rng.choice(PLACE_WORDS[description.setting]))
    when = unless_dropped(rng.choice(TIME_WORDS[description.time]))
    doing = unless_dropped(rng.choice(MOTION_PARTICIPLES[description.motion]).format(ing=ing))
    does = rng.choice(MOTION_VERBS[description.motion]).format(verb=verb) if doing else "is here"
    text = _arrange(_words(color, subject), doing, does, place, when, rng)
    return text if plain else _roughen(text, rng)


def _words(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _clauses(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _arrange(noun: str, doing: str, does: str, place: str, when: str, rng: random.Random) -> str:
    article = "the" if rng.random() < 0.25 else "an" if noun[0] in "aeiou" else "a"
    thing = _words(article, noun)
    either = rng.choice((doing, does)) if doing else ""
    orders: tuple[Callable[[], str], ...] = (
        lambda: _words(thing, doing, place, when),
        lambda: _words(thing, doing, place, when),
        lambda: _words(thing, doing, place, when),
        lambda: _words(thing, does, place, when),
        lambda: _clauses(when, _words(thing, either, place)),
        lambda: _clauses(place, _words(thing, either, when)),
        lambda: _clauses(_words(thing, place, when), doing),
        lambda: _clauses(noun, doing, place, when),
        lambda: _words(thing, doing, when, place),
        lambda: _clauses(_words(when, place), _words(doing, noun)) if doing else _words(thing, place, when),
    )
    return rng.choice(orders)()


def _roughen(text: str, rng: random.Random) -> str:
    if rng.random() < 0.18:
        text = f"{rng.choice(OPENINGS)} {text}"
    if rng.random() < 0.22:
        words = text.split(" ")
        for _ in range(rng.randrange(1, 4)):
            nonsense = "".join(rng.choice(LETTERS) for _ in range(rng.randrange(2, 8)))
            word = rng.choice(FILLERS) if rng.random() < 0.75 else nonsense
            words.insert(rng.randrange(len(words) + 1), word)
        text = " ".join(words)
    if rng.random() < 0.3:
        text = text[0].upper() + text[1:]
    if rng.random() < 0.3:
        text += rng.choice(ENDINGS)
    return text
