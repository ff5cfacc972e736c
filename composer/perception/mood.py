"""A mood in words, ``"quiet grief, then a little hope"``, as feelings in order.

Time words part a mood into *stages*, ``then``, ``at first``, ``at the end``, ``from ... to ...``. Within a stage, words
of degree and negation act on what they stand before: people read a negated word as weaker and of the other sign, more
so for pleasant words than for unpleasant ones (S. Kiritchenko & S. Mohammad, "The effect of negators, modals, and
degree adverbs on sentiment composition", WASSA 2016); the factors are ours.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from composer.errors import UsageError
from composer.perception.text_affect import load_text_affect
from composer.types import Mood, MoodStage, MoodWord

__all__ = ["MAX_CHARACTERS", "read_mood"]

MAX_CHARACTERS = 400
"""Longest mood that is read."""

_STRETCH = (1.4, 2.0)
"""From the norms' scales, which few words fill, to the plan's, of valence and of arousal; a hyperbolic tangent keeps
what is strong within them."""
_NEGATION = (-0.75, -0.6)
"""What a negator leaves of a pleasant word and of an unpleasant one."""
_MOST_STAGES = 6

_START = r"(?:at first|first(?:ly)?|at the (?:beginning|start|outset)|in the beginning|initially|to begin with)"
_START_VERB = r"(?:(?:it )?(?:begins?|beginning|starts?|starting|opens?|opening)(?: off| out)?(?: in| with| as)?)"
_END = r"(?:finally|lastly|at (?:the )?(?:end|last|close)|in the end|ultimately)"
_END_VERB = r"(?:(?:it )?(?:ends|ending|closes|closing|finishes|finishing)(?: up| off)?(?: in| with| as)?)"
_NEXT = (
    r"(?:then|later(?: on)?|afterwards?|after (?:that|this)|next|eventually|gradually|followed by|"
    r"(?:turn(?:s|ing)?|fad(?:es|ing)|chang(?:es|ing)|dissolv(?:es|ing)|grow(?:s|ing)) (?:in)?to|"
    r"becom(?:es|ing)|giv(?:es|ing) way to|that fades into|in the middle)"
)
_MARKS = (
    ("start", re.compile(rf"\b(?:{_START}|{_START_VERB}|(?:start|beginning|opening)$)\b")),
    ("end", re.compile(rf"\b(?:{_END}|{_END_VERB}|(?:end|ending|close|finale|finish)$)\b")),
    ("next", re.compile(rf"\b(?:{_NEXT}|middle$)\b")),
)
_BREAK = re.compile(
    rf"[;.!?\n]+|,|\s+(?=(?:(?:and|but|,)\s+)*(?:{_NEXT}|{_END}|{_END_VERB})\s+\w)|\s+-+>?\s+|\s*(?:→|–|—)\s*"
)
_FROM_TO = re.compile(r"\bfrom ([^,;.]+?) to ([^,;.]+?)(?: to ([^,;.]+?))?(?=$|[,;.])")
_NEITHER = re.compile(r"\bneither ([^,;]+?) nor ([^,;]+?)(?=$|[,;.]| and | but )")
_CHUNK = re.compile(r"\s*(?:,|\bbut\b|\byet\b|\band\b|\bthough\b|\bwith(?=\s+(?:no|a (?:little|bit|touch|hint)))\b)\s*")
_NEGATOR = re.compile(
    r"\b(?:not at all|not|no longer|no|never|without(?: any)?|nothing|nobody|hardly|barely|scarcely|lacking|lack of|"
    r"free (?:of|from)|devoid of|far from|anything but|less|stop being|"
    r"(?:is|are|was|do|does|should|must|can)(?:n't| not)|cannot|don't (?:make it|be)|avoid)\b"
)
_DEGREES = (
    (0.35, re.compile(r"\b(?:a (?:touch|hint|trace|shade|tinge) of|faintly|barely|ever so slightly|subtly)\b")),
    (0.55, re.compile(r"\b(?:slightly|a little|a bit(?: of)?|somewhat|mildly|kind of|sort of|some|gently)\b")),
    (0.8, re.compile(r"\b(?:rather|quite|fairly|moderately|pretty)\b")),
    (1.3, re.compile(r"\b(?:very|really|so|truly|much|more|highly|strongly|full of|too|especially)\b")),
    (1.6, re.compile(
        r"\b(?:extremely|utter(?:ly)?|deep(?:ly)?|terribly|intensely|completely|totally|absolutely|profoundly|"
        r"overwhelmingly|wildly|incredibly|most)\b"
    )),
)  # fmt: skip
_STOP = frozenset((
    "a", "again", "all", "an", "and", "any", "as", "at", "be", "but", "feeling", "in", "is", "it", "its", "make",
    "mood", "music", "of", "piece", "scene", "should", "slowly", "something", "sound", "suddenly", "that", "the",
    "this", "to", "with",
))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """Words that are read together: as they were given, their core, the factor of degree, whether negated."""

    given: str
    core: str
    degree: float
    negated: bool


def read_mood(text: str) -> Mood:
    """Read a mood.

    Parameters
    ----------
    text : English; time words put its parts in order.

    Returns
    -------
    Mood
        At least one stage, at most six; each with valence and arousal in [-1, 1] and the words that moved them.

    Raises
    ------
    UsageError
        There are no words in it, or it is longer than `MAX_CHARACTERS`.
    AssetError
        The model of texts is missing or damaged.
    """
    line = " ".join(text.split())
    if not re.search(r"[^\W\d_]", line):
        raise UsageError(
            f"--mood: {text!r} has no words", hint='say a feeling: --mood "quiet grief, then a little hope"'
        )
    if len(line) > MAX_CHARACTERS:
        raise UsageError(
            f"--mood: {len(line)} characters; at most {MAX_CHARACTERS} are read", hint="say the feeling in a sentence"
        )
    stages = tuple(_stage(part) for part in _in_order(line)[:_MOST_STAGES])
    return Mood(text=line, stages=stages)


def _in_order(line: str) -> list[str]:
    """Part a mood at its time words; return its stages, each without them."""
    plain = line.lower().replace("’", "'")
    plain = _FROM_TO.sub(lambda m: "; then ".join(part for part in m.groups() if part), plain)
    clauses = [part.strip(" ,") for part in _BREAK.split(plain) if part and part.strip(" ,")]
    stages: list[tuple[str, str]] = []  # mark, text
    pending = ""
    for clause in clauses:
        mark, rest = _marked(clause)
        mark = mark or pending
        pending = "" if rest else mark  # «Finally, light»
        if not rest:
            continue
        only_start = len(stages) == 1 and stages[0][0] == "start" and not _any_mark(clauses[1:])
        if stages and not mark and not only_start:
            stages[-1] = (stages[-1][0], f"{stages[-1][1]}, {rest}")
        else:
            stages.append((mark, rest))
    first = [text for mark, text in stages if mark == "start"]
    between = [text for mark, text in stages if mark in ("", "next")]
    last = [text for mark, text in stages if mark == "end"]
    return [*first, *between, *last] or [plain]


def _any_mark(clauses: list[str]) -> bool:
    return any(pattern.search(clause) for clause in clauses for _, pattern in _MARKS)


def _marked(clause: str) -> tuple[str, str]:
    """Return a clause's place in time and the clause without the words that tell it."""
    clause = re.sub(r"^(?:and|but|so)\b\s*", "", clause)
    for mark, pattern in _MARKS:
        if pattern.search(clause):
            rest = clause
            for _, other in _MARKS:
                rest = other.sub(" ", rest)
            rest = re.sub(r"^(?:and|but)\b\s*|\s*\b(?:and|but)$", "", " ".join(rest.split()))
            return mark, rest.strip(" ,")
    return "", clause


def _stage(text: str) -> MoodStage:
    """Read one stage: the mean of its chunks, the stronger counting for more."""
    spelled = _NEITHER.sub(r"not \1 and not \2", text)
    chunks = [chunk for part in _CHUNK.split(spelled) if (chunk := _chunk(part)) is not None]
    if not chunks:
        return MoodStage(text=text, valence=0.0, arousal=0.0, words=())
    if len(chunks) > 1 and all(chunk.degree == 1.0 and not chunk.negated for chunk in chunks):
        whole = _Chunk(given=text, core=text, degree=1.0, negated=False)
        read = _read([*chunks, whole])
        values, together = read[:-1], read[-1]
    else:
        values, together = _read(chunks), None
    weights = [0.25 + abs(word.valence) + abs(word.arousal) for word in values]
    if together is not None:
        values, weights = [*values, together], [*weights, math.fsum(weights)]
    total = math.fsum(weights)
    return MoodStage(
        text=text,
        valence=_unit(math.fsum(w * word.valence for w, word in zip(weights, values, strict=True)) / total),
        arousal=_unit(math.fsum(w * word.arousal for w, word in zip(weights, values, strict=True)) / total),
        words=tuple(values[: len(chunks)]),
    )


def _chunk(part: str) -> _Chunk | None:
    given = part.strip(" ,")
    negated = bool(_NEGATOR.search(given))
    core, degree = _NEGATOR.sub(" ", given), 1.0
    for factor, pattern in _DEGREES:
        if pattern.search(core):
            degree *= factor
            core = pattern.sub(" ", core)
    words = core.split()
    while words and words[0] in _STOP:
        words.pop(0)
    core = " ".join(words)
    return _Chunk(given=given, core=core, degree=min(degree, 2.0), negated=negated) if core else None


def _read(chunks: list[_Chunk]) -> list[MoodWord]:
    found = []
    for chunk, pair in zip(chunks, load_text_affect().words([chunk.core for chunk in chunks]), strict=True):
        valence, arousal = (_moved(k * float(value), chunk) for k, value in zip(_STRETCH, pair, strict=True))
        found.append(MoodWord(text=chunk.given, valence=_unit(valence), arousal=_unit(arousal)))
    return found


def _moved(away: float, chunk: _Chunk) -> float:
    """Apply degree and negation to a departure from the neutral word; «not very» denies the degree."""
    if not chunk.negated:
        return math.tanh(away * chunk.degree)
    return math.tanh(away * _NEGATION[away < 0] / max(1.0, chunk.degree))


def _unit(value: float) -> float:
    return round(max(-1.0, min(1.0, value)), 4)
