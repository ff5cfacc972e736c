"""What would a composition teacher mark? Returns, openings, endings, motifs and phrase ends of default pieces.

    python benchmarks/scores/run.py --paintings DIR [--n 30] [--pages DIR] [--instruments NAMES] [--candidates N]

Takes every k-th picture of the folder, composes each by default options and counts, from the notes alone:

* **returns**: sections that take up an earlier one; *literal* where the tune's part has the same onsets and pitches in
  every compared bar (all but the last, whose cadence may differ), *near* where it has in three quarters of them;
* **openings**: bars before the tune's first note; **endings**: strokes of the last bar (1: one held chord) and the last
  chords;
* **phrase ends**: intervals into the last note of every section; beyond a major third it is a leap;
* **motifs**: bars of first statements that are a *sequence* (the rhythm and the contour of an earlier bar of the
  section, all steps of the scale alike, on another degree), an *inversion* (all steps mirrored) or a *fragmentation*
  (the second half has the rhythm and the steps of the first);
* **harp**: share of the time in which harps and guitars that accompany are silent between their strokes;
* **guitar**: share of the bars in which a guitar that accompanies never sounds two notes at once, and share of its
  strokes that one hand cannot hold together with what sounds;
* **waits**: share of the time in which an accompanying harpsichord, harp, guitar or other sound that soon dies away is
  waited for longer than 1.2 seconds from stroke to stroke;
* **commonest bar**: share of a piece's bars that have the commonest figure (onsets, notes struck, which lies higher),
  of the accompanying part in which it is largest, keyboards' hands together;
* **resting hand**: the most bars on end, the last one left out, in which a staff of an accompanying keyboard or harp is
  empty; **breathless**: the most bars on end in which an accompanying line that is bowed or blown has a note a beat and
  more, none longer than a quarter, and no rest.

Writes results.csv (one row per piece) and summary.txt beside this file, or into --out; ``--pages`` also engraves every
score as PNG.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from itertools import cycle, groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import texture

from common import add_number, add_out, argument_parser, in_parallel, rounded, write_csv, write_summary
from composer.gm import INSTRUMENTS
from composer.options import USUAL_CANDIDATES, ComposeOptions
from composer.pipeline.compose import compose, save
from composer.rendering.notation.meters import bar_at, bar_spans
from composer.rendering.notation.staves import parts_of
from composer.types import Composition, MusicalPlan, Note, Section, Track

__all__ = ["Row", "literal_bars", "main", "measure", "pictures", "summary"]

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
_LEAP = 4
"""Semitones: a major third; what goes beyond is a leap."""
_NEAR = 0.75
_LONG = 4
_QUARTER = 480
"""Ticks."""
_PLUCKED = frozenset(range(24, 32)) | {46}
_Bar = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The counts of one piece; see the program's text. ``variations`` names what each return changes."""

    picture: str
    ensemble: str
    form: str
    variations: str
    bars: int
    returns: int
    literal: int
    near: int
    opening_bars: int
    last_strokes: int
    last_chords: str
    phrase_ends: int
    leaps: int
    first_bars: int
    sequences: int
    inversions: int
    fragments: int
    plucked_rests: float | None
    guitar_line: float | None
    guitar_beyond: float | None
    waits: float | None
    commonest_bar: float
    resting_hand: int | None
    breathless: int | None


def pictures(folder: Path, n: int) -> list[Path]:
    """Every k-th picture by name."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    return found[:: max(1, len(found) // n)][:n]


# ---------------------------------------------------------------------------------------------- tune


def _lead(piece: Composition) -> Track:
    tracks = [track for track in piece.score.tracks if not track.instrument.is_drums]
    return next((track for track in tracks if track.instrument.role == "melody"), tracks[0])


def _bars(track: Track, plan: MusicalPlan) -> list[list[Note]]:
    length = plan.time.bar_ticks
    out: list[list[Note]] = [[] for _ in range(plan.bars)]
    for note in track.notes:
        out[min(note.onset // length, plan.bars - 1)].append(note)
    return out


def _highest(bar: Sequence[Note]) -> list[Note]:
    """The tune of a bar: a keyboard's right hand may have chords below it."""
    return list({note.onset: note for note in sorted(bar)}.values())


def literal_bars(bars: Sequence[Sequence[Note]], section: Section, model: Section, length: int) -> tuple[int, int]:
    """Bars of a return with the same onsets and pitches as their model's, and bars compared: all but the last."""
    compared = max(1, min(section.bars, model.bars) - 1)
    same = 0
    for offset in range(compared):
        here, there = bars[section.start_bar - 1 + offset], bars[model.start_bar - 1 + offset]
        same += _placed(here, length) == _placed(there, length)
    return same, compared


def _placed(bar: Sequence[Note], length: int) -> _Bar:
    return tuple((note.onset % length, note.pitch) for note in bar)


def _leaps(bars: Sequence[Sequence[Note]], sections: Sequence[Section]) -> tuple[int, int]:
    ends = leaps = 0
    for section in sections:
        line = [note for bar in bars[section.start_bar - 1 : section.end_bar] for note in bar]
        if len(line) > 1:
            ends += 1
            leaps += abs(line[-1].pitch - line[-2].pitch) > _LEAP
    return ends, leaps


# -------------------------------------------------------------------------------------------- motifs


def _degrees(notes: Sequence[Note], plan: MusicalPlan) -> list[int] | None:
    """Steps of the scale from the first note on; None where a note lies outside it."""
    scale = sorted((pc - plan.key.tonic_pc) % 12 for pc in plan.key.pitch_classes)
    places = []
    for note in notes:
        octave, within = divmod(note.pitch - plan.key.tonic_pc, 12)
        if within not in scale:
            return None
        places.append(octave * len(scale) + scale.index(within))
    return [place - places[0] for place in places]


def _kinds(bars: Sequence[Sequence[Note]], section: Section, plan: MusicalPlan) -> Iterator[str]:
    """Per bar of a section: ``"sequence"``, ``"inversion"``, ``"fragment"`` or ``""``."""
    length, own = plan.time.bar_ticks, bars[section.start_bar - 1 : section.end_bar]
    for number, bar in enumerate(own):
        steps = _degrees(bar, plan) if len(bar) > 2 else None
        kind = ""
        for earlier in own[:number] if steps and any(steps) else ():
            alike = [note.onset % length for note in earlier] == [note.onset % length for note in bar]
            before = _degrees(earlier, plan) if alike else None
            if before == steps and earlier[0].pitch != bar[0].pitch:
                kind = kind or "sequence"
            elif before is not None and before == [-step for step in steps]:
                kind = kind or "inversion"
        yield kind or ("fragment" if _halves_alike(bar, plan) else "")


def _halves_alike(bar: Sequence[Note], plan: MusicalPlan) -> bool:
    length, middle = plan.time.bar_ticks, plan.time.bar_ticks // 2
    first = [note for note in bar if note.onset % length < middle]
    second = [note for note in bar if note.onset % length >= middle]
    if len(first) < 2 or [n.onset % length for n in first] != [n.onset % length - middle for n in second]:
        return False
    one, two = _degrees(first, plan), _degrees(second, plan)
    return one is not None and any(one) and one == two


# ------------------------------------------------------------------------------------------- one piece


def _plucked_rests(piece: Composition) -> float | None:
    """Share of the time between their first and last stroke in which plucked accompaniments are silent."""
    silent = whole = 0
    for track in piece.score.tracks:
        if track.instrument.is_drums or track.instrument.program not in _PLUCKED or track.instrument.role == "melody":
            continue
        sounds = -1
        for note in track.notes:
            if sounds >= 0:
                silent += max(0, note.onset - sounds)
            sounds = max(sounds, note.end)
        whole += track.notes[-1].end - track.notes[0].onset
    return silent / whole if whole else None


def _longest(flags: Iterable[bool]) -> int:
    return max((len(list(run)) for flag, run in groupby(flags) if flag), default=0)


def _resting_hand(piece: Composition) -> int | None:
    """The most bars on end in which a staff of an accompanying keyboard or harp is empty; None without one."""
    spans = bar_spans(piece.score.timeline)
    found = []
    for part in parts_of(piece.score):
        if len(part.staves) < 2 or part.instrument.role != "harmony":
            continue
        for staff in part.staves:
            chords = [chord for voice in staff.voices for chord in voice]
            played = {bar for one in chords for bar in range(bar_at(spans, one.start), bar_at(spans, one.end - 1) + 1)}
            found.append(_longest(bar not in played for bar in range(piece.plan.bars - 1)))
    return max(found, default=None)


def _breathless(piece: Composition) -> int | None:
    """The most bars on end of a bowed or blown accompaniment without a long note or a rest; None without one."""
    found = []
    for track in piece.score.tracks:
        player = INSTRUMENTS[track.instrument.program]
        line = player.sustains and not player.polyphonic and not track.instrument.is_drums
        if line and track.instrument.role in ("harmony", "bass"):
            bars = _bars(track, piece.plan)
            found.append(_longest(_runs(bar, piece.plan) for bar in bars))
    return max(found, default=None)


def _runs(bar: Sequence[Note], plan: MusicalPlan) -> bool:
    lengths = [note.duration for note in bar]
    beats = plan.time.bar_ticks // min(plan.time.beat_ticks, _QUARTER)
    return len(lengths) >= beats and max(lengths) <= _QUARTER and sum(lengths) >= plan.time.bar_ticks


def measure(name: str, piece: Composition) -> Row:
    """The counts of a piece."""
    plan, lead = piece.plan, _lead(piece)
    bars, length = [_highest(bar) for bar in _bars(lead, plan)], plan.time.bar_ticks
    by_name = {section.name: section for section in plan.sections}
    returning = [section for section in plan.sections if section.varies and "Coda" not in section.name]
    shares = [literal_bars(bars, section, by_name[section.varies or ""], length) for section in returning]
    last = {note.onset for t in piece.score.tracks if not t.instrument.is_drums for note in t.notes}
    ends, leaps = _leaps(bars, plan.sections)
    firsts = [section for section in plan.sections if not section.varies]
    kinds = [kind for section in firsts for kind in _kinds(bars, section, plan)]
    return Row(
        picture=name,
        ensemble=" + ".join(f"{part.name} ({part.role})" for part in plan.instruments),
        form=" ".join(section.name for section in plan.sections),
        variations=" ".join(f"{section.name}:{section.variation}" for section in plan.sections if section.variation),
        bars=plan.bars,
        returns=len(returning),
        literal=sum(same == compared for same, compared in shares),
        near=sum(same >= _NEAR * compared for same, compared in shares),
        opening_bars=lead.notes[0].onset // length,
        last_strokes=sum(onset >= piece.score.end_tick - length for onset in last),
        last_chords=" ".join(chord.roman for chord in plan.chords[-3:]),
        phrase_ends=ends,
        leaps=leaps,
        first_bars=len(kinds),
        sequences=kinds.count("sequence"),
        inversions=kinds.count("inversion"),
        fragments=kinds.count("fragment"),
        plucked_rests=_plucked_rests(piece),
        guitar_line=texture.guitar_line(piece),
        guitar_beyond=texture.guitar_beyond(piece),
        waits=texture.waits(piece),
        commonest_bar=texture.commonest_bar(piece),
        resting_hand=_resting_hand(piece),
        breathless=_breathless(piece),
    )


def _made(job: tuple[Path, str | None], *, pages: Path | None, candidates: int) -> Row:
    picture, instruments = job
    piece = compose(ComposeOptions(image=picture, instruments=instruments, candidates=candidates))
    if pages is not None:
        save(piece, (pages / f"{picture.stem[:60]}.png",))
    return measure(picture.stem, piece)


def summary(rows: Sequence[Row]) -> str:
    """The counts over all pieces."""

    def pieces(what: str, count: int) -> str:
        return f"{what}: {count} of {len(rows)} pieces"

    returns, bars = sum(row.returns for row in rows), sum(row.first_bars for row in rows)
    ends, leaps = sum(row.phrase_ends for row in rows), sum(row.leaps for row in rows)
    rests = [row.plucked_rests for row in rows if row.plucked_rests is not None]
    hands = [row.resting_hand for row in rows if row.resting_hand is not None]
    runs = [row.breathless for row in rows if row.breathless is not None]
    lines = [
        pieces("with a return whose tune is literal", sum(row.literal > 0 for row in rows)),
        pieces("with a return whose tune is the same in three quarters of the bars", sum(row.near > 0 for row in rows)),
        f"returns literal: {sum(row.literal for row in rows)}, near: {sum(row.near for row in rows)} of {returns}",
        pieces("that open with the accompaniment", sum(row.opening_bars > 0 for row in rows)),
        pieces("that end on more than one stroke", sum(row.last_strokes > 1 for row in rows)),
        f"kinds of last chords: {len({row.last_chords for row in rows})}",
        pieces("with a leap into a section's last note", sum(row.leaps > 0 for row in rows)),
        f"section ends by leap: {leaps} of {ends}",
        *(
            f"{kind}: {sum(getattr(row, kind) for row in rows)} of {bars} bars of first statements"
            for kind in ("sequences", "inversions", "fragments")
        ),
        *_shares(rows),
        f"silence of plucked accompaniments: {sum(rests) / len(rests):.3f} (n = {len(rests)})" if rests else "no harp",
        _bars_on_end("an empty hand of accompanying keyboards and harps", hands),
        _bars_on_end("no breath in accompanying lines of bow and wind", runs),
    ]
    return "\n".join(lines) + "\n"


def _shares(rows: Sequence[Row]) -> Iterator[str]:
    for what, name in (
        ("bars of accompanying guitars in one line", "guitar_line"),
        ("strokes of accompanying guitars beyond a hand", "guitar_beyond"),
        ("time waited for what soon dies away", "waits"),
        ("bars with the commonest figure", "commonest_bar"),
    ):
        values = [getattr(row, name) for row in rows if getattr(row, name) is not None]
        if values:
            yield f"{what}: {sum(values) / len(values):.3f}, {max(values):.3f} at most (n = {len(values)})"


def _bars_on_end(what: str, bars: Sequence[int]) -> str:
    if not bars:
        return f"{what}: none there"
    mean, long = sum(bars) / len(bars), sum(count > _LONG for count in bars)
    return f"{what}: {mean:.1f} bars on end, {max(bars)} at most, over {_LONG} in {long} of {len(bars)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--paintings", type=Path, required=True)
    add_number(parser, "--n", 30, "pieces")
    add_number(parser, "--workers", 1, "processes")
    add_number(parser, "--candidates", USUAL_CANDIDATES, "candidates of each piece")
    parser.add_argument("--instruments", help="players instead of the planner's; with ; between, in turn")
    parser.add_argument("--pages", type=Path, help="folder for the engraved scores")
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    if options.pages is not None:
        options.pages.mkdir(parents=True, exist_ok=True)
    ensembles = [text.strip() for text in options.instruments.split(";")] if options.instruments else [None]
    jobs = list(zip(pictures(options.paintings, options.n), cycle(ensembles), strict=False))
    rows = in_parallel(partial(_made, pages=options.pages, candidates=options.candidates), jobs, options.workers)
    names = [item.name for item in fields(Row)]
    write_csv(options.out / "results.csv", names, (rounded(row) for row in rows))
    write_summary(options.out, summary(rows), head=f"n = {len(rows)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
