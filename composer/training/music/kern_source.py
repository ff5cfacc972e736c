"""The kern set from the public repositories of the Fryderyk Chopin Institute: which scores, their kind, work and split.

Rows have the columns of `KERN_COLUMNS`; ``file`` is the path in the archive.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from composer.gm import KEYBOARD_PROGRAMS
from composer.training.music.kern import KernScore, parse_kern
from composer.training.music.sources import split_of

__all__ = ["KERN_COLUMNS", "collect_kern", "kind_of"]

KERN_COLUMNS = ("file", "kind", "title", "tempo_words", "work", "split", "licence")
_CHOIR, _ORGAN = 52, 19
_SMALL = 4


def kind_of(score: KernScore) -> str:
    """Kind of ensemble by its programs: piano, organ, voice_piano, chamber_piano, voices, small or large."""
    programs = [track.program for track in score.tracks]
    keys = [program for program in programs if program in KEYBOARD_PROGRAMS]
    others = [program for program in programs if program not in KEYBOARD_PROGRAMS]
    if not others:
        return "organ" if _ORGAN in keys else "piano"
    voices = all(program == _CHOIR for program in others)
    if keys and len(others) <= _SMALL and _ORGAN not in keys:
        return "voice_piano" if voices else "chamber_piano"
    if voices and not keys:
        return "voices"
    return "small" if len(others) <= _SMALL and not keys else "large"


def _record(text: str, key: str) -> str:
    found = re.search(rf"^!!!{key}: *(.*)$", text, flags=re.MULTILINE)
    return found[1].strip() if found else ""


def collect_kern(root: Path, pattern: str, licence: str, out: Path) -> Iterator[dict[str, str]]:
    """Copy the readable scores of a fetched repository to ``out/NAME``; yield the table's rows.

    A work is a shelfmark, or for Chopin's editions what stands before the publisher in the file's name.
    """
    for path in sorted(root.glob(pattern)):
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            score = parse_kern(text)
        except ValueError as error:
            print(f"left out: {path.name}: {error}", file=sys.stderr)
            continue
        work = _record(text, "NIFC-shelfmark") if "--" in path.name else "-".join(path.stem.split("-")[:2])
        name = f"{root.name}/{path.name}"
        (out / root.name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, out / name)
        yield {
            "file": name,
            "kind": kind_of(score),
            "title": _record(text, "OTL"),
            "tempo_words": _record(text, "OMD"),
            "work": work or path.stem,
            "split": split_of(f"{root.name}/{work or path.stem}"),
            "licence": licence,
        }
