"""The parts of a MIDI file on the grid of a score: every note keeps its part, its pitch and, to a step, its place.

What was written exactly stays where it is, thirty-seconds that follow each other too; what was played goes to the
nearest sixteenth or triplet eighth. Notes of
one pitch that would fall together are set apart, a step each. Only what cannot be told apart in print is printed once:
two notes of one part, pitch and time. `ScoreTracks` says how many notes were moved, and which were not printed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from composer.gm import DRUM_KIT
from composer.music.infill.parts import sounding_share, voice_roles
from composer.music.tokens import GRID
from composer.pipeline.midi_grid import ScoreGrid
from composer.pipeline.midi_names import NamedPart, given_name, part_names
from composer.types import TICKS_PER_QUARTER, Instrument, Note, Track

if TYPE_CHECKING:
    from composer.midi.piece import HeardNote, MidiPiece, Voice

__all__ = ["ScoreTracks", "score_tracks"]

_STEP = TICKS_PER_QUARTER // GRID
_EXACT = 0.15
"""Steps from the grid within which a note was put there on purpose."""
_USUAL = (0, 3, 4, 6, 8, 9, GRID)
"""Where notes stand in a quarter note: sixteenths and triplet eighths."""
_QUICK, _QUICK_EXACT, _EXACTLY_ALL = 1.5, 0.03, 0.9
"""A thirty-second in steps; how near to its place it has to begin, and the share of a part's notes that have to:
nobody plays so exactly."""
_PLAYED = 0.5
"""The share of a part's notes that lie on a step, below which it was played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTracks:
    """The tracks of a score, and what became of the file's notes.

    Attributes
    ----------
    tracks : in the file's order, the drums last.
    notes : notes of the file.
    moved : how many were moved to the grid, ``farthest`` by how much at most, in quarter notes.
    doubled : (part, bars from 0) of notes that double another of their part, pitch and time.
    crowded : (part, bars from 0) of notes for which no step was left.
    """

    tracks: tuple[Track, ...]
    notes: int
    moved: int
    farthest: float
    doubled: tuple[tuple[str, tuple[int, ...]], ...]
    crowded: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A note on its way to the grid: its exact place and end in steps, the step wished for, or a thirty-second."""

    place: float
    end: float
    wish: float
    short: bool
    pitch: int
    velocity: int


def score_tracks(piece: MidiPiece, grid: ScoreGrid) -> ScoreTracks:
    """Put every part of a piece on the grid."""
    pitched = [voice for voice in piece.voices if not voice.is_drums]
    kit = [voice for voice in piece.voices if voice.is_drums]
    names = part_names([NamedPart(name=voice.name, program=voice.program, pitch=_middle(voice)) for voice in pitched])
    roles = voice_roles(pitched)
    tracks: list[Track] = []
    told = _Told()
    for voice, name, role in zip(pitched, names, roles, strict=True):
        share = sounding_share(voice, piece.resolution)
        notes = told.set_down(name, [(voice.notes, share)], grid, piece.resolution)
        tracks.append(Track(instrument=_instrument(voice.program, name, role, notes), notes=notes))
    if kit:
        given = {given_name(voice.name, DRUM_KIT.name) for voice in kit}
        name = given.pop() if len(given) == 1 else DRUM_KIT.name
        notes = told.set_down(name, [(voice.notes, 1.0) for voice in kit], grid, piece.resolution)
        tracks.append(Track(instrument=_kit(name), notes=notes))
    return ScoreTracks(
        tracks=tuple(tracks),
        notes=sum(len(voice.notes) for voice in piece.voices),
        moved=told.moved,
        farthest=told.farthest,
        doubled=tuple((name, tuple(bars)) for name, bars in told.doubled.items()),
        crowded=tuple((name, tuple(bars)) for name, bars in told.crowded.items()),
    )


def _middle(voice: Voice) -> float:
    return sum(note.pitch for note in voice.notes) / len(voice.notes)


def _kit(name: str) -> Instrument:
    return Instrument(role="drums", name=name, program=0, low=DRUM_KIT.low, high=DRUM_KIT.high)


def _instrument(program: int, name: str, role: str, notes: Sequence[Note]) -> Instrument:
    pitches = [note.pitch for note in notes]
    low, high = min(pitches), max(pitches)
    if low == high:
        low, high = max(0, low - 1), min(127, high + 1)
    return Instrument(role=role, name=name, program=program, low=low, high=high)


# --------------------------------------------------------------------------------------------- notes


class _Told:
    """Sets parts down on the grid, and keeps count of what happens to their notes."""

    def __init__(self) -> None:
        self.moved, self.farthest = 0, 0.0
        self.doubled: dict[str, list[int]] = defaultdict(list)
        self.crowded: dict[str, list[int]] = defaultdict(list)

    def set_down(
        self, name: str, parts: Iterable[tuple[Sequence[HeardNote], float]], grid: ScoreGrid, resolution: int
    ) -> tuple[Note, ...]:
        """The notes of a part; ``parts`` are its (notes, sounding share)."""
        given = list(parts)
        places = [grid.step(note.onset) for notes, _ in given for note in notes]
        quick, played = _thirty_seconds(places), _is_played(places)
        placed = [
            _placed(note, share, grid, resolution, quick=quick, played=played)
            for notes, share in given
            for note in notes
        ]
        by_pitch: dict[int, list[_Placed]] = defaultdict(list)
        for note in sorted(placed, key=lambda item: (item.place, -item.velocity, -item.end)):
            by_pitch[note.pitch].append(note)
        made = [made for notes in by_pitch.values() for made in self._line(name, notes, grid)]
        return tuple(sorted(made))

    def _line(self, name: str, notes: Sequence[_Placed], grid: ScoreGrid) -> list[Note]:
        """The notes of one pitch, one after the other."""
        single: list[_Placed] = []
        for note in notes:
            if single and note.place - single[-1].place < _EXACT:
                self.doubled[name].append(grid.bar_of_step(note.place))
            else:
                single.append(note)
        steps = _apart([note.wish for note in single], grid.steps)
        out = []
        for index, (note, step) in enumerate(zip(single, steps, strict=True)):
            if step is None:
                self.crowded[name].append(grid.bar_of_step(note.place))
                continue
            off = abs(step - note.place)
            if off > _EXACT:
                self.moved += 1
                self.farthest = max(self.farthest, off / GRID)
            after = next((later for later in steps[index + 1 :] if later is not None), grid.steps)
            end = min(step + _QUICK if note.short else _end(step, note.end, grid), after)
            onset, length = round(step * _STEP), round((end - step) * _STEP)
            out.append(Note(onset=onset, pitch=note.pitch, duration=length, velocity=note.velocity))
        return out


def _thirty_seconds(places: Sequence[float]) -> frozenset[int]:
    """The places of a part, counted in thirty-seconds, where some follow each other; none where the part was played."""
    counts = [round(place / _QUICK) for place in places]
    exact = {count for count, place in zip(counts, places, strict=True) if _is_at(place, count * _QUICK)}
    if not any(count % 2 for count in exact):
        return frozenset()
    on_grid = sum(_is_at(place, round(place)) or count in exact for count, place in zip(counts, places, strict=True))
    if on_grid < _EXACTLY_ALL * len(places):
        return frozenset()
    return frozenset(count for count in exact if {count - 1, count + 1} & exact)


def _is_played(places: Sequence[float]) -> bool:
    """Whether a part was played: notes that lie on a step do so by chance."""
    return sum(_is_at(place, round(place)) for place in places) < _PLAYED * len(places)


def _is_at(place: float, step: float) -> bool:
    return abs(place - step) <= _QUICK_EXACT


def _placed(
    note: HeardNote, share: float, grid: ScoreGrid, resolution: int, *, quick: frozenset[int], played: bool
) -> _Placed:
    place = grid.step(note.onset)
    count = round(place / _QUICK)
    is_quick = count in quick and _is_at(place, count * _QUICK)
    sounding = note.end - note.onset
    written = min(sounding / share, sounding + resolution / 2)
    end = place + max(1, round(grid.step(round(note.onset + written)) - place))
    return _Placed(
        place=place,
        end=end,
        wish=count * _QUICK if is_quick and count % 2 else _snapped(place, grid, played=played),
        short=is_quick and count + 1 in quick and grid.step(note.end) - place <= _QUICK + _EXACT,
        pitch=note.pitch,
        velocity=max(1, min(127, note.velocity)),
    )


def _snapped(place: float, grid: ScoreGrid, *, played: bool = False) -> int:
    """The step of what was written exactly; of what was played, the nearest sixteenth or triplet eighth of its bar."""
    step = round(place)
    if not played and abs(place - step) <= _EXACT:
        return step
    start = grid.bars[grid.bar_of_step(place)].start // _STEP
    quarter, within = divmod(place - start, GRID)
    return start + int(quarter) * GRID + min(_USUAL, key=lambda usual: abs(usual - within))


def _end(onset: float, end: float, grid: ScoreGrid) -> float:
    """An end that can be read: on a sixteenth or triplet where the note is long enough for it."""
    near = _snapped(end + 2 * _EXACT, grid)
    return near if near > onset else max(float(round(end)), onset + 1)


def _apart(wishes: Sequence[float], steps: int) -> list[float | None]:
    """A step for each note of a pitch, in order, none twice: those that fall together go to the steps beside."""
    out: list[float] = []
    for wish in wishes:
        out.append(max(wish, out[-1] + 1 if out else 0))
    limit = steps
    for index in reversed(range(len(out))):  # none beyond the end: move back what was pushed over it
        if out[index] < limit:
            break
        limit -= 1
        out[index] = limit
    return [step if step >= 0 else None for step in out]
