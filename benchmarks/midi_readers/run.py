"""Are the MIDI files what their plans say, to every program that opens them?

Takes a folder of ``NAME.mid`` + ``NAME.json`` pairs, as ``compose --out NAME.mid --out NAME.json`` writes them, opens
each ``.mid`` with mido, pretty_midi, symusic and music21 with every warning an error, and compares what each of them
sees with the plan in the ``.json``: key signature, tempo, meter, bars, programs and track names.

    python benchmarks/midi_readers/run.py FOLDER [--csv results.csv]

Exit code 0 when every check of every file passed, 1 otherwise. pretty_midi does not look at the end of a track: its
bars are counted up to the last event that it does see. music21 rounds note times to a grid of triplets and sixteenths.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import argument_parser, write_csv

__all__ = ["READERS", "Check", "check_file", "check_folder", "main"]

_PITCH_CLASSES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MINOR_THIRD = frozenset(
    (
        *("minor", "dorian", "phrygian", "locrian", "harmonic-minor", "melodic-minor"),
        *("minor-pentatonic", "blues", "hungarian-minor", "hirajoshi"),
    )
)
"""Written out here, not taken from Composer: the check must not share a mistake with what it checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a reader sees in a file; None where it has no notion of it.

    Attributes
    ----------
    key : (pitch class of the tonic, minor or not).
    tempo_bpm : first tempo in quarter notes per minute.
    meter : such as ``"6/8"``.
    end_quarters : length of the file in quarter notes.
    programs : (program, drums or not) per part in order; the program of drums is 0.
    names : names of the parts in order.
    """

    key: tuple[int, bool] | None
    tempo_bpm: float | None
    meter: str | None
    end_quarters: float
    programs: tuple[tuple[int, bool], ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One comparison: `file`, `reader`, `what`, whether it `passed`, and both sides as text."""

    file: str
    reader: str
    what: str
    passed: bool
    expected: str
    found: str


def _sharps_to_pitch_class(sharps: int, *, minor: bool) -> int:
    return (sharps * 7 + (9 if minor else 0)) % 12


def _name_to_pitch_class(name: str) -> int:
    return (_PITCH_CLASSES[name[0].upper()] + name.count("#") - name[1:].count("b")) % 12


def read_mido(path: Path) -> Seen:
    import mido

    file = mido.MidiFile(path)
    if file.type != 1 or file.ticks_per_beat != 480:
        raise ValueError(f"type {file.type}, {file.ticks_per_beat} ticks per quarter note; expected 1 and 480")
    first = {message.type: message for message in reversed(file.tracks[0]) if message.is_meta}
    key, meter = first["key_signature"].key, first["time_signature"]
    lengths = {sum(message.time for message in track) for track in file.tracks}
    if len(lengths) != 1:
        raise ValueError(f"the tracks end at different ticks: {sorted(lengths)}")
    programs = []
    for track in file.tracks[1:]:
        change = next(message for message in track if message.type == "program_change")
        programs.append((change.program, change.channel == 9))
    return Seen(
        key=(_name_to_pitch_class(key.removesuffix("m")), key.endswith("m")),
        tempo_bpm=mido.tempo2bpm(first["set_tempo"].tempo),
        meter=f"{meter.numerator}/{meter.denominator}",
        end_quarters=lengths.pop() / file.ticks_per_beat,
        programs=tuple(programs),
        names=tuple(track.name for track in file.tracks[1:]),
    )


def read_pretty_midi(path: Path) -> Seen:
    import pretty_midi

    file = pretty_midi.PrettyMIDI(str(path))
    key, meter = file.key_signature_changes[0], file.time_signature_changes[0]
    tempo = float(file.get_tempo_changes()[1][0])
    return Seen(
        key=(key.key_number % 12, key.key_number >= 12),
        tempo_bpm=tempo,
        meter=f"{meter.numerator}/{meter.denominator}",
        end_quarters=file.get_end_time() * tempo / 60,
        programs=tuple((0 if part.is_drum else part.program, part.is_drum) for part in file.instruments),
        names=tuple(part.name for part in file.instruments),
    )


def read_symusic(path: Path) -> Seen:
    import symusic

    file = symusic.Score(path)
    key, meter = file.key_signatures[0], file.time_signatures[0]
    minor = bool(key.tonality)
    return Seen(
        key=(_sharps_to_pitch_class(key.key, minor=minor), minor),
        tempo_bpm=file.tempos[0].qpm,
        meter=f"{meter.numerator}/{meter.denominator}",
        end_quarters=file.end() / file.ticks_per_quarter,
        programs=tuple((0 if track.is_drum else track.program, track.is_drum) for track in file.tracks),
        names=tuple(track.name for track in file.tracks),
    )


def read_music21(path: Path) -> Seen:
    from music21 import converter, instrument

    file = converter.parseFile(path, format="midi", forceSource=True)
    flat = file.flatten()
    key, meter = flat["Key"].first(), flat["TimeSignature"].first()
    marks = file.metronomeMarkBoundaries()
    programs, names = [], []
    for part in file.parts:
        # One instrument per program change and one per track name, the name only in the second.
        found = list(part[instrument.Instrument])
        drums = found[0].midiChannel == 9
        (program,) = {one.midiProgram for one in found}
        programs.append((0 if drums else program, drums))
        names.append(next(one.partName for one in found if one.partName))
    return Seen(
        key=(key.tonic.pitchClass, key.mode == "minor"),
        tempo_bpm=marks[0][2].getQuarterBPM(),
        meter=meter.ratioString,
        end_quarters=float(file.highestTime),
        programs=tuple(programs),
        names=tuple(names),
    )


READERS: dict[str, Callable[[Path], Seen]] = {
    "mido": read_mido,
    "pretty_midi": read_pretty_midi,
    "symusic": read_symusic,
    "music21": read_music21,
}


def check_file(path: Path, plan: dict[str, Any]) -> list[Check]:
    """Compare one MIDI file with its plan (plain JSON data), through every reader."""
    checks = []
    for reader, read in READERS.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                seen = read(path)
        except Exception as error:  # noqa: BLE001 - whatever a reader says against a file is the finding
            found = f"{type(error).__name__}: {error}"
            checks.append(
                Check(file=path.name, reader=reader, what="opens", passed=False, expected="no warning", found=found)
            )
            continue
        checks.append(Check(file=path.name, reader=reader, what="opens", passed=True, expected="", found=""))
        checks += [
            Check(file=path.name, reader=reader, what=what, passed=passed, expected=str(expected), found=str(found))
            for what, passed, expected, found in _compare(seen, plan, reader)
        ]
    return checks


def _compare(seen: Seen, plan: dict[str, Any], reader: str) -> list[tuple[str, bool, object, object]]:
    beats, unit = (int(number) for number in plan["meter"].split("/"))
    bar = beats * 4 / unit
    # Readers that know no end of track are asked for the bar in which they see the last event.
    bars = math.ceil(seen.end_quarters / bar - 1e-3)
    key = (_name_to_pitch_class(plan["tonic"]), plan["mode"] in _MINOR_THIRD)
    programs = tuple((0, True) if part["role"] == "drums" else (part["program"], False) for part in plan["instruments"])
    names = tuple(part["name"] for part in plan["instruments"])
    tempo = seen.tempo_bpm or 0.0
    # music21 rounds the tempo to hundredths; the file itself holds whole microseconds per quarter note.
    tolerance = 0.006 if reader == "music21" else 0.003
    results: list[tuple[str, bool, object, object]] = [
        ("key", seen.key == key, key, seen.key),
        ("tempo", abs(tempo - plan["tempo_bpm"]) <= tolerance, plan["tempo_bpm"], tempo),
        ("meter", seen.meter == plan["meter"], plan["meter"], seen.meter),
        ("bars", bars == plan["bars"], plan["bars"], bars),
        ("programs", seen.programs == programs, programs, seen.programs),
        ("names", seen.names == names, names, seen.names),
    ]
    if reader == "mido":
        length = plan["bars"] * bar
        results.append(("full last bar", seen.end_quarters == length, length, seen.end_quarters))
    return results


def check_folder(folder: Path) -> list[Check]:
    """Check every ``.mid`` in a folder that has a ``.json`` of the same name beside it.

    Raises
    ------
    FileNotFoundError
        There is no such pair.
    """
    pairs = [(path, path.with_suffix(".json")) for path in sorted(folder.glob("*.mid"))]
    pairs = [(midi, sidecar) for midi, sidecar in pairs if sidecar.exists()]
    if not pairs:
        raise FileNotFoundError(f"{folder} holds no pair of NAME.mid and NAME.json")
    checks = []
    for midi, sidecar in pairs:
        data = json.loads(sidecar.read_text(encoding="utf-8"))
        checks += check_file(midi, data.get("plan", data))
    return checks


def _print_table(checks: Sequence[Check]) -> None:
    kinds = list(dict.fromkeys(check.what for check in checks))
    print(f"{'reader':<12}" + "".join(f"{kind:>14}" for kind in kinds))
    for reader in READERS:
        cells = []
        for kind in kinds:
            of_kind = [check.passed for check in checks if (check.reader, check.what) == (reader, kind)]
            cells.append(f"{sum(of_kind)}/{len(of_kind)}" if of_kind else "-")
        print(f"{reader:<12}" + "".join(f"{cell:>14}" for cell in cells))
    for check in checks:
        if not check.passed:
            print(f"FAILED {check.file} {check.reader} {check.what}: expected {check.expected}, found {check.found}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check and print its table; returns the exit code."""
    parser = argument_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--csv", type=Path, help="write every single check to this file")
    options = parser.parse_args(arguments)
    for reader in ("mido", "pretty_midi", "symusic", "music21"):
        __import__(reader)  # what a library warns of while it is imported is not about our files
    checks = check_folder(options.folder)
    _print_table(checks)
    if options.csv:
        rows = ([c.file, c.reader, c.what, int(c.passed), c.expected, c.found] for c in checks)
        write_csv(options.csv, ("file", "reader", "check", "passed", "expected", "found"), rows)
    files = len({check.file for check in checks})
    failed = sum(not check.passed for check in checks)
    print(f"{len(checks) - failed} passed, {failed} failed ({files} files)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
