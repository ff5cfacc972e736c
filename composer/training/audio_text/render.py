"""Play varied passages of the training music with several soundfonts and keep what the encoder hears.

    python -m composer.training.audio_text.render --data DIR --fonts DIR --out runs/audio-text

Writes ``NAME-SPLIT.npy`` (float16, shape (n, 148, 312), the spectra) and ``NAME-SPLIT.jsonl`` (facts of each row) and
goes on where it stopped. ``--fonts`` holds General MIDI soundfonts; the one named by ``--held-out`` plays test pieces
only, each of which is also played by one of the others.
"""

from __future__ import annotations

import argparse
import csv
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.errors import MidiError
from composer.metrics.sound_words import Facts, measure_facts
from composer.metrics.spectra import BANDS, FRAMES, RATE_HZ, WINDOW_SECONDS, spectra
from composer.midi.notes import DURATION, ONSET, PITCH, VELOCITY, MidiNotes, parse_midi_notes
from composer.midi.playback import CONTROL, NOTE_OFF, NOTE_ON, PROGRAM, PlayEvent
from composer.rendering.audio.synthesizer import Synthesizer
from composer.rendering.mix import ROOMS
from composer.training.audio_text.variations import passage

__all__ = ["Piece", "Player", "draw", "read_pieces"]

_SETS = ("open", "pop909")
_PLAYED_HZ = 32_000
"""Half of it is what is heard; a lower rate than 44.1 kHz saves a quarter of the time."""
_PAN, _REVERB = 10, 91
_DRUM_CHANNEL = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file of the training music."""

    name: str
    split: str
    beats: bool
    data: bytes


def read_pieces(data: Path) -> list[Piece]:
    """All pieces of the openly licensed sets, in the tables' order."""
    pieces = []
    for name in _SETS:
        with (data / "music" / f"{name}.csv").open(newline="", encoding="utf-8") as table:
            rows = {row["path"]: row for row in csv.DictReader(table)}
        with tarfile.open(data / "music" / f"{name}.tar.xz") as archive:
            files = {
                member.name.removeprefix("./"): archive.extractfile(member)
                for member in archive.getmembers()
                if member.isfile()
            }
            for path, row in rows.items():
                file = files.get(path) or files.get(f"{name}/{path}") or files.get(path.partition("/")[2])
                if file is not None:
                    pieces.append(
                        Piece(name=row["id"], split=row["split"], beats=row["grid"] == "score", data=file.read())
                    )
    return pieces


class Player:
    """Plays passages with soundfonts that stay open."""

    def __init__(self, fonts: Mapping[str, Path]) -> None:
        rooms = list(ROOMS.values())
        self._open = {
            name: Synthesizer(path, rooms[number % len(rooms)], rate_hz=_PLAYED_HZ)
            for number, (name, path) in enumerate(fonts.items())
        }

    def play(self, midi: MidiNotes, font: str, rng: np.random.Generator) -> NDArray[np.float64]:
        """Ten seconds, mono, 16 kHz."""
        from scipy.signal import resample_poly

        synthesizer = self._open[font]
        synthesizer.reset()
        dry = rng.random() < 0.25
        at, blocks = 0, []
        for event in (*_set_up(midi, rng, dry=dry), *_events(midi)):
            target = round(event.seconds * _PLAYED_HZ)
            if target > at:
                blocks.append(synthesizer.samples(target - at))
                at = target
            synthesizer.play(event)
        total = round(WINDOW_SECONDS * _PLAYED_HZ)
        blocks.append(synthesizer.samples(max(1, total - at)))
        mono = np.concatenate(blocks)[:total].astype(np.float64).mean(axis=1)
        result: NDArray[np.float64] = resample_poly(mono, RATE_HZ, _PLAYED_HZ)
        return result


def _channels(midi: MidiNotes) -> list[int]:
    free = iter([*range(_DRUM_CHANNEL), *range(_DRUM_CHANNEL + 1, 16)])
    return [_DRUM_CHANNEL if part.is_drums else next(free) for part in midi.parts]


def _set_up(midi: MidiNotes, rng: np.random.Generator, *, dry: bool) -> Iterator[PlayEvent]:
    for part, channel in zip(midi.parts, _channels(midi), strict=True):
        if not part.is_drums:
            yield PlayEvent(seconds=0.0, kind=PROGRAM, channel=channel, first=part.program, second=0)
        reverb = 0 if dry else int(rng.integers(10, 100))
        yield PlayEvent(seconds=0.0, kind=CONTROL, channel=channel, first=_REVERB, second=reverb)
        yield PlayEvent(seconds=0.0, kind=CONTROL, channel=channel, first=7, second=int(rng.integers(80, 112)))
        yield PlayEvent(seconds=0.0, kind=CONTROL, channel=channel, first=_PAN, second=int(rng.integers(24, 104)))


def _events(midi: MidiNotes) -> list[PlayEvent]:
    events = []
    for part, channel in zip(midi.parts, _channels(midi), strict=True):
        notes = part.notes
        starts = midi.seconds(notes[:, ONSET])
        ends = midi.seconds(notes[:, ONSET] + notes[:, DURATION])
        for start, end, pitch, velocity in zip(starts, ends, notes[:, PITCH], notes[:, VELOCITY], strict=True):
            on = PlayEvent(seconds=float(start), kind=NOTE_ON, channel=channel, first=int(pitch), second=int(velocity))
            off = PlayEvent(
                seconds=max(0.0, float(end) - 0.004), kind=NOTE_OFF, channel=channel, first=int(pitch), second=0
            )
            events += [on, off]
    return sorted((e for e in events if e.seconds < WINDOW_SECONDS), key=lambda e: (e.seconds, e.kind != NOTE_OFF))


def draw(pieces: Sequence[Piece], rng: np.random.Generator) -> tuple[Piece, MidiNotes, Facts]:
    """A passage of a piece drawn at random, and its facts."""
    while True:
        piece = pieces[int(rng.integers(len(pieces)))]
        try:
            found = passage(parse_midi_notes(piece.data, name=piece.name), rng, beats=piece.beats)
            if found is None:
                continue
            facts = measure_facts(found)
        except MidiError:
            continue
        return piece, found, facts


def render_split(
    pieces: Sequence[Piece],
    player: Player,
    fonts: Mapping[str, float],
    again: str | None,
    place: Path,
    *,
    count: int,
    seed: int,
) -> None:
    """Fill ``place.npy`` and ``place.jsonl`` up to `count` rows; with `again`, every passage by that font too."""
    array_path, table_path = place.with_suffix(".npy"), place.with_suffix(".jsonl")
    each = 2 if again else 1
    shape = (count * each, BANDS, FRAMES)
    done = sum(1 for _ in table_path.open()) // each if table_path.exists() else 0
    mode = "r+" if array_path.exists() else "w+"
    array = np.lib.format.open_memmap(array_path, mode=mode, dtype=np.float16, shape=shape if mode == "w+" else None)
    names, odds = list(fonts), np.array(list(fonts.values()))
    with table_path.open("a", encoding="utf-8") as table:
        for number in range(done, count):
            rng = np.random.default_rng((seed, number))
            piece, midi, facts = draw(pieces, rng)
            chosen = names[int(rng.choice(len(names), p=odds / odds.sum()))]
            rows = []
            for place_in, font in enumerate([chosen] if again is None else [chosen, again]):
                array[number * each + place_in] = spectra(player.play(midi, font, rng)).astype(np.float16)
                rows.append(json.dumps({"piece": piece.name, "font": font, **asdict(facts)}))
            table.write("\n".join(rows) + "\n")
            table.flush()
            if (number + 1) % 50 == 0:
                print(f"{place.name}: {number + 1}/{count}", flush=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fonts", type=Path, required=True, help="folder of soundfonts")
    parser.add_argument("--held-out", default="Merlin.sf2", help="the font that is never trained on")
    parser.add_argument("--out", type=Path, default=Path("runs/audio-text"))
    parser.add_argument("--split", choices=("train", "val", "test"), required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    paths = {path.stem: path for path in sorted(options.fonts.iterdir()) if path.suffix in (".sf2", ".sf3")}
    held_out = Path(options.held_out).stem
    odds = {name: 0.35 if name.startswith("OPL") else 1.0 for name in paths if name != held_out}
    again = held_out if options.split == "test" else None
    player = Player({name: path for name, path in paths.items() if again or name != held_out})
    pieces = [piece for piece in read_pieces(options.data) if piece.split == options.split]
    print(f"{len(pieces)} pieces of the split {options.split!r}; fonts {', '.join(paths)}", flush=True)
    place = options.out / f"renders-{options.split}"
    render_split(pieces, player, odds, again, place, count=options.count, seed=options.seed)


if __name__ == "__main__":
    main()
