"""Sentences about passages, composed of measured words by several templates with synonyms.

Conventions
-----------
* A sentence may keep silent about qualities; which ones it names stands beside it (`Caption.said`), so that another
  passage that fits the sentence as well is not taken for a wrong one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from composer.metrics.sound_words import SoundWords
from composer.perception.vocabulary import MOODS

__all__ = ["QUALITIES", "Caption", "caption", "mood_words", "random_words"]

QUALITIES = ("instruments", "drums", "tempo", "pace", "register", "loudness", "texture", "articulation", "key", "mode",
             "beat", "mood")  # fmt: skip

_SAYINGS: dict[str, dict[str, str]] = {
    "tempo": {
        "very slow": "very slow|largo|at a very slow tempo|grave and slow",
        "slow": "slow|adagio|at a slow tempo|slow-moving",
        "moderate": "moderate in tempo|andante|at a moderate tempo|medium tempo|moderato",
        "fast": "fast|allegro|at a fast tempo|lively|brisk",
        "very fast": "very fast|presto|at a very fast tempo|racing",
    },
    "pace": {
        "sparse": "sparse|with few notes|with long notes|spacious",
        "unhurried": "unhurried|with unhurried notes|with a steady pace",
        "flowing": "flowing|with flowing notes|with a moving rhythm",
        "busy": "busy|with many quick notes|dense with running notes|with rapid notes",
    },
    "register": {
        "very low": "very low|in a very low register|very deep|in the bass",
        "low": "low|in a low register|deep|dark and low",
        "middle": "in the middle register|in a middle register|of medium pitch",
        "high": "high|in a high register|bright and high",
        "very high": "very high|in a very high register|very high in pitch",
    },
    "loudness": {
        "soft": "soft|quiet|gently played|piano in dynamics",
        "medium": "of medium loudness|mezzo forte|at a medium volume",
        "loud": "loud|forceful|strongly played|forte",
    },
    "texture": {
        "single line": "a single line|one unaccompanied line|monophonic",
        "thin": "a thin texture|a light texture|two voices",
        "full": "a full texture|chords and melody|several voices",
        "dense": "a dense texture|thick chords|many voices at once",
    },
    "articulation": {
        "staccato": "staccato|short detached notes|clipped notes",
        "detached": "lightly detached notes|articulated notes",
        "legato": "legato|smoothly connected notes|sustained notes",
    },
    "beat": {
        "duple": "in duple time|in four|with an even beat",
        "triple": "in triple time|in three|in waltz time",
        "compound": "in compound time|in six eight|with a swaying beat",
    },
}
_DRUMS = ("drums", "a drum kit", "percussion")
_ENSEMBLES: dict[frozenset[str], tuple[str, ...]] = {
    frozenset(("violin", "viola", "cello")): ("string ensemble", "string quartet"),
    frozenset(("violin", "cello")): ("string duo",),
    frozenset(("violin", "cello", "piano")): ("piano trio",),
    frozenset(("flute", "oboe", "clarinet", "bassoon")): ("woodwind quartet",),
    frozenset(("strings", "choir")): ("choir and strings",),
}
_OPENINGS = ("music for", "a piece for", "", "played by", "a passage of", "a recording of", "the sound of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """A sentence, and which of `QUALITIES` it names."""

    text: str
    said: frozenset[str]


def caption(words: SoundWords, rng: np.random.Generator, *, full: bool = False) -> Caption:
    """Compose a sentence; `full` names every quality that is known."""
    known = [name for name in QUALITIES if name != "drums" and getattr(words, name)]
    known.append("drums")  # that none play is said by naming the others
    if full:
        said = {name for name in known if name != "mode"}
    else:
        keep = rng.uniform(0.15, 1.0)
        said = {name for name in known if rng.random() < keep} | {"instruments"} - (
            {"instruments"} if rng.random() < 0.12 else set()
        )
        if "key" in said:
            said.discard("mode")
        if not said - {"drums"}:
            said.add("pace")
    text = _compose(words, said, rng)
    return Caption(text=text, said=frozenset(said))


def _compose(words: SoundWords, said: set[str], rng: np.random.Generator) -> str:
    phrases = [_phrase(words, name, rng) for name in QUALITIES if name in said and name not in ("instruments", "drums")]
    rng.shuffle(phrases)
    if "instruments" not in said:
        head = str(rng.choice(("music", "a piece", "a passage")))
        return _joined([head, *phrases], rng)
    head = f"{rng.choice(_OPENINGS)} {_players(words, rng, drums='drums' in said)}".strip()
    if rng.random() < 0.5:
        return _joined([head, *phrases], rng)
    cut = int(rng.integers(len(phrases) + 1))
    return _joined([*phrases[:cut], head, *phrases[cut:]], rng)


def _joined(phrases: Sequence[str], rng: np.random.Generator) -> str:
    mark = str(rng.choice((", ", ", ", "; ", " - ")))
    text = mark.join(phrases)
    return (text[:1].upper() + text[1:] + ".") if rng.random() < 0.3 else text


def _phrase(words: SoundWords, name: str, rng: np.random.Generator) -> str:
    value: str = getattr(words, name)
    if name == "key":
        return str(rng.choice((f"in {value}", f"in the key of {value}", value)))
    if name == "mode":
        return str(rng.choice((f"in a {value} key", f"{value} mode", value)))
    if name == "mood":
        mood = mood_words(words, rng)
        return str(rng.choice((mood, f"mood: {mood}", f"{mood} in mood", f"{value}, {mood}", value)))
    return str(rng.choice(_SAYINGS[name][value].split("|")))


def _players(words: SoundWords, rng: np.random.Generator, *, drums: bool) -> str:
    names = list(words.instruments)
    ensemble = _ENSEMBLES.get(frozenset(names))
    if ensemble and rng.random() < 0.3:
        text = str(rng.choice(ensemble))
    elif len(names) == 1:
        text = str(rng.choice((f"solo {names[0]}", names[0], f"{names[0]} alone")))
    else:
        if rng.random() < 0.4:
            rng.shuffle(names)
        text = f"{', '.join(names[:-1])} and {names[-1]}"
        if rng.random() < 0.15:
            text = f"{names[0]} with {', '.join(names[1:])}"
    return f"{text} with {rng.choice(_DRUMS)}" if drums and words.drums else text


def mood_words(words: SoundWords, rng: np.random.Generator) -> str:
    """One or two words of mood near the passage's valence and arousal, nearer ones oftener."""
    names = list(MOODS)
    places = np.array(list(MOODS.values()))
    distance = np.hypot(places[:, 0] - words.valence, places[:, 1] - words.arousal)
    odds = np.exp(-((distance / 0.22) ** 2)) + 1e-12
    count = 1 if rng.random() < 0.5 else 2
    return ", ".join(rng.choice(names, size=count, replace=False, p=odds / odds.sum()))


def random_words(rng: np.random.Generator) -> SoundWords:
    """Words of no passage at all, for sentences that the sentence encoder should know."""
    from composer.metrics.sound_words import PLAIN_NAMES, Facts, words

    count = int(rng.choice((1, 2, 3, 4, 5), p=(0.25, 0.3, 0.25, 0.12, 0.08)))
    facts = Facts(
        instruments=tuple(str(name) for name in rng.choice(list(PLAIN_NAMES), size=count, replace=False)),
        drums=bool(rng.random() < 0.12),
        tempo_bpm=float(rng.uniform(45, 190)),
        meter=str(rng.choice(("4/4", "3/4", "6/8", "2/4", ""))),
        attacks_per_second=float(rng.uniform(0.5, 9)),
        pitch_mean=float(rng.uniform(42, 82)),
        velocity_mean=float(rng.uniform(30, 110)),
        polyphony=float(rng.uniform(1, 7)),
        gate=float(rng.uniform(0.3, 1.0)),
        tonic=int(rng.integers(12)),
        minor=bool(rng.random() < 0.5),
        key_correlation=float(rng.uniform(0.4, 1.0)),
    )
    return words(facts)
