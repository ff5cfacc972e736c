"""The compound representation as a MidiTok tokenizer, to train other models on it.

One step is one note with several fields, as in MidiTok's ``Octuple``; position, pitch and duration are those of
`composer.music.tokens`, read from ``tokenizers/composer-compound-1.json``. A step without a note, the *header*
(``Position_End``), opens a block: one track in one bar. Every track has a block in every bar, in the file's order, so
that a bar begins where the track's number does not rise. The other fields say what our model is told as conditions or
adds afterwards: who plays, how loud, in which meter and tempo.

Conventions
-----------
* `FIELDS` is the order of the fields and of the vocabularies; each vocabulary begins with MidiTok's special tokens.
* Pitches are sounding ones; our own training moves them to the canonical key (`composer.training.music.corpus`).
* Kept: tracks, programs, drums, pitches, velocities. Rounded: onsets to the grid, durations to the table (at most
  eight quarter notes), tempi to whole numbers of the quarter note, held until the next bar line. A meter that the grid
  cannot hold (5/32, bars over eight quarter notes) is counted in the one before. Not carried: names, keys, controllers.

Importing this module needs ``miditok`` and ``symusic``; without them it raises `ExternalToolError`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from composer import assets
from composer.errors import AssetError, ExternalToolError, MidiError
from composer.extras import install_hint
from composer.midi.notes import DURATION, ONSET, PITCH, VELOCITY, MidiNotes, read_midi_notes
from composer.music.tokens import DURATIONS, GRID, MAX_POSITION, duration_index, fingerprint

try:
    import miditok
    import symusic
except ImportError as error:
    raise ExternalToolError(
        f"the package {error.name!r} is not installed; the tokenizer needs it",
        hint=install_hint("conversions"),
    ) from error

__all__ = ["FIELDS", "MAX_TRACKS", "TOKENIZER_FILE", "CompoundTokenizer"]

TOKENIZER_FILE = "tokenizers/composer-compound-1.json"
FIELDS = ("Position", "Pitch", "Duration", "Track", "Program", "Velocity", "TimeSig", "Tempo")
MAX_TRACKS = 128
_HEADER = "End"
_NONE = "None"
_DRUMS = -1
_UNITS = (2, 4, 8, 16)
_SLOWEST, _FASTEST = 20, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """A bar in grid steps, with what holds at its bar line."""

    start: int
    length: int
    meter: str
    tempo: int


class CompoundTokenizer(miditok.MusicTokenizer):  # type: ignore[misc, name-defined, unused-ignore]
    """Composer's representation behind MidiTok's interface.

    Parameters
    ----------
    tokenizer_config : miditok.TokenizerConfig, optional
        Its special tokens are used; the musical settings are the representation's own.
    params : path, optional
        A file that ``save`` has written.

    Raises
    ------
    AssetError
        The tokenizer's file is missing, damaged or of another version.

    Examples
    --------
    ``tokens = CompoundTokenizer().encode("song.mid")`` gives a ``TokSequence`` with ids of shape (steps, 8);
    ``decode(tokens)`` a ``symusic.Score`` with 12 ticks to the quarter note.
    """

    def _tweak_config_before_creating_voc(self) -> None:
        self._vocabulary = _vocabulary()
        config = self.config
        for name in ("chords", "rests", "sustain_pedals", "pitch_bends", "control_changes", "pitch_intervals"):
            setattr(config, f"use_{name}", False)
        for name in ("key_signatures", "pitchdrum_tokens"):
            setattr(config, f"use_{name}", False)
        for name in ("programs", "velocities", "tempos", "time_signatures"):
            setattr(config, f"use_{name}", True)
        config.one_token_stream_for_programs = True
        config.program_changes = False
        config.programs = list(range(_DRUMS, 128))
        config.pitch_range = (0, 127)
        config.beat_res = {(0, MAX_POSITION // GRID): GRID}
        config.time_signature_range = {4: [4]}
        self._disable_attribute_controls()
        self.vocab_types_idx = {name: index for index, name in enumerate(FIELDS)}

    def _create_base_vocabulary(self) -> list[list[str]]:
        values: dict[str, Sequence[object]] = {
            "Position": (*range(MAX_POSITION), _HEADER),
            "Pitch": (*range(self._vocabulary["step_fields"]["pitch"] - 1), _NONE),
            "Duration": (*self._vocabulary["durations"], _NONE),
            "Track": range(MAX_TRACKS),
            "Program": self.config.programs,
            "Velocity": (*range(1, 128), _NONE),
            "TimeSig": _meters(),
            "Tempo": range(_SLOWEST, _FASTEST + 1),
        }
        return [[f"{name}_{value}" for value in values[name]] for name in FIELDS]

    def _create_token_types_graph(self) -> dict[str, set[str]]:
        return {}  # every step has all fields

    def _add_time_events(self, *_: Any) -> list[Any]:
        raise NotImplementedError("time is a field of every step")  # MidiTok's own road, which is not taken

    def _tokens_errors(self, tokens: list[list[str]]) -> int:
        """Number of steps that no score can follow: a note before its block's header, or beyond its bar."""
        errors, length = 0, 0
        for step in tokens:
            values = _values(step)
            if values["Position"] == _HEADER:
                length = _bar_steps(values["TimeSig"])
            elif _NONE in values.values() or int(values["Position"]) >= length:
                errors += 1
        return errors

    # ------------------------------------------------------------------------------------------ encoding

    def encode(self, score: Any, *args: Any, **kwargs: Any) -> Any:
        """Tokenize a MIDI file or a ``symusic.Score``.

        Parameters
        ----------
        score : path or symusic.Score
            A file is read as Composer reads every file: what a sequencer would play is accepted.

        Returns
        -------
        miditok.TokSequence

        Raises
        ------
        MidiError
            The file cannot be used, or has more than `MAX_TRACKS` tracks with notes.
        """
        if isinstance(score, (str, Path)):
            score = _score_of(read_midi_notes(Path(score)))
        return super().encode(score, *args, **kwargs)

    def preprocess_score(self, score: Any) -> Any:
        """A copy on the grid, 12 ticks to the quarter note: every note as it will be decoded."""
        scale = GRID / score.ticks_per_quarter
        out = symusic.Score(GRID)
        meters = [item for item in score.time_signatures if _meter_of(item) in _meters()]
        out.time_signatures = [
            symusic.TimeSignature(round(item.time * scale), item.numerator, item.denominator) for item in meters
        ]
        out.tempos = [symusic.Tempo(round(item.time * scale), _tempo(item.qpm)) for item in score.tempos]
        for track in score.tracks:
            if len(track.notes):
                out.tracks.append(_on_the_grid(track, scale))
        if len(out.tracks) > MAX_TRACKS:
            raise MidiError(f"the piece has {len(out.tracks)} tracks with notes; at most {MAX_TRACKS} are encoded")
        return out

    def _score_to_tokens(self, score: Any, *_: Any) -> Any:
        sequence = miditok.TokSequence(tokens=[list(step) for step in _steps(score)])
        self.complete_sequence(sequence)
        return sequence

    # ------------------------------------------------------------------------------------------ decoding

    def _tokens_to_score(self, tokens: Any, *_: Any) -> Any:
        score = symusic.Score(GRID)
        tracks: dict[int, Any] = {}
        start = length = 0
        before = MAX_TRACKS
        meter, tempo = "", ""
        for step in tokens.tokens:
            values = _values(step)
            if not all(name in values for name in FIELDS):
                continue  # a special token
            number = int(values["Track"])
            if values["Position"] == _HEADER:
                if number <= before < MAX_TRACKS:
                    start += length
                before, length = number, _bar_steps(values["TimeSig"])
                if values["TimeSig"] != meter:
                    meter = values["TimeSig"]
                    score.time_signatures.append(symusic.TimeSignature(start, *map(int, meter.split("/"))))
                if values["Tempo"] != tempo:
                    tempo = values["Tempo"]
                    score.tempos.append(symusic.Tempo(start, float(tempo)))
                tracks.setdefault(number, _track(int(values["Program"])))
            elif _NONE not in values.values() and number in tracks:
                numbers = (int(values[name]) for name in ("Position", "Duration", "Pitch", "Velocity"))
                position, duration, pitch, velocity = numbers
                tracks[number].notes.append(symusic.Note(start + position, duration, pitch, velocity))
        score.tracks = [tracks[number] for number in sorted(tracks)]
        return score


def _vocabulary() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(assets.verified(TOKENIZER_FILE).read_text(encoding="utf-8"))
    if found["sha256"] != fingerprint():
        raise AssetError(f"{TOKENIZER_FILE} is of another version than this program", hint="install one version whole")
    return found


def _meters() -> list[str]:
    """Meters whose bars the grid holds, beats from 1 to 16 over 2, 4, 8 and 16."""
    names = (f"{beats}/{unit}" for unit in _UNITS for beats in range(1, 17))
    return [name for name in names if _bar_steps(name) <= MAX_POSITION]


def _bar_steps(meter: str) -> int:
    beats, unit = (int(part) for part in meter.split("/"))
    return beats * 4 * GRID // unit


def _meter_of(signature: Any) -> str:
    return f"{signature.numerator}/{signature.denominator}"


def _tempo(bpm: float) -> int:
    return min(_FASTEST, max(_SLOWEST, round(bpm)))


def _values(step: Sequence[str]) -> dict[str, str]:
    return dict(token.split("_", 1) for token in step)


def _track(program: int) -> Any:
    if program == _DRUMS:
        return symusic.Track(name="Drums", program=0, is_drum=True)
    return symusic.Track(name=miditok.constants.MIDI_INSTRUMENTS[program]["name"], program=program, is_drum=False)


def _score_of(midi: MidiNotes) -> Any:
    """A file that Composer has read as a score at a resolution that loses nothing of the grid."""
    ticks = GRID * 40
    score = symusic.Score(ticks)
    score.tempos = [symusic.Tempo(round(item.quarter * ticks), item.bpm) for item in midi.tempos]
    score.time_signatures = [
        symusic.TimeSignature(round(item.quarter * ticks), item.beats, item.unit) for item in midi.meters
    ]
    for part in midi.parts:
        track = symusic.Track(name=part.name, program=part.program, is_drum=part.is_drums)
        for row in part.notes:
            onset, end = round(row[ONSET] * ticks), round((row[ONSET] + row[DURATION]) * ticks)
            track.notes.append(symusic.Note(onset, max(1, end - onset), int(row[PITCH]), int(row[VELOCITY])))
        score.tracks.append(track)
    return score


def _on_the_grid(track: Any, scale: float) -> Any:
    """A track with onsets on the grid and durations of the table; of two equal notes the louder one stays."""
    rows: dict[tuple[int, int], tuple[int, int]] = {}
    for note in track.notes:
        place = (round(note.time * scale), note.pitch)
        length = DURATIONS[duration_index(note.duration * scale)]
        rows[place] = max(rows.get(place, (0, 0)), (max(1, note.velocity), length))
    out = symusic.Track(name=track.name, program=0 if track.is_drum else track.program, is_drum=track.is_drum)
    for (onset, pitch), (velocity, length) in sorted(rows.items()):
        out.notes.append(symusic.Note(onset, length, pitch, velocity))
    return out


def _bars(score: Any) -> Iterator[_Bar]:
    """The bars from the beginning to the last onset; what changes within a bar holds from the next bar line."""
    meters = [(item.time, _meter_of(item)) for item in score.time_signatures]
    tempos = [(item.time, _tempo(item.qpm)) for item in score.tempos]
    last = max((note.time for track in score.tracks for note in track.notes), default=-1)
    start = 0
    while start <= last:
        meter = next((name for time, name in reversed(meters) if time <= start), "4/4")
        tempo = next((bpm for time, bpm in reversed(tempos) if time <= start), 120)
        yield _Bar(start=start, length=_bar_steps(meter), meter=meter, tempo=tempo)
        start += _bar_steps(meter)


def _steps(score: Any) -> Iterator[tuple[str, ...]]:
    onsets = [np.array([note.time for note in track.notes]) for track in score.tracks]
    for bar in _bars(score):
        for number, track in enumerate(score.tracks):
            program = _DRUMS if track.is_drum else track.program
            yield _step(_HEADER, _NONE, _NONE, number, program, _NONE, bar)
            first, after = np.searchsorted(onsets[number], [bar.start, bar.start + bar.length])
            for note in track.notes[int(first) : int(after)]:
                place = note.time - bar.start
                yield _step(place, note.pitch, note.duration, number, program, note.velocity, bar)


def _step(*values: Any) -> tuple[str, ...]:
    *own, bar = values
    return tuple(f"{name}_{value}" for name, value in zip(FIELDS, (*own, bar.meter, bar.tempo), strict=True))
