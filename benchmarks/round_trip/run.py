"""Do our MIDI files survive other libraries? Load, save, and compare with what went in.

Draws random plans, composes each once, writes the MIDI file, loads it with mido, symusic, pretty_midi and music21, lets
each of them save it again, and compares the two files event by event. What a library has no notion of is named in
`LIMITS` and counted apart: there the question is what it does keep.

    python benchmarks/round_trip/run.py --n 40

Writes results.csv (one row per file, library and kind) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import random
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import mido

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import argument_parser, write_csv, write_summary
from composer.gm import INSTRUMENTS
from composer.metrics.confidence import wilson_interval
from composer.music import generate
from composer.planning import PlanOverrides, make_plan
from composer.planning.ensembles import ENSEMBLES
from composer.rendering import write_midi
from composer.types import Composition, MusicalPlan

__all__ = ["KINDS", "LIBRARIES", "LIMITS", "Contents", "compare", "main", "random_plan", "read_contents", "round_trip"]

KINDS = (
    *("notes", "drums", "velocities", "programs", "names", "tempo", "meter", "key", "key_spelling", "markers"),
    *("expression", "pedal", "title", "texts", "facts", "cues", "free_timing"),
)
"""What is compared.

`notes` are those of the pitched parts, `drums` of the kit. `key` is the tonic's pitch class and mode, `key_spelling`
its name too. `title` is the conductor track's name, `texts` are chord symbols, `facts` what is
written for programs alone, `cues` the parts' cue points. `free_timing` are the notes of the same piece written with
--humanize.
"""
LIMITS: dict[str, dict[str, str]] = {
    "mido": {},
    "symusic": {
        "title": "a track without notes is not kept",
        "texts": "it reads marker events, and no text events",
        "facts": "it reads no sequencer-specific events",
        "cues": "it reads marker events, and no cue points",
    },
    "pretty_midi": {
        "key_spelling": "it numbers keys: E flat minor comes back as D sharp minor",
        "markers": "it has text events and lyrics, and no markers",
        "title": "a track without notes is not kept",
        "facts": "it has no sequencer-specific events",
        "cues": "it has no cue points",
    },
    "music21": {
        "drums": "keys that it has no instrument for, the ride cymbal among them, come back as middle C",
        "names": "it writes its own name of the instrument: Acoustic Grand Piano comes back as Piano",
        "markers": "it reads no markers",
        "expression": "it reads no controllers",
        "pedal": "it reads no controllers",
        "title": "a track without notes is not kept",
        "texts": "it reads no text events",
        "facts": "it reads no sequencer-specific events",
        "cues": "it reads no cue points",
        "free_timing": "it gathers notes that begin within a few ticks into chords",
    },
}
"""Library -> what it cannot hold, and why."""

_TICK = 1 / 480
TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MODES = ("major", "minor", "dorian", "mixolydian", "lydian", "phrygian", "harmonic-minor")
METERS = ("2/4", "3/4", "4/4", "5/4", "3/8", "6/8", "9/8", "12/8", "2/2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a MIDI file holds, positions in quarter notes.

    Attributes
    ----------
    notes : per part with notes, (onset, pitch, length) in order.
    velocities : per part, in the notes' order.
    programs : per part; -1 for drums.
    names : per part.
    tempo, meter, key, markers, title, texts, facts, cues : (position, value).
    expression, pedal : per part, (position, value).
    """

    notes: tuple[tuple[tuple[float, int, float], ...], ...]
    velocities: tuple[tuple[int, ...], ...]
    programs: tuple[int, ...]
    names: tuple[str, ...]
    tempo: tuple[tuple[float, object], ...]
    meter: tuple[tuple[float, object], ...]
    key: tuple[tuple[float, object], ...]
    markers: tuple[tuple[float, object], ...]
    title: tuple[tuple[float, object], ...]
    texts: tuple[tuple[float, object], ...]
    facts: tuple[tuple[float, object], ...]
    cues: tuple[tuple[float, object], ...]
    expression: tuple[tuple[tuple[float, object], ...], ...]
    pedal: tuple[tuple[tuple[float, object], ...], ...]


def read_contents(path: Path) -> Contents:
    """Read a file's raw events with mido, part by part: the notes of one channel in one track."""
    file = mido.MidiFile(path)
    metas: dict[str, list[tuple[float, object]]] = {}
    parts = []
    for track in file.tracks:
        here = _parts(track, file.ticks_per_beat, metas)
        if not any(part["notes"] for part in here):
            metas["title"] = [(0.0, track.name)]
        parts += here
    parts = [part for part in parts if part["notes"]]
    return Contents(
        notes=tuple(tuple((onset, pitch, length) for onset, pitch, length, _ in part["notes"]) for part in parts),
        velocities=tuple(tuple(note[3] for note in part["notes"]) for part in parts),
        programs=tuple(part["program"] for part in parts),
        names=tuple(part["name"] for part in parts),
        **{
            kind: tuple(sorted(metas.get(kind, []), key=str))
            for kind in ("tempo", "meter", "key", "markers", "title", "texts", "facts", "cues")
        },
        **{kind: tuple(tuple(part[kind]) for part in parts) for kind in ("expression", "pedal")},
    )


def _parts(track: mido.MidiTrack, resolution: int, metas: dict[str, list[tuple[float, object]]]) -> list[dict]:
    """The parts of one track by channel; meta events go to ``metas``."""
    parts: dict[int, dict] = {}
    sounding: dict[tuple[int, int], list[tuple[float, int]]] = {}
    tick, name = 0, ""
    for message in track:
        tick += message.time
        at = tick / resolution
        if message.is_meta:
            name = name or (message.name if message.type == "track_name" else "")
            _meta(message, at, metas)
            continue
        if not hasattr(message, "channel"):
            continue
        part = parts.setdefault(message.channel, {"notes": [], "program": 0, "name": "", "expression": [], "pedal": []})
        if message.type == "program_change":
            part["program"] = message.program
        elif message.type == "control_change" and message.control in (11, 64):
            part["expression" if message.control == 11 else "pedal"].append((at, message.value))
        elif message.type == "note_on" and message.velocity:
            sounding.setdefault((message.channel, message.note), []).append((at, message.velocity))
        elif message.type in ("note_on", "note_off") and sounding.get((message.channel, message.note)):
            onset, velocity = sounding[message.channel, message.note].pop(0)
            part["notes"].append((onset, message.note, at - onset, velocity))
    for channel, part in parts.items():
        part["name"] = name
        part["notes"].sort()
        if channel == 9:
            part["program"] = -1
    return list(parts.values())


def _meta(message: mido.MetaMessage, at: float, metas: dict[str, list[tuple[float, object]]]) -> None:
    if message.type == "set_tempo":
        metas.setdefault("tempo", []).append((at, message.tempo))
    elif message.type == "time_signature":
        metas.setdefault("meter", []).append((at, f"{message.numerator}/{message.denominator}"))
    elif message.type == "key_signature":
        metas.setdefault("key", []).append((at, message.key))
    elif message.type == "marker":
        metas.setdefault("markers", []).append((at, message.text))
    elif message.type == "text":
        metas.setdefault("texts", []).append((at, message.text))
    elif message.type == "sequencer_specific":
        metas.setdefault("facts", []).append((at, bytes(message.data)))
    elif message.type == "cue_marker":
        metas.setdefault("cues", []).append((at, message.text))


# ---------------------------------------------------------------------------------------- libraries


@contextmanager
def _strict() -> Iterator[None]:
    """Whatever a library says against a file while loading it is an error; what it says while saving is its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def _mido(source: Path, target: Path) -> None:
    with _strict():
        file = mido.MidiFile(source)
    file.save(target)


def _symusic(source: Path, target: Path) -> None:
    import symusic

    with _strict():
        score = symusic.Score(source)
    score.dump_midi(target)


def _pretty_midi(source: Path, target: Path) -> None:
    import pretty_midi

    with _strict():
        file = pretty_midi.PrettyMIDI(str(source))
    file.write(str(target))


def _music21(source: Path, target: Path) -> None:
    from music21 import converter

    with _strict():
        # Without quantizing: music21's own grid is coarser than what the articulation leaves of a note.
        score = converter.parse(source, format="midi", forceSource=True, quantizePost=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score.write("midi", fp=target)


LIBRARIES: dict[str, Callable[[Path, Path], None]] = {
    "mido": _mido,
    "symusic": _symusic,
    "pretty_midi": _pretty_midi,
    "music21": _music21,
}


def round_trip(source: Path, library: str, folder: Path) -> Contents:
    """Load a file with a library, save it, and read the result; a warning while loading is an error."""
    target = folder / f"{source.stem}-{library}.mid"
    LIBRARIES[library](source, target)
    return read_contents(target)


# --------------------------------------------------------------------------------------- comparison


def compare(before: Contents, after: Contents) -> dict[str, bool]:
    """Kind -> whether it came back: positions within half a tick, tempi within a ten-thousandth."""
    out = {}
    for kind in KINDS[:-1]:
        if kind in ("notes", "drums"):
            out[kind] = _same(*(_notes(side, drums=kind == "drums") for side in (before, after)), kind)
            continue
        name = "key" if kind == "key_spelling" else kind
        out[kind] = _same(getattr(before, name), getattr(after, name), kind)
    return out


def _notes(side: Contents, *, drums: bool) -> tuple[object, ...]:
    return tuple(notes for notes, program in zip(side.notes, side.programs, strict=True) if (program < 0) == drums)


def _same(one: object, two: object, kind: str) -> bool:
    if isinstance(one, tuple) and isinstance(two, tuple):
        return len(one) == len(two) and all(_same(a, b, kind) for a, b in zip(one, two, strict=True))
    if isinstance(one, float) or isinstance(two, float):
        return abs(float(one) - float(two)) <= 0.51 * _TICK  # type: ignore[arg-type]
    if kind == "tempo":
        return abs(int(one) / int(two) - 1) <= 1e-4  # type: ignore[call-overload]
    if kind == "key":
        return _pitch_class(str(one)) == _pitch_class(str(two))
    return one == two


def _pitch_class(key: str) -> tuple[int, bool]:
    letters = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    name = key.removesuffix("m")
    return (letters[name[0]] + name.count("#") - name.count("b")) % 12, key.endswith("m")


# --------------------------------------------------------------------------------------------- run


def random_plan(number: int, seed: int) -> MusicalPlan:
    """A plan of 4-12 bars in any key and meter, for one of the planner's ensembles or one to sixteen instruments."""
    rng = random.Random(f"{seed}/{number}")
    if number % 3:
        names = [str(program) if role != "drums" else "drums" for role, program in rng.choice(ENSEMBLES).parts]
    else:
        pitched = [instrument for instrument in INSTRUMENTS if instrument.pitched]
        names = [str(rng.choice(pitched).program) for _ in range(rng.choice((1, 2, 3, 5, 8, 16)))]
    overrides = PlanOverrides(
        bars=rng.randint(4, 12),
        tempo_bpm=rng.choice((float(rng.randint(50, 180)), rng.uniform(50, 180))),
        tonic=rng.choice(TONICS),
        mode=rng.choice(MODES),
        meter=rng.choice(METERS),
        instruments=",".join(names),
        valence=rng.uniform(-1, 1),
        arousal=rng.uniform(-1, 1),
    )
    return make_plan(None, overrides=overrides, seed=number, title=f"Piece {number}")


def _write(number: int, seed: int, folder: Path) -> tuple[Path, Path]:
    """Compose a piece; write it as it stands, and played freely."""
    plan = random_plan(number, seed)
    score = generate(plan, seed=number, candidates=1).score
    piece = Composition(perception=None, plan=score.plan, score=score, provenance={"composer": "x", "seed": number})
    straight, free = folder / f"{number:03d}.mid", folder / f"{number:03d}-free.mid"
    write_midi(piece, straight)
    write_midi(piece, free, humanize=0.5)
    return straight, free


def run(n: int, seed: int) -> list[dict[str, object]]:
    """One row per file, library and kind."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(n):
            straight, free = _write(number, seed, folder)
            before, played = read_contents(straight), read_contents(free)
            for library in LIBRARIES:
                kept = compare(before, round_trip(straight, library, folder))
                kept["free_timing"] = compare(played, round_trip(free, library, folder))["notes"]
                rows += [{"file": number, "library": library, "kind": kind, "kept": int(kept[kind])} for kind in KINDS]
            print(f"{number + 1}/{n}", file=sys.stderr, end="\r")
    return rows


def summary(rows: Sequence[dict[str, object]]) -> str:
    """The table, the intervals, and what each library cannot hold."""
    lines = [", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)]
    count = len({row["file"] for row in rows})
    lines.append(f"n = {count} files; kept by a load and a save:")
    lines.append(f"{'':<12}" + "".join(f"{library:>13}" for library in LIBRARIES))
    for kind in KINDS:
        cells = []
        for library in LIBRARIES:
            kept = [row["kept"] for row in rows if (row["library"], row["kind"]) == (library, kind)]
            mark = "*" if kind in LIMITS[library] else ""
            cells.append(f"{sum(map(int, kept))}/{len(kept)}{mark}")
        lines.append(f"{kind:<12}" + "".join(f"{cell:>13}" for cell in cells))
    asked = [int(row["kept"]) for row in rows if row["kind"] not in LIMITS[str(row["library"])]]
    interval = wilson_interval(sum(asked), len(asked))
    share = f"{sum(asked)}/{len(asked)} = {sum(asked) / len(asked):.4f} [{interval.low:.4f}, {interval.high:.4f}]"
    lines.append(f"what a library can hold: {share}")
    lines.append("* cannot hold:")
    lines += [f"  {library}, {kind}: {why}" for library, limits in LIMITS.items() for kind, why in limits.items()]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, write the tables, print the summary; 1 when something that a library can hold was lost."""
    parser = argument_parser(__doc__)
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args(arguments)
    for library in LIBRARIES:
        __import__(library)  # what a library warns of while it is imported is not about our files
    rows = run(options.n, options.seed)
    header = ("file", "library", "kind", "kept")
    write_csv(options.out / "results.csv", header, ([row[name] for name in header] for row in rows))
    write_summary(options.out, summary(rows))
    return int(any(not row["kept"] and row["kind"] not in LIMITS[str(row["library"])] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
