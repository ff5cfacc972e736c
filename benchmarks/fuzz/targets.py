"""The doors that are fuzzed: each takes any bytes, and only a `ComposerError` may come out.

Beyond that every target holds what it read to a promise: a plan is written and read back the same, a MIDI file written
back is read with the same events, a score is well-formed XML whose measures have one length in all parts.
"""

from __future__ import annotations

import json
import logging
import random
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import cache
from pathlib import Path

from composer.batch.manifest import read_manifest
from composer.errors import ComposerError
from composer.midi.chunks import write_chunks
from composer.midi.events import write_events
from composer.midi.notes import notes_of
from composer.midi.piece import piece_of
from composer.midi.playback import playback_of
from composer.midi.reader import parse_midi_file
from composer.perception.image import load_painting
from composer.pipeline.midi_score import score_of_midi
from composer.planning import PlanOverrides, make_plan, plan_from_json, plan_to_json
from composer.rendering.musicxml.document import score_to_musicxml
from composer.types import Composition, MusicalPlan, Note, Score, Track

__all__ = ["TARGETS", "run_target"]

_DOCTYPE_END = b'.dtd">'
_STEP = 40
_METERS = ("4/4", "3/4", "2/4", "6/8", "2/2", "5/4", "7/8", "9/8", "12/8", "3/8")
_ENSEMBLES = ("piano", "violin, cello", "flute, harp, contrabass", "piano, drums", "clarinet, trumpet, tuba")


def run_target(name: str, data: bytes) -> None:
    """Give bytes to a target; a `ComposerError` is an answer, anything else goes through."""
    try:
        TARGETS[name](data)
    except ComposerError as error:
        said = error.message
    else:
        return
    assert len(said.splitlines()) == 1, f"an error's message has one line: {said!r}"


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def picture(data: bytes) -> None:
    """A picture file: pixels, size and metadata."""
    path = _folder() / "picture"
    path.write_bytes(data)
    painting = load_painting(path)
    assert painting.rgb.ndim == 3
    assert all(text.isprintable() for text in painting.metadata.values()), "metadata has printable lines"


def plan(data: bytes) -> None:
    """A plan as a person edits it."""
    found = plan_from_json(data.decode("utf-8", "surrogateescape"))
    assert plan_from_json(plan_to_json(found)) == found, "a plan written is read back the same"


def midi(data: bytes) -> None:
    """A MIDI file: every view of it, and the file written back."""
    file = parse_midi_file(data)
    bodies = [write_events(track.events, track.end_tick, track.rest) for track in file.tracks]
    again = parse_midi_file(write_chunks(file.chunks, bodies))
    assert len(again.tracks) == len(file.tracks), "a file written back has its tracks"
    playback_of(file)
    notes_of(file)
    if file.has_notes:
        piece_of(file)


def manifest(data: bytes) -> None:
    """A manifest: Parquet where it begins like one, else CSV."""
    for row in read_manifest(data, "m.parquet" if data[:4] == b"PAR1" else "m.csv"):
        assert row.picture, "every row names a picture"


def musicxml(data: bytes) -> None:
    """A score: of the MIDI file that the bytes are, else of a plan and notes that they stand for."""
    composition = score_of_midi(parse_midi_file(data)).composition if data[:4] == b"MThd" else _composition(data)
    if composition.score.end_tick > 64 * 4 * 480:
        return  # a long score says nothing new and takes seconds
    text = score_to_musicxml(composition)
    root = ET.fromstring(text.partition(_DOCTYPE_END)[2].partition(b"\n")[2])
    lengths = [[_length(measure) for measure in part.iter("measure")] for part in root.iter("part")]
    assert lengths, "a score has a part"
    assert all(part == lengths[0] for part in lengths), f"measures have one length in all parts: {lengths}"


def _length(measure: ET.Element) -> int:
    """The farthest place in a measure, in its divisions of a quarter note (kept from the first measure on)."""
    here = farthest = 0
    for element in measure:
        if element.find("chord") is not None or element.find("grace") is not None:
            continue
        step = int(element.findtext("duration") or 0)
        here += {"note": step, "forward": step, "backup": -step}.get(element.tag, 0)
        farthest = max(farthest, here)
    return farthest


def _composition(data: bytes) -> Composition:
    """A small piece from bytes: plan by the first ones, title from the next, notes from the rest."""
    head, text, rest = data[:8].ljust(8, b"\0"), data[8:24], data[24:]
    bars = 1 + head[0] % 6
    overrides = PlanOverrides(
        bars=bars, meter=_METERS[head[1] % len(_METERS)], instruments=_ENSEMBLES[head[2] % len(_ENSEMBLES)],
        tonic=["C", "C#", "Db", "D", "Eb", "E", "F", "F#", "Gb", "G", "Ab", "A", "Bb", "B"][head[3] % 14],
        valence=head[4] / 127.5 - 1, arousal=head[5] / 127.5 - 1, tempo_bpm=20.0 + head[6],
    )  # fmt: skip
    title = text.decode("utf-8", "replace")
    made = json.loads(plan_to_json(make_plan(None, overrides=overrides, seed=head[7], title="Fuzz")))
    changed = plan_from_json(json.dumps(made | {"title": title}))
    return Composition(perception=None, plan=changed, score=_score(changed, rest), provenance={})


def _score(made: MusicalPlan, data: bytes) -> Score:
    end = made.bars * made.time.bar_ticks
    notes: list[list[Note]] = [[] for _ in made.instruments]
    for place in range(0, len(data) - 3, 4):
        who, when, what, long = data[place : place + 4]
        number = who % len(notes)
        instrument = made.instruments[number]
        onset = (when * _STEP * (1 + who // 64)) % end
        duration = min(_STEP * (1 + long % 96), end - onset)
        pitch = instrument.low + what % (instrument.high - instrument.low + 1)
        if not any(
            note.pitch == pitch and note.onset < onset + duration and onset < note.end for note in notes[number]
        ):
            notes[number].append(Note(onset=onset, pitch=pitch, duration=duration, velocity=1 + (what + long) % 127))
    tracks = (Track(instrument=who, notes=tuple(sorted(own))) for who, own in zip(made.instruments, notes, strict=True))
    return Score(plan=made, tracks=tuple(tracks))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "musicxml": musicxml,
    "midi": midi,
    "picture": picture,
    "plan": plan,
    "manifest": manifest,
}


def silence() -> None:
    """Keep readers' remarks from the terminal."""
    logging.disable(logging.CRITICAL)
    random.seed(0)
