"""Are scores what they should be: valid, full bars, the notes of the MIDI file, clean engraving, good spelling?

Draws pieces over ensembles, meters, modes and levels, composes each once, and looks at its MusicXML from outside.

    python benchmarks/notation/run.py --n 200

Writes results.csv (one row per piece) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import random
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from fractions import Fraction
from functools import cache, partial
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, in_parallel, write_csv, write_summary
from composer.gm import INSTRUMENTS
from composer.levels import LEVELS, PLAYERS, find_level
from composer.metrics.confidence import wilson_interval
from composer.midi.notes import DURATION, ONSET, PITCH, parse_midi_notes
from composer.music import generate
from composer.planning import PlanOverrides, make_plan
from composer.planning.ensembles import ENSEMBLES
from composer.rendering import Sheet, score_to_midi, score_to_musicxml
from composer.rendering.notation.staves import parts_of
from composer.rendering.notation.transposition import written_key
from composer.theory import MODES
from composer.types import Composition, MusicalPlan

__all__ = ["Row", "main", "run", "schema_faults", "summary"]

METERS = ("2/4", "3/4", "4/4", "2/2", "5/4", "3/8", "6/8", "7/8", "9/8", "12/8")
TONICS = ("C", "C#", "Db", "D", "Eb", "E", "F", "F#", "Gb", "G", "Ab", "A", "Bb", "B")
SOLOS = ("0", "6", "19", "24", "46", "107", "56,0", "71,66,67,70,43", "73,60,56,57,58", "74,0,43")
"""Keyboards and plucked instruments alone; transposing ones in written pitch."""
BARS = (4, 16)
_STEPS = 24
"""Steps a quarter: thirty-seconds and triplets are both exact."""
_SIDES: dict[str, set[int]] = {"Trill": {1, 2}, "InvertedMordent": {1, 2}, "Mordent": {-1, -2}, "Tremolo": set()}
"""music21's names of signs over a note -> semitones from it to the neighbour that they stand for."""
_USUAL = ("major", "minor", "harmonic-minor", "melodic-minor", "dorian", "mixolydian", "lydian", "phrygian")
"""Modes that Western notation has signatures and habits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was found of one piece; counts of faults, 0 is what is hoped for.

    `respelled` of `heads` note heads are named otherwise by music21's key-aware speller.
    """

    number: int
    ensemble: str
    meter: str
    key: str
    level: str
    pitch: str
    bars: int
    schema: int
    unfilled: int
    notes: int
    missing: int
    extra: int
    warnings: int
    heads: int
    respelled: int
    seconds: float
    error: str = ""


# ------------------------------------------------------------------------------------------- pieces


def draw(number: int, seed: int) -> tuple[MusicalPlan, Sheet, str]:
    """Plan, sheet and the ensemble's name of piece `number`: every third one at a level."""
    rng = random.Random(f"notation/{seed}/{number}")
    sheet = Sheet(pitch=rng.choice(("concert", "written")))
    asked: dict[str, Any] = {"bars": rng.randint(*BARS), "valence": rng.uniform(-1, 1), "arousal": rng.uniform(-1, 1)}
    if number % 3 == 0:
        level, player = LEVELS[number // 3 % 5], rng.choice(list(PLAYERS))
        asked |= {"level": level, "instruments": player, "meter": rng.choice(find_level(level).meters)}
        name = player
    else:
        group = ENSEMBLES[number % len(ENSEMBLES)]
        programs = ",".join("drums" if role == "drums" else str(program) for role, program in group.parts)
        solo = SOLOS[number % len(SOLOS)]
        name, asked["instruments"] = (group.name, programs) if number % 3 == 1 else (f"programs {solo}", solo)
        asked |= {"meter": METERS[number % len(METERS)], "mode": sorted(MODES)[number % len(MODES)]}
        asked["tonic"] = rng.choice(TONICS)
    plan = make_plan(None, overrides=PlanOverrides(**asked), seed=rng.randrange(2**31), title=f"Piece {number}")
    return plan, sheet, name


def _piece(number: int, *, seed: int) -> Row:
    start = time.perf_counter()
    plan, sheet, name = draw(number, seed)
    score = generate(plan, seed=seed + number, candidates=1).score
    piece = Composition(perception=None, plan=plan, score=score, provenance={})
    data = score_to_musicxml(piece, sheet)
    score_read = parsed(data)
    heads, respelled = spelling(score_read, piece, sheet)
    unfilled, written, signed = read(score_read, data, piece)
    played = under_signs(midi_notes(piece), signed)
    return Row(
        number=number,
        ensemble=name,
        meter=plan.meter,
        key=f"{plan.tonic} {plan.mode}",
        level=plan.level or "",
        pitch=sheet.pitch,
        bars=plan.bars,
        schema=len(schema_faults(data)),
        unfilled=unfilled,
        notes=sum(played.values()),
        missing=sum(_apart(played, written, piece)),
        extra=sum(_apart(written, played, piece)),
        warnings=len(engraver_log(data)),
        heads=heads,
        respelled=respelled,
        seconds=time.perf_counter() - start,
    )


def _apart(notes: Counter[tuple[int, ...]], others: Counter[tuple[int, ...]], piece: Composition) -> Iterator[int]:
    """How often each note stands in one count only; a broken chord that rings on may be written in shorter notes."""
    fading = [not INSTRUMENTS[part.instrument.program].sustains for part in parts_of(piece.score)]
    places = Counter((part, onset, pitch) for part, onset, pitch, _ in (others - notes).elements())
    for (part, onset, pitch, _), count in (notes - others).items():
        yield 0 if fading[part] and places[part, onset, pitch] >= count else count


# ------------------------------------------------------------------------------------------- schema


@cache
def _schema() -> Any:
    from lxml import etree

    names = {"xml": "lang space", "xlink": "actuate href role show title type"}

    class Offline(etree.Resolver):  # type: ignore[misc]
        """The two schemas that MusicXML's refers to by address: the attributes it uses of them."""

        def resolve(self, url: str, _id: str, context: Any) -> Any:
            name = Path(url).stem
            space = "http://www.w3.org/XML/1998/namespace" if name == "xml" else "http://www.w3.org/1999/xlink"
            attributes = "".join(f'<xs:attribute name="{item}" type="xs:string"/>' for item in names[name].split())
            text = (
                f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{space}">{attributes}'
                "</xs:schema>"
            )
            return self.resolve_string(text, context)

    parser = etree.XMLParser()
    parser.resolvers.add(Offline())
    source = files("musicxml").joinpath("generate_classes/musicxml_4_0.xsd")
    return etree.XMLSchema(etree.fromstring(source.read_bytes(), parser))


def schema_faults(data: bytes) -> list[str]:
    """What the MusicXML 4.0 schema (as PyPI's ``musicxml`` carries it) has to say against a file."""
    from lxml import etree

    schema = _schema()
    schema.validate(etree.fromstring(data, etree.XMLParser(load_dtd=False, no_network=True)))
    return [f"{entry.line}: {entry.message}" for entry in schema.error_log]


# --------------------------------------------------------------------------------------- bars, notes


def parsed(data: bytes) -> Any:
    """The file as music21 reads it."""
    from music21 import converter

    return converter.parse(data.decode(), format="musicxml")


def read(
    score: Any, data: bytes, piece: Composition
) -> tuple[int, Counter[tuple[int, ...]], list[tuple[tuple[int, ...], str]]]:
    """Bars that are not full, and the sounding notes by part: (part, onset, pitch, length), drums without length.

    Those under the sign of a trill, mordent or tremolo come once more, with the sign. The score is left at sounding
    pitch.
    """
    root = ET.fromstring(data)
    score.toSoundingPitch(inPlace=True)
    length = Fraction(sum(_bar(piece.plan.meter)), 1)
    staves, unfilled = iter(score.parts), 0
    notes: Counter[tuple[int, ...]] = Counter()
    signed: list[tuple[tuple[int, ...], str]] = []
    for number, part in enumerate(parts_of(piece.score)):
        drums = part.instrument.is_drums
        for _ in part.staves:
            staff = next(staves)
            for measure in staff.getElementsByClass("Measure"):
                for voice in list(measure.voices) or [measure]:
                    filled = sum(Fraction(item.duration.quarterLength) for item in voice.notesAndRests if _sounds(item))
                    unfilled += filled != length
            if not drums:
                found = list(_joined(staff))
                notes.update((number, *note) for note, _ in found)
                signed += [((number, *note), sign) for note, sign in found if sign]
        if drums:
            notes.update((number, onset, pitch, 0) for onset, pitch in _strokes(root, number))
    return unfilled, notes, signed


def under_signs(
    played: Counter[tuple[int, ...]], signed: Sequence[tuple[tuple[int, ...], str]]
) -> Counter[tuple[int, ...]]:
    """The notes that are played, with one note for those that a sign stands for.

    Only where they are what the sign means: they begin with the written note, go to and fro between it and one
    neighbour on the sign's side (a tremolo: stay on it), follow one another and end with the written note.
    """
    out = Counter(played)
    for note, sign in signed:
        number, onset, pitch, length = note
        inside = sorted(
            one for one in played if one[0] == number and onset <= one[1] and one[1] + one[3] <= onset + length
        )
        run = [one for one in inside if abs(one[2] - pitch) <= 2]
        others = {one[2] - pitch for one in run} - {0}
        follow = all(one[1] + one[3] == after[1] for one, after in pairwise(run))
        by_turns = all((one[2] == pitch) != (after[2] == pitch) for one, after in pairwise(run)) or not others
        sides = _SIDES[sign]
        whole = bool(run) and (run[0][1], run[0][2]) == (onset, pitch) and run[-1][1] + run[-1][3] == onset + length
        if whole and follow and by_turns and len(run) > 2 and len(others) == bool(sides) and others <= sides:
            out -= Counter(run)
            out[note] += 1
    return out


def _bar(meter: str) -> tuple[Fraction]:
    beats, _, unit = meter.partition("/")
    return (Fraction(4 * int(beats), int(unit)),)


def _sounds(item: Any) -> bool:
    return "Harmony" not in item.classes


def _joined(staff: Any) -> Iterator[tuple[tuple[int, int, int], str]]:
    """(onset, pitch, length) in steps, tied notes as one, with the sign over the note or an empty string."""
    open_: dict[tuple[int, int], list[int]] = {}
    signs: dict[tuple[int, int], str] = {}
    for measure in staff.getElementsByClass("Measure"):
        for voice, line in enumerate(list(measure.voices) or [measure]):
            for item in line.notes:
                if not _sounds(item):
                    continue
                onset = round(Fraction(measure.offset + item.offset) * _STEPS)
                length = round(Fraction(item.duration.quarterLength) * _STEPS)
                for head in item.notes if item.isChord else [item]:
                    place, kind = (voice, head.pitch.midi), head.tie.type if head.tie is not None else ""
                    if kind in ("stop", "continue") and place in open_:
                        open_[place][1] += length
                    else:
                        open_[place] = [onset, length]
                        signs[place] = _sign(item)
                    if kind not in ("start", "continue"):
                        first, whole = open_.pop(place)
                        yield (first, head.pitch.midi, whole), signs[place]


def _sign(item: Any) -> str:
    names = (type(expression).__name__ for expression in item.expressions)
    return next((name for name in names if name in _SIDES), "")


def _strokes(root: ET.Element, number: int) -> Iterator[tuple[int, int]]:
    keys = {item.get("id"): int(item.findtext("midi-unpitched", "0")) - 1 for item in root.iter("midi-instrument")}
    part = root.findall("part")[number]
    divisions = int(part.findtext(".//divisions", "1"))
    bar = round(4 * int(part.findtext(".//beats", "4")) * divisions / int(part.findtext(".//beat-type", "4")))
    for index, measure in enumerate(part.findall("measure")):
        at = last = index * bar
        for item in measure:
            length = int(item.findtext("duration", "0"))
            if item.tag == "note":
                onset = last if item.find("chord") is not None else at
                sound = item.find("instrument")
                if sound is not None and item.find("rest") is None:
                    yield round(onset * _STEPS / divisions), keys[sound.get("id")]
                last, at = onset, onset + length
            elif item.tag in ("backup", "forward"):
                at += length if item.tag == "forward" else -length


def midi_notes(piece: Composition) -> Counter[tuple[int, ...]]:
    """The notes of the MIDI file by part of the score, at full length: articulation is a matter of playing."""
    plain = replace(piece.score, plan=replace(piece.score.plan, articulation=1.0))
    midi = parse_midi_notes(score_to_midi(replace(piece, score=plain, plan=plain.plan)))
    notes: Counter[tuple[int, ...]] = Counter()
    for number, part in enumerate(parts_of(piece.score)):
        for index in part.tracks:
            played = midi.parts[index]
            for row in played.notes:
                length = 0 if played.is_drums else round(row[DURATION] * _STEPS)
                notes[number, round(row[ONSET] * _STEPS), int(row[PITCH]), length] += 1
    return notes


# -------------------------------------------------------------------------------- engraving, spelling


def engraver_log(data: bytes) -> list[str]:
    """Lines that verovio writes about a file at the level of warnings while it engraves every page."""
    import tempfile

    import verovio

    verovio.enableLog(verovio.LOG_WARNING)
    with tempfile.TemporaryFile() as log:
        kept = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            toolkit = verovio.toolkit()
            loaded = toolkit.loadData(data.decode())
            for page in range(1, toolkit.getPageCount() + 1):
                toolkit.renderToSVG(page)
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        log.seek(0)
        lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    return lines if loaded else ["not loaded", *lines]


def spelling(score: Any, piece: Composition, sheet: Sheet) -> tuple[int, int]:
    """Note heads as written, and how many of them music21's key-aware speller names otherwise (by bar and staff)."""
    from music21 import key, pitch

    sounding = piece.plan.key
    heads = respelled = 0
    staves = iter(score.parts)
    for part in parts_of(piece.score, written=sheet.pitch == "written"):
        read_key = written_key(sounding, part.shift)
        context = key.KeySignature(read_key.fifths).asKey("minor" if MODES[read_key.mode].minor else "major")
        for _ in part.staves:
            staff = next(staves)
            if part.instrument.is_drums:
                continue
            for measure in staff.getElementsByClass("Measure"):
                written = [p for item in measure.recurse().notes if _sounds(item) for p in item.pitches]
                if written:
                    bare = [pitch.Pitch(midi=p.midi) for p in written]
                    named = pitch.simplifyMultipleEnharmonics(bare, keyContext=context)
                    heads += len(written)
                    respelled += sum(a.name != b.name for a, b in zip(written, named, strict=True))
    return heads, respelled


# ------------------------------------------------------------------------------------------ results


def run(n: int, *, seed: int, workers: int) -> list[Row]:
    return in_parallel(partial(_piece, seed=seed), range(n), workers)


def summary(rows: Sequence[Row]) -> str:
    """Shares of pieces without a fault, with Wilson 95 % intervals, and of note heads spelled alike."""
    tests = {
        "valid MusicXML 4.0": lambda row: row.schema == 0,
        "every bar full": lambda row: row.unfilled == 0,
        "the notes of the MIDI file": lambda row: row.missing == 0 and row.extra == 0,
        "verovio without a warning": lambda row: row.warnings == 0,
    }
    lines = [f"pieces: {len(rows)}, notes: {sum(row.notes for row in rows)}, bars: {sum(row.bars for row in rows)}"]
    lines += [f"{label:<44}{wilson_interval(sum(map(test, rows)), len(rows))}" for label, test in tests.items()]
    usual = [row for row in rows if row.key.split()[1] in _USUAL]
    for label, group in (("usual modes", usual), ("all modes", rows)):
        heads = sum(row.heads for row in group)
        if heads:
            same = heads - sum(row.respelled for row in group)
            lines.append(f"{f'note heads spelled alike, {label}':<44}{wilson_interval(same, heads)}")
    kinds = (
        ("ensembles", {row.ensemble for row in rows}),
        ("meters", {row.meter for row in rows}),
        ("modes", {row.key.split()[1] for row in rows}),
        ("levels", {row.level for row in rows} - {""}),
    )
    lines.append(", ".join(f"{label}: {len(found)}" for label, found in kinds))
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__)
    add_number(parser, "--n", 200, "number of pieces")
    add_number(parser, "--seed", 0, "of plans and pieces")
    add_number(parser, "--workers", 1, "processes")
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    rows = run(options.n, seed=options.seed, workers=options.workers)
    cells = (list((asdict(row) | {"seconds": f"{row.seconds:.2f}"}).values()) for row in rows)
    write_csv(options.out / "results.csv", [item.name for item in fields(Row)], cells)
    write_summary(options.out, summary(rows), head=f"n = {options.n}, seed = {options.seed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
