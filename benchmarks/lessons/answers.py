"""The answers of a lesson against its MusicXML, read by music21: nothing of Composer's own notation is used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from music21 import converter, harmony, interval, key, pitch

from composer.rendering.lesson.tasks import Tasks

SPECIAL = {"m7b5": "ø7", "m(maj7)": "mM7"}


def check_answers(tasks: Tasks, score_file: Path) -> tuple[int, list[str]]:
    """Number of statements checked, and those that are wrong."""
    score = converter.parse(score_file)
    results = [*_home(tasks, score), *_chords(tasks, score), *_rhythm(tasks, score), *_returns(tasks, score)]
    return len(results), [what for what, right in results if not right]


def _home(tasks: Tasks, score: Any) -> Iterator[tuple[str, bool]]:
    home = tasks.home
    signature = score.parts[0].recurse().getElementsByClass("KeySignature")[0]
    yield f"signature {home.fifths}", signature.sharps == home.fifths
    mode = {"harmonic-minor": "minor", "melodic-minor": "minor"}.get(home.mode, home.mode)
    if mode in ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian"):
        yield f"{home.tonic} {mode}", key.Key(sharp(home.tonic), mode).sharps == signature.sharps
    last = [tone for measure in _bars(score, _length(score)) for tone in _pitches(measure)]
    yield f"last bass {home.last_bass}", min(last, key=lambda tone: tone.ps).name == sharp(home.last_bass)
    if home.third:
        above = interval.Interval(pitch.Pitch(sharp(home.tonic) + "4"), pitch.Pitch(sharp(home.third) + "5"))
        yield f"third {home.third}", above.simpleName == ("m3" if home.minor else "M3")


def _chords(tasks: Tasks, score: Any) -> Iterator[tuple[str, bool]]:
    for asked in tasks.chords.bars if tasks.chords else ():
        root, slash, bass = asked.symbol.partition("/")
        head = root[:2] if root[1:2] in ("#", "b") else root[:1]
        suffix = root[len(head) :]
        symbol = harmony.ChordSymbol(sharp(head) + SPECIAL.get(suffix, suffix) + slash + sharp(bass))
        names = {tone.name for tone in symbol.pitches}
        yield f"bar {asked.bar}: {asked.symbol}", names == {sharp(n) for n in (*asked.tones, *([bass] if bass else []))}
        heard = {tone.pitchClass for measure in _bars(score, asked.bar) for tone in _pitches(measure)}
        yield f"bar {asked.bar} sounds", {pitch.Pitch(sharp(tone)).pitchClass for tone in asked.tones} <= heard
        yield (
            f"bar {asked.bar} is printed so",
            set(_symbol_at(score, asked.bar).pitchClasses) == set(symbol.pitchClasses),
        )


def _rhythm(tasks: Tasks, score: Any) -> Iterator[tuple[str, bool]]:
    task = tasks.rhythm
    if task is None:
        return
    unit = score.parts[0].recurse().getElementsByClass("TimeSignature")[0].denominator
    counted = [((beat - 1) + (place / 4 if place >= 0 else -place / 3)) * 4 / unit for beat, place in task.counts]
    onsets = [offset for offset, _ in _melody(score, task.bar)]
    same = len(counted) == len(onsets) and all(abs(a - b) < 0.01 for a, b in zip(counted, onsets, strict=True))
    yield f"rhythm of bar {task.bar}", same
    for bar in task.alike:
        yield f"bar {bar} has the rhythm of {task.bar}", [offset for offset, _ in _melody(score, bar)] == onsets


def _returns(tasks: Tasks, score: Any) -> Iterator[tuple[str, bool]]:
    for back in tasks.returns.returns if tasks.returns else ():
        for bar in (*back.same, *back.rhythm):
            here, there = _melody(score, bar), _melody(score, bar - back.bars[0] + back.of[0])
            if bar in back.same:
                yield f"bar {bar} has the notes of {back.of_name}", here == there
            else:
                rhythm = [offset for offset, _ in here] == [offset for offset, _ in there]
                yield f"bar {bar} has the rhythm of {back.of_name} alone", rhythm and here != there


# ------------------------------------------------------------------------------------------ reading


def sharp(name: str) -> str:
    """``"Bb"`` as music21 writes it."""
    return name[:1] + name[1:].replace("b", "-")


def _length(score: Any) -> int:
    return len(score.parts[0].getElementsByClass("Measure"))


def _bars(score: Any, number: int) -> list[Any]:
    return [part.measure(number) for part in score.parts]


def _pitches(measure: Any) -> list[Any]:
    return [tone for item in measure.recurse().notes if "Harmony" not in item.classes for tone in item.pitches]


def _melody(score: Any, number: int) -> list[tuple[float, int]]:
    """(offset, highest pitch) of the notes that begin in a bar of the top staff."""
    measure, top = score.parts[0].measure(number), {}
    for item in measure.recurse().notes:
        if "Harmony" in item.classes:
            continue
        offset = float(item.getOffsetInHierarchy(measure))
        for note in item.notes if item.isChord else [item]:
            if note.tie is None or note.tie.type == "start":
                top[offset] = max(top.get(offset, 0), note.pitch.midi)
    return sorted(top.items())


def _symbol_at(score: Any, number: int) -> Any:
    found = None
    for bar in range(1, number + 1):
        for symbol in score.parts[0].measure(bar).recurse().getElementsByClass("ChordSymbol"):
            if bar < number or symbol.offset == 0:
                found = symbol
    return found
