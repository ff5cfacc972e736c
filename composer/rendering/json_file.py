"""A composition as one JSON object: ``{format, perception, plan, provenance, score}``.

``plan`` has the form that ``compose plan`` prints and ``--plan`` reads, so it can be taken out, edited and fed back.
``score`` holds the notes as rows of numbers, in ticks; of a piece whose meter, tempo or key changes, ``timeline`` its
bars, tempi and keys.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from composer.files import atomic_write
from composer.rendering.jsonable import jsonable
from composer.types import PLAN_FORMAT, TICKS_PER_QUARTER, Composition, MusicalPlan, Score, ScoreTimeline

__all__ = ["COMPOSITION_FORMAT", "composition_to_json", "plan_data", "write_json"]

COMPOSITION_FORMAT = "composer-composition/1"
_NOTE_FIELDS = ("onset", "pitch", "duration", "velocity")


def composition_to_json(composition: Composition) -> dict[str, Any]:
    """The whole composition as plain JSON data; the perception's embedding is left out."""
    return {
        "format": COMPOSITION_FORMAT,
        "perception": jsonable(composition.perception),
        "plan": plan_data(composition.plan),
        "provenance": jsonable(composition.provenance),
        "score": _score(composition.score),
    }


def write_json(composition: Composition, path: Path) -> None:
    """Write a composition to a ``.json`` file (UTF-8), whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    text = json.dumps(composition_to_json(composition), ensure_ascii=False, allow_nan=False, indent=2)
    with atomic_write(path) as temporary:
        # A title taken from an undecodable file name holds half a character, which UTF-8 has no form for.
        temporary.write_text(text + "\n", encoding="utf-8", errors="replace", newline="\n")


def plan_data(plan: MusicalPlan) -> dict[str, Any]:
    """A plan as plain JSON data, as ``--plan`` reads it."""
    return {"format": PLAN_FORMAT} | dict(jsonable(plan))


def _timeline(timeline: ScoreTimeline) -> dict[str, Any]:
    return {
        "pickup": timeline.pickup,
        "bars": [{"start": bar.start, "length": bar.length, "meter": str(bar.meter)} for bar in timeline.bars],
        "tempi": [{"tick": tick, "tempo_bpm": bpm} for tick, bpm in timeline.tempi],
        "keys": [{"bar": key.bar, "tonic": key.key.tonic, "mode": key.key.mode} for key in timeline.keys],
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "ticks_per_quarter": TICKS_PER_QUARTER,
        "end_tick": score.end_tick,
        **({"timeline": _timeline(score.changes)} if score.changes is not None else {}),
        "note_fields": list(_NOTE_FIELDS),
        "tracks": [
            {
                "name": track.instrument.name,
                "role": track.instrument.role,
                "notes": [[getattr(note, name) for name in _NOTE_FIELDS] for note in track.notes],
            }
            for track in score.tracks
        ],
    }
