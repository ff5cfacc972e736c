"""Pieces in the studio as JSON data: composed, rewritten in some bars, and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from composer.feedback import Profile
from composer.pipeline.restoring import restore, restore_perception
from composer.progress import Progress
from composer.studio.planning import plan_data, read_plan
from composer.types import TICKS_PER_QUARTER, Composition, MusicalPlan, Note, Region, Score, Track

__all__ = ["composed", "composition_of", "notes_of", "parts_of", "rewritten", "version_data"]


def composed(
    plan: MusicalPlan,
    *,
    seed: int,
    candidates: int,
    reading: Mapping[str, Any] | None,
    image: Any,
    regions: Sequence[Mapping[str, Any]] = (),
    profile: Profile | None = None,
    progress: Progress,
) -> dict[str, Any]:
    """A piece from a plan, as `version_data`.

    Parameters
    ----------
    plan : MusicalPlan
    seed, candidates : int
        As in `composer.music.generate`.
    reading : mapping, optional
        The perception's data.
    image : object
        What the provenance says of the picture, or None.
    regions : sequence of mapping
        Data of the regions that became the sections.
    profile : Profile, optional
        What ranks the candidates.
    progress : callable
    """
    from composer import music
    from composer.options import ComposeOptions
    from composer.pipeline.compose import check_originality
    from composer.provenance import provenance

    bonus = profile.bonus if profile is not None else None
    made = music.generate(
        plan, seed=seed, candidates=candidates, progress=progress, check=check_originality, bonus=bonus
    )
    assert made.verdict is not None
    perception = restore_perception(dict(reading)) if reading is not None else None
    facts = provenance(
        ComposeOptions(plan="plan.json", candidates=candidates),
        painting=None,
        perception=perception,
        plan_sha256=None,
        seed=seed,
        generation=made.provenance,
        originality=made.verdict.found.to_json(),
        profile=profile.to_json() if profile is not None else None,
        regions=[restore(Region, dict(region)) for region in regions],
    )
    return version_data(made.score, {**facts, "image": image})


def rewritten(
    piece: Mapping[str, Any],
    *,
    bars: tuple[int, int],
    tracks: Sequence[int | str],
    seed: int,
    candidates: int,
    progress: Progress,
) -> dict[str, Any]:
    """A piece with some bars written anew; every other note is the very one it was.

    Raises
    ------
    UsageError
        The bars or tracks are not in the piece.
    """
    from composer.pipeline.compose import check_originality
    from composer.pipeline.rewriting import rewrite

    made = rewrite(composition_of(piece), bars=bars, tracks=tracks, seed=seed, candidates=candidates, progress=progress)
    found = check_originality(made.score).found.to_json()
    return version_data(made.score, {**made.provenance, "originality": found})


def version_data(score: Score, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """A piece as plain JSON data: plan, notes of each part, provenance."""
    from composer.rendering.jsonable import jsonable

    return {
        "plan": plan_data(score.plan),
        "parts": [[[n.onset, n.duration, n.pitch, n.velocity] for n in track.notes] for track in score.tracks],
        "instruments": [jsonable(track.instrument) for track in score.tracks],
        "provenance": jsonable(provenance),
        "duration_s": round(score.end_seconds, 3),
    }


def composition_of(piece: Mapping[str, Any]) -> Composition:
    """The composition of `version_data`; its perception, where there is one, stands under ``reading``."""
    from composer.types import Instrument

    plan = read_plan(piece["plan"])
    tracks = tuple(
        Track(
            instrument=restore(Instrument, instrument),
            notes=tuple(Note(onset=o, duration=d, pitch=p, velocity=v) for o, d, p, v in notes),
        )
        for instrument, notes in zip(piece["instruments"], piece["parts"], strict=True)
    )
    reading = piece.get("reading")
    return Composition(
        perception=restore_perception(reading) if reading is not None else None,
        plan=plan,
        score=Score(plan=plan, tracks=tracks),
        provenance=piece["provenance"],
    )


def notes_of(piece: Mapping[str, Any]) -> dict[str, Any]:
    """What a page needs to play and draw a piece."""
    from composer.rendering.mix import mix_parts

    score = composition_of(piece).score
    mix = mix_parts([track.instrument for track in score.tracks])
    tracks = [
        {**part, "volume": seat.volume, "pan": seat.pan, "notes": notes}
        for part, seat, notes in zip(parts_of(piece), mix, piece["parts"], strict=True)
    ]
    bars = [{"bar": n, "start": bar.start, "length": bar.length} for n, bar in enumerate(score.timeline.bars, start=1)]
    return {
        "ticks_per_quarter": TICKS_PER_QUARTER,
        "tempo_bpm": score.plan.tempo_bpm,
        "meter": score.plan.meter,
        "bars": bars,
        "duration_s": piece["duration_s"],
        "end": score.end_tick,
        "tracks": tracks,
        "sections": [{"name": s.name, "start_bar": s.start_bar, "bars": s.bars} for s in score.plan.sections],
        "chords": [{"tick": tick, "symbol": symbol} for tick, symbol in score.chord_ticks()],
    }


def parts_of(piece: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parts of a piece without their notes."""
    return [
        {
            "index": index,
            "name": part["name"],
            "role": part["role"],
            "program": part["program"],
            "drums": part["role"] == "drums",
        }
        for index, part in enumerate(piece["instruments"])
    ]
