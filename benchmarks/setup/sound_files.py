"""Audio, film and bundle files opened by other libraries: length, loudness, tags, size.

    scripts/bench setup/sound_files

Writes one piece of a minute for four parts in every format that sounds, and as a bundle. The MIDI file's length is
mido's; every file is decoded by ffmpeg (imageio-ffmpeg's), the audio files by soundfile too; loudness is pyloudnorm's,
tags are mutagen's. A file may ring on for `TAIL` seconds after the last bar, for no less than nothing, and all must be
equally long. Writes sound_files.csv beside this file, or into --out. The extra ``video`` and ``mutagen`` are needed.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_out, argument_parser, write_csv

REPOSITORY = Path(__file__).resolve().parents[2]
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".mp4")
RATE = 44_100
TAIL, AGREE = 4.1, 0.15
"""Seconds: the most that a file rings on, and by how much the formats may differ in length."""
TARGET, TOLERANCE = -16.0, 0.5
MOST_MB = 15.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """One file: seconds as ffmpeg and soundfile have them and beyond the MIDI's, loudness, title, size."""

    file: str
    megabytes: float
    ffmpeg_s: float | str
    soundfile_s: float | str
    beyond_midi_s: float | str
    lufs: float | str
    title: str
    ok: bool


def decoded(path: Path) -> NDArray[np.float32]:
    """The file's sound as ffmpeg decodes it, shape (n, 2) at `RATE`."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-vn"]
    command += ["-f", "f32le", "-ac", "2", "-ar", str(RATE), "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    return np.frombuffer(done.stdout, dtype=np.float32).reshape(-1, 2)


def title_of(path: Path) -> str:
    import mutagen

    tags = mutagen.File(path, easy=True)
    return str((tags.get("title") or tags.get("TIT2") or [""])[0]) if tags is not None and tags.tags else ""


def heard(path: Path, midi_s: float) -> Row:
    """Open a sounding file with every library that knows it."""
    import pyloudnorm
    import soundfile

    sound = decoded(path)
    seconds = len(sound) / RATE
    lufs = float(pyloudnorm.Meter(RATE).integrated_loudness(sound.astype(np.float64)))
    other = soundfile.info(path).duration if path.suffix != ".mp4" else ""
    agree = other == "" or abs(other - seconds) <= AGREE
    return Row(
        file=path.name,
        megabytes=round(path.stat().st_size / 1e6, 2),
        ffmpeg_s=round(seconds, 2),
        soundfile_s=round(other, 2) if other != "" else "",
        beyond_midi_s=round(seconds - midi_s, 2),
        lufs=round(lufs, 2),
        title=title_of(path),
        ok=agree and -0.05 <= seconds - midi_s <= TAIL and abs(lufs - TARGET) <= TOLERANCE,
    )


def bundled(path: Path, midi_s: float) -> list[Row]:
    """The bundle, and each stem in it, which soundfile must open and which must last as long as the rest."""
    import soundfile

    with zipfile.ZipFile(path) as bundle:
        names = [name for name in bundle.namelist() if name.endswith((".flac", ".wav"))]
        lengths = {name: soundfile.info(io.BytesIO(bundle.read(name))).duration for name in names}
        sizes = {name: bundle.getinfo(name).compress_size / 1e6 for name in names}
    size = path.stat().st_size / 1e6
    empty = {"ffmpeg_s": "", "lufs": "", "title": ""}
    whole = Row(file=path.name, megabytes=round(size, 2), soundfile_s="", beyond_midi_s="", ok=size <= MOST_MB, **empty)
    stems = [
        Row(
            file=f"{path.name}/{name}",
            megabytes=round(sizes[name], 2),
            soundfile_s=round(seconds, 2),
            beyond_midi_s=round(seconds - midi_s, 2),
            ok=-0.05 <= seconds - midi_s <= TAIL,
            **empty,
        )
        for name, seconds in lengths.items()
    ]
    return [whole, *stems]


def arguments() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument(
        "--image", type=Path, default=REPOSITORY / "examples" / "storm-at-night.png", help="the picture"
    )
    add_out(parser, __file__, "folder for the table")
    return parser.parse_args()


def main() -> int:
    import mido

    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        outs = [Path(folder) / f"piece{suffix}" for suffix in (".mid", *SUFFIXES, ".zip")]
        command = [sys.executable, "-c", "from composer.cli import entry; entry()", "--image", str(options.image)]
        subprocess.run([*command, *(part for out in outs for part in ("--out", str(out)))], check=True)
        midi, *sounds, bundle = outs
        file = mido.MidiFile(midi)
        parts = sum(any(message.type == "note_on" for message in track) for track in file.tracks)
        print(f"{file.length:.2f} s of MIDI, {parts} parts")
        rows = [heard(path, file.length) for path in sounds]
        rows += bundled(bundle, file.length)
    lengths = [float(row.ffmpeg_s) for row in rows if row.ffmpeg_s != ""]
    for row in rows:
        print(row)
    print(f"{max(lengths) - min(lengths):.2f} s between the shortest and the longest")
    write_csv(options.out / "sound_files.csv", [field.name for field in fields(Row)], map(astuple, rows))
    return 0 if all(row.ok for row in rows) and max(lengths) - min(lengths) <= AGREE else 1


if __name__ == "__main__":
    sys.exit(main())
