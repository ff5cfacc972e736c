"""The finder of what a piece gives to ask about: every answer is read from the score and the plan, none is made up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from composer.rendering.lesson.caption_words import find_words
from composer.rendering.lesson.melody import counts_of, melody_bars, most_interesting, rhythm_of
from composer.rendering.lesson.tasks import (
    BarChord,
    ChordTask,
    FeelingTask,
    HomeTask,
    ListeningTask,
    PhraseTask,
    Return,
    ReturnTask,
    RhythmTask,
    Tasks,
    Version,
)
from composer.rendering.notation.spelling import chord_names
from composer.theory import CHORD_QUALITIES, Key, find_mode, parse_chord, parse_note_name
from composer.types import ChordSpan, MusicalPlan, Note, Score

__all__ = ["chord_symbol_text", "find_tasks"]

_MOST_CHORDS, _FEWEST_CHORDS = 4, 2
_MOST_FOREIGN = 0.3
"""Share of a bar's sounding time that may belong to tones outside its chord."""
_YOUNG = (None, "primer", "1", "2")
"""Levels whose lessons end with words for feelings; None where no level was asked for."""
_SUFFIXES = {"aug": "+", "m7b5": "m7b5", "mmaj7": "m(maj7)"}
"""Qualities that are printed otherwise than they are written in a plan."""


def find_tasks(score: Score, *, versions: Sequence[Version] = ()) -> Tasks:
    """Find the activities of a piece.

    Parameters
    ----------
    score : Score
        The piece as it will be printed.
    versions : sequence of Version
        Recordings for the listening comparison.
    """
    phrase = _phrase(score)
    return Tasks(
        home=_home(score),
        chords=_chords(score, phrase),
        rhythm=_rhythm(score),
        returns=_returns(score),
        words=find_words(score.plan),
        phrase=phrase,
        listening=ListeningTask(versions=tuple(versions)) if len(versions) > 1 else None,
        feelings=FeelingTask(corner=_corner(score.plan)) if score.plan.level in _YOUNG else None,
    )


# --------------------------------------------------------------------------------------------- home


def _home(score: Score) -> HomeTask:
    plan = score.plan
    key, mode = plan.key, find_mode(plan.mode)
    third = next((step for step in (4, 3) if step in mode.steps), None)
    names = chord_names(key.tonic + ("m" if third == 3 else ""), key)
    return HomeTask(
        tonic=key.tonic,
        mode=plan.mode,
        fifths=key.fifths,
        last_bass=_last_bass(score),
        third=names[(key.tonic_pc + third) % 12] if third is not None else "",
        minor=third == 3,
    )


def _last_bass(score: Score) -> str:
    plan = score.plan
    key = plan.key
    end = max((note.end for note in _sounding(score)), default=0)
    last = [note.pitch for note in _sounding(score) if note.end == end]
    return key.spell(min(last)) if last else key.tonic


def _sounding(score: Score) -> Iterable[Note]:
    return (note for track in score.tracks if not track.instrument.is_drums for note in track.notes)


# ------------------------------------------------------------------------------------------- chords


def chord_symbol_text(symbol: str, key: Key) -> str:
    """A chord symbol as the score prints it, with ``#`` and ``b`` for the accidentals: ``"Dm7"``, ``"A/C#"``."""
    chord, names = parse_chord(symbol), chord_names(symbol, key)
    bass = f"/{names[chord.bass]}" if chord.bass != chord.root else ""
    return names[chord.root] + _SUFFIXES.get(chord.quality, chord.quality) + bass


def _bar_chord(plan: MusicalPlan, bar: int) -> BarChord | None:
    """The chord of a bar that has only one."""
    inside = [chord for chord in plan.chords if chord.bar == bar]
    before = [chord for chord in plan.chords if chord.bar < bar]
    if len({chord.symbol for chord in inside}) > 1 or (inside and inside[0].beat > 1):
        return None
    return _named(plan, (inside or before[-1:])[0], bar)


def _goes_on(plan: MusicalPlan, bar: int) -> bool:
    """Whether the last bar's chord goes on, so that its symbol would tell the answer."""
    here, before = ([chord.symbol for chord in plan.chords if chord.bar <= last] for last in (bar, bar - 1))
    return bool(before) and here[-1] == before[-1]


def _named(plan: MusicalPlan, span: ChordSpan, bar: int) -> BarChord:
    key = plan.key
    chord, names = parse_chord(span.symbol), chord_names(span.symbol, key)
    tones = tuple(names[(chord.root + step) % 12] for step in CHORD_QUALITIES[chord.quality])
    return BarChord(bar=bar, symbol=chord_symbol_text(span.symbol, key), tones=tones, roman=span.roman)


def _chords(score: Score, phrase: PhraseTask | None) -> ChordTask | None:
    """Bars with one chord, all of whose tones sound; different chords first, clear of the phrase to be invented."""
    plan = score.plan
    kept = range(phrase.answer[0], phrase.answer[1] + 1) if phrase is not None else range(0)
    found: list[tuple[float, BarChord]] = []
    for bar in range(1, plan.bars + 1):
        chord = _bar_chord(plan, bar)
        if chord is None or _goes_on(plan, bar) or (bar in kept and plan.bars > 2 * len(kept)):
            continue
        foreign = _foreign_share(score, bar, chord)
        if foreign is not None:
            found.append((foreign, chord))
    bars = _spread([chord for foreign, chord in found if foreign <= _MOST_FOREIGN])
    if len(bars) < _FEWEST_CHORDS:
        bars = _spread([chord for _, chord in found])
    return ChordTask(bars=bars) if len(bars) >= _FEWEST_CHORDS else None


def _spread(found: Sequence[BarChord]) -> tuple[BarChord, ...]:
    """Up to four different chords, not side by side where there is a choice."""
    chosen: dict[str, BarChord] = {}
    for gap in (3, 2, 1):
        for chord in found:
            near = any(abs(chord.bar - other.bar) < gap for other in chosen.values())
            if not near and chord.symbol not in chosen and len(chosen) < _MOST_CHORDS:
                chosen[chord.symbol] = chord
    return tuple(sorted(chosen.values(), key=lambda chord: chord.bar))


def _foreign_share(score: Score, bar: int, chord: BarChord) -> float | None:
    """Share of the sounding time that is not the chord's; None where one of its tones is missing."""
    length = score.plan.time.bar_ticks
    start, end = (bar - 1) * length, bar * length
    times: Counter[int] = Counter()
    for note in _sounding(score):
        times[note.pitch % 12] += max(0, min(note.end, end) - max(note.onset, start))
    tones = {parse_note_name(name) for name in chord.tones}
    if any(not times[tone] for tone in tones):
        return None
    return 1 - sum(times[tone] for tone in tones) / times.total()


# ------------------------------------------------------------------------------------------- rhythm


def _rhythm(score: Score) -> RhythmTask | None:
    plan = score.plan
    bars, length = melody_bars(score), plan.time.bar_steps
    bar = most_interesting(bars, plan.meter)
    if bar is None:
        return None
    rhythms = [rhythm_of(notes, length) for notes in bars]
    held = [any(note.end > length for note in notes) for notes in bars]
    alike = tuple(
        index + 1
        for index, rhythm in enumerate(rhythms)
        if index + 1 != bar and rhythm == rhythms[bar - 1] and not held[index] and not (index and held[index - 1])
    )
    return RhythmTask(bar=bar, alike=alike, counts=counts_of(rhythms[bar - 1], plan.meter))


# --------------------------------------------------------------------------------------------- form


def _returns(score: Score) -> ReturnTask | None:
    """Sections that restate another one and are heard to: some bar has the same notes or the same rhythm."""
    plan = score.plan
    bars, length = melody_bars(score), plan.time.bar_steps
    by_name = {section.name: section for section in plan.sections}
    returns = []
    for section in plan.sections:
        first = by_name.get(section.varies or "")
        if first is None or first.start_bar >= section.start_bar:
            continue
        pairs = [(section.start_bar + i, first.start_bar + i) for i in range(min(section.bars, first.bars))]
        same = tuple(bar for bar, old in pairs if bars[bar - 1] and bars[bar - 1] == bars[old - 1])
        rhythm = tuple(
            bar
            for bar, old in pairs
            if bar not in same and bars[bar - 1]
            and rhythm_of(bars[bar - 1], length) == rhythm_of(bars[old - 1], length)
        )  # fmt: skip
        if same or rhythm:
            returns.append(
                Return(
                    bars=(section.start_bar, section.end_bar),
                    of=(first.start_bar, first.end_bar),
                    name=section.name,
                    of_name=first.name,
                    same=same,
                    rhythm=rhythm,
                )
            )
    if not returns:
        return None
    new = tuple((section.start_bar, section.end_bar) for section in plan.sections if section.varies is None)
    return ReturnTask(form=tuple(section.name for section in plan.sections), returns=tuple(returns), new=new[1:])


def _phrase(score: Score) -> PhraseTask | None:
    """A phrase and the one that answers it: the first pair whose second closes on the tonic, else the last pair.

    Of such pairs one whose question the melody sings in every bar comes before others.
    """
    plan = score.plan
    phrases, bar = [], 1
    for length in (length for section in plan.sections for length in section.phrases):
        phrases.append((bar, bar + length - 1))
        bar += length
    if len(phrases) == 1 and plan.bars >= 2:
        half = plan.bars // 2
        phrases = [(1, half), (half + 1, plan.bars)]
    pairs = list(pairwise(phrases))
    if not pairs:
        return None
    tonic = plan.key.tonic_pc
    closed = [pair for pair in pairs if parse_chord(_chord_at_end(plan, pair[1][1])).root == tonic]
    bars, choice = melody_bars(score), closed or pairs[-1:]
    sung = [(first, last) for (first, last), _ in choice if all(bars[first - 1 : last])]
    question, answer = next((pair for pair in choice if pair[0] in sung), choice[0])
    spans = [chord for chord in plan.chords if answer[0] <= chord.bar <= answer[1]]
    if not spans or (spans[0].bar, spans[0].beat) != (answer[0], 1):
        earlier = [chord for chord in plan.chords if chord.bar < answer[0]]
        spans = [*earlier[-1:], *spans]
    chords = tuple(_named(plan, span, max(span.bar, answer[0])) for span in spans)
    return PhraseTask(question=question, answer=answer, chords=chords)


def _chord_at_end(plan: MusicalPlan, bar: int) -> str:
    return [chord.symbol for chord in plan.chords if chord.bar <= bar][-1]


def _corner(plan: MusicalPlan) -> str:
    if plan.valence >= 0:
        return "glad" if plan.arousal >= 0 else "calm"
    return "wild" if plan.arousal >= 0 else "sad"
