"""A plan from a MIDI file: what was measured, in the words of a plan, each field with its reason.

Tempo, meter, key, chords, parts and loudness are the file's. Form is its markers', or found by repetition. Feeling is
read from tempo, loudness, density, mode and register by the rules of `composer.planning.affect_to_music` turned
around: a rough guide, which nothing but the section's shading depends on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composer.dynamics import level_of
from composer.gm import DRUM_KIT, INSTRUMENTS
from composer.pipeline.midi_names import NamedPart, given_name, part_names
from composer.theory import Key, parse_chord
from composer.types import MAX_BARS, TEMPO_RANGE, ChordSpan, Instrument, MusicalPlan, Section

if TYPE_CHECKING:
    from composer.midi.piece import MidiPiece
    from composer.midi.reader import MidiFile
    from composer.music.infill.piece_analysis import MeasuredPart, MeasuredSection, PieceAnalysis

__all__ = ["left_out", "loudness", "piece_title", "plan_from_midi", "plan_of_piece"]

_OCTAVE_AND_A_BIT = 14
"""Fewest semitones between a part's lowest and highest note, so that every chord can be met."""
_LOOSE_TIMING = 0.04
"""Mean distance from the grid, in quarter notes, from which a file counts as played and not written."""
_MODE_VALENCE = 0.35
_PART_OF, _LEFT_OUT = "of the file, which has", "; left out: "
"""Words of the reasons that say what a plan leaves out."""


def plan_from_midi(
    midi: Path | str | MidiFile, *, bars: tuple[int, int] | None = None, title: str | None = None
) -> MusicalPlan:
    """Derive a plan from a MIDI file.

    Parameters
    ----------
    midi : path or MidiFile
        Any Standard MIDI File of type 0 or 1, or one that was read.
    bars : pair of int, optional
        First and last bar, from 1; see `composer.music.infill.piece_analysis.analyse_piece`.
    title : str, optional
        Title of the piece; without it the file's own, or its name.

    Raises
    ------
    MidiError
        The file is missing, broken, without pitched notes, or in no meter that can be composed.
    UsageError
        The bars lie outside the piece.
    """
    from composer.midi.piece import read_piece

    return plan_of_piece(read_piece(midi), bars=bars, title=title or "")


def plan_of_piece(piece: MidiPiece, *, bars: tuple[int, int] | None = None, title: str = "") -> MusicalPlan:
    """Like `plan_from_midi` for a file that was read.

    Raises
    ------
    MidiError, UsageError
        As `plan_from_midi`.
    """
    from composer.music.infill.piece_analysis import analyse_piece
    from composer.planning.ornament_choice import with_ornaments_as_heard

    seen = analyse_piece(piece, bars=bars)
    parts = _instruments(seen)
    valence, arousal = _feeling(seen)
    chords = _chords(seen)
    sections = _sections(seen, chords, parts, valence, arousal)
    plan = MusicalPlan(
        title=title or piece_title(piece),
        tonic=seen.key.tonic,
        mode=seen.key.mode,
        tempo_bpm=seen.tempo_bpm,
        meter=str(seen.meter),
        bars=seen.bars,
        sections=sections,
        chords=chords,
        instruments=parts,
        dynamics=_dynamics(seen, sections, arousal),
        articulation=round(seen.sounding_share, 3),
        valence=valence,
        arousal=arousal,
        caption=piece.own.caption if piece.own is not None else "",
        subdivision="triple" if seen.triplets and seen.meter.denominator <= 4 else "duple",
        reasons=_reasons(seen, sections, valence, arousal),
    )
    return with_ornaments_as_heard(plan, quick=seen.quick)


def piece_title(piece: MidiPiece) -> str:
    """The title in the file, else the file's name."""
    return piece.title[:200] or piece.file.stem.replace("_", " ").strip() or "Untitled"


# -------------------------------------------------------------------------------------------- parts


def _instruments(seen: PieceAnalysis) -> tuple[Instrument, ...]:
    out = []
    for part, name in zip(seen.parts, _names(seen.parts), strict=True):
        low, high = (DRUM_KIT.low, DRUM_KIT.high) if part.role == "drums" else _range(part)
        out.append(
            Instrument(
                role=part.role,
                name=name,
                program=part.program,
                low=low,
                high=high,
                voices=None if part.voices is None else max(1, min(6, round(part.voices))),
                activity=None if part.activity is None else round(_clip(part.activity, 0.05, 8.0), 2),
            )
        )
    return tuple(out)


def _names(parts: Sequence[MeasuredPart]) -> Iterator[str]:
    """The tracks' names, a keyboard's that plays alone with its hands; the kit's own."""
    alone = [part for part in parts if part.role != "drums" and part.layer != "lower"]
    names = iter(part_names([NamedPart(name=p.name, program=p.program, pitch=(p.low + p.high) / 2) for p in alone]))
    name = ""
    for part in parts:
        if part.role == "drums":
            yield given_name(part.name, DRUM_KIT.name)
            continue
        name = name if part.layer == "lower" else next(names)
        keyboard = part.program < 8 or 16 <= part.program < 24
        hands = ("right hand", "left hand") if keyboard else ("melody", "accompaniment")
        yield f"{name} ({hands[part.layer == 'lower']})" if part.layer else name


def _range(part: MeasuredPart) -> tuple[int, int]:
    """What the part plays, widened to more than an octave; towards what the instrument can play."""
    player = INSTRUMENTS[part.program]
    low, high = part.low, part.high
    while high - low < _OCTAVE_AND_A_BIT:
        room_above, room_below = player.easy_high - high, low - player.easy_low
        if (room_above >= room_below or low <= 0) and high < 127:
            high += 1
        else:
            low -= 1
    return low, high


# ------------------------------------------------------------------------------------------- chords


def _chords(seen: PieceAnalysis) -> tuple[ChordSpan, ...]:
    from composer.planning.roman import roman_of

    key = seen.key
    out: list[ChordSpan] = []
    for bar, beat, chord in seen.chords:
        symbol = key.chord_symbol(chord.root, chord.quality, bass=chord.bass)
        out.append(ChordSpan(bar=bar + 1, beat=beat, symbol=symbol, roman=roman_of(parse_chord(symbol), key)))
    if not out or (out[0].bar, out[0].beat) != (1, 1):
        home = "m" if key.minor else ""
        symbol = out[0].symbol if out and out[0].bar == 1 else key.tonic + home  # nothing sounds yet: the tonic
        out.insert(0, ChordSpan(bar=1, beat=1, symbol=symbol, roman=roman_of(parse_chord(symbol), key)))
    return tuple(out)


def _cadence(chords: tuple[ChordSpan, ...], last_bar: int, key: Key) -> str:
    """How a section closes, from its last two chords."""
    sounding = [(parse_chord(chord.symbol).root - key.tonic_pc) % 12 for chord in chords if chord.bar <= last_bar]
    last = sounding[-1]
    before = next((step for step in reversed(sounding) if step != last), last)
    if last == 0:
        return "plagal" if before == 5 else "authentic"
    if last in (8, 9) and before == 7:
        return "deceptive"
    return "half"


# --------------------------------------------------------------------------------------------- form


def _sections(
    seen: PieceAnalysis,
    chords: tuple[ChordSpan, ...],
    parts: tuple[Instrument, ...],
    valence: float,
    arousal: float,
) -> tuple[Section, ...]:
    from composer.planning.form import phrase_lengths

    lead = next((part for part in parts if part.role == "melody"), parts[0])
    mean_density = math.fsum(item.density * item.bars for item in seen.sections) / seen.bars
    names = _section_names(seen.sections)
    out: list[Section] = []
    for item, (name, varies) in zip(seen.sections, names, strict=True):
        register = round(item.pitch - (lead.low + lead.high) / 2) if item.pitch is not None else 0
        # As many notes a second more, as much more excited: the rule for density turned around.
        stir = math.log2(max(item.density, 0.25) / max(mean_density, 0.25)) / 1.2
        out.append(
            Section(
                name=name,
                start_bar=item.first + 1,
                bars=item.bars,
                phrases=item.phrases or phrase_lengths(item.bars),
                varies=varies,
                cadence=_cadence(chords, item.first + item.bars, seen.key),
                valence=valence,
                arousal=round(_clip(arousal + stir), 3),
                density=round(_clip(item.density, 0.25, 4.0), 2),
                register=max(-24, min(24, register)),
            )
        )
    return tuple(out)


def _section_names(sections: tuple[MeasuredSection, ...]) -> list[tuple[str, str | None]]:
    """Unique names, and the earlier section that each restates: by the markers' texts, else as found."""
    if any(item.name for item in sections):
        return _marker_names([item.name or "Start" for item in sections])
    letters: list[str] = []
    out: list[tuple[str, str | None]] = []
    fresh = 0
    for item in sections:
        if item.restates is None:
            letters.append(_letter(fresh))
            fresh += 1
            out.append((letters[-1], None))
        else:
            letter = letters[item.restates]
            out.append((letter + "'" * letters.count(letter), letter))
            letters.append(letter)
    return out


def _marker_names(texts: list[str]) -> list[tuple[str, str | None]]:
    """``A A' B``: a prime restates; ``Verse Chorus Verse``: so does the same text, which then gets a number."""
    out: list[tuple[str, str | None]] = []
    first: dict[str, str] = {}
    for text in texts:
        base = text.rstrip("'’′") or text
        name, count = text, 2
        while name in (earlier for earlier, _ in out):
            name, count = f"{text} {count}", count + 1
        out.append((name, first.get(base)))
        first.setdefault(base, name)
    return out


def _letter(number: int) -> str:
    head, tail = divmod(number, 26)
    return (chr(ord("A") + head - 1) if head else "") + chr(ord("A") + tail)


# ------------------------------------------------------------------------------ loudness and feeling


def loudness(velocity: float) -> float:
    """The level of the dynamics, 0..1, that a mean velocity stands for."""
    return _clip(level_of(velocity), 0.0, 1.0)


def _dynamics(seen: PieceAnalysis, sections: tuple[Section, ...], arousal: float) -> tuple[float, ...]:
    if seen.flat:  # one velocity throughout says nothing of the shape
        from composer.planning.form import dynamics_curve

        return dynamics_curve(sections, loudness(float(seen.velocities.mean())), arousal)
    return tuple(round(loudness(velocity), 3) for velocity in seen.velocities.tolist())


def _feeling(seen: PieceAnalysis) -> tuple[float, float]:
    """Valence and arousal by the rules for tempo, loudness, density, mode and register turned around."""
    from composer.planning.affect_to_music import MEAN_VELOCITY, VELOCITY_PER_AROUSAL

    by_tempo = 2 * math.log2(seen.tempo_bpm / 69) - 1
    by_loudness = 0.0 if seen.flat else (float(seen.velocities.mean()) - MEAN_VELOCITY) / VELOCITY_PER_AROUSAL
    by_density = (math.log2(max(seen.notes_per_second, 0.1)) - 1) / 1.2
    arousal = _clip((_clip(by_tempo) + _clip(by_loudness) + _clip(by_density)) / 3)
    mode = -_MODE_VALENCE if seen.key.minor else _MODE_VALENCE
    valence = _clip(mode + 0.3 * _clip((seen.mean_pitch - 62 - 3 * arousal) / 5))
    return round(valence, 3), round(arousal, 3)


def _clip(value: float, low: float = -1.0, high: float = 1.0) -> float:
    return min(max(value, low), high)


# ------------------------------------------------------------------------------------------- reasons


def left_out(plan: MusicalPlan) -> Iterator[str]:
    """What a plan that was derived from a MIDI file does not hold of it, in sentences, from its reasons."""
    bars = plan.reasons.get("bars", "")
    if _PART_OF in bars:
        yield f"the plan is of {bars}"
    _, found, names = plan.reasons.get("instruments", "").partition(_LEFT_OUT)
    if found:
        yield f"more parts play than are composed; left out: {names}"


def _bars_reason(seen: PieceAnalysis) -> str:
    """Which bars of the file the plan is of, and why not the others."""
    if seen.bars == seen.piece_bars:
        return f"the whole file, which has {seen.piece_bars}"
    where = f"bars {seen.first_bar}-{seen.last_bar} {_PART_OF} {seen.piece_bars}"
    if seen.bars == seen.asked_bars:
        return f"{where}: as asked"
    if seen.goes_on:
        return f"{where}: more than {MAX_BARS} are not composed"
    return f"{where}: the longest run in one meter"


def _tempo_reason(seen: PieceAnalysis) -> str:
    if seen.tempo_bpm == seen.file_tempo_bpm:
        return "the file's"
    low, high = TEMPO_RANGE
    return f"the file's {seen.file_tempo_bpm:g}, held within the {low:g} to {high:g} that are composed"


def _reasons(seen: PieceAnalysis, sections: tuple[Section, ...], valence: float, arousal: float) -> dict[str, str]:
    loose = seen.off_grid > _LOOSE_TIMING
    key = {
        "composer": "as Composer wrote it into the file",
        "signature": "by the key signature, unless the notes contradict it",
        "notes": "by the notes (Krumhansl & Kessler's profiles)",
    }[seen.key_source]
    marked = any(item.name for item in seen.sections)
    words: dict[str, Any] = {
        "bars": _bars_reason(seen),
        "tonic": key,
        "mode": f"{seen.key.name}: {key}",
        "tempo_bpm": _tempo_reason(seen) + (", where it changes: the one in the middle" if seen.tempo_changes else ""),
        "meter": "the file's; the notes lie off its beats, as if played freely" if loose else "the file's",
        "sections": ("the file's markers" if marked else "by repetition: letters come back where the music does")
        + f"; {' '.join(section.name for section in sections)}",
        "chords": "as written in the file" if seen.chords_stated else "the nearest chord of each bar and half bar",
        "instruments": "the file's tracks; roles by name, height and how many notes sound together"
        + (f"{_LEFT_OUT}{', '.join(seen.parts_left_out)}" if seen.parts_left_out else ""),
        "dynamics": "velocities are flat: a curve by the form" if seen.flat else "mean velocity of each bar",
        "subdivision": "triplets outnumber sixteenths" if seen.triplets else "more sixteenths than triplets",
        "articulation": "sounding share of the time to the next note, the median of the parts",
        "valence": f"{valence:+.2f} by mode and register: a rough guide",
        "arousal": f"{arousal:+.2f} by tempo, loudness and density: a rough guide",
    }
    return words
