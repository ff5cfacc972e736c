"""Plans in the studio: made from a reading, made again with other wishes, and moved by a nudge.

A *request* is plain JSON data: ``{"reading": perception data or None, "mood", "valence", "arousal", "title", "seed",
"overrides": {...}, "regions": [those of the picture that become the sections], "profile": what was learnt of a
person}``. The same request gives the same plan.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from composer.circumplex import in_plane
from composer.errors import UsageError
from composer.pipeline.restoring import restore, restore_perception
from composer.types import Correction, MusicalPlan, Region

if TYPE_CHECKING:
    from composer.feedback import Profile

__all__ = ["DIRECTIONS", "LOCKS", "check_locks", "nudged_plan", "plan_data", "planned", "profile_of", "read_plan"]

DIRECTIONS: dict[str, tuple[float, float, float]] = {
    "calmer": (0.0, -1.0, 0.0),
    "livelier": (0.0, 1.0, 0.0),
    "brighter": (1.0, 0.0, 0.0),
    "darker": (-1.0, 0.0, 0.0),
    "sparser": (0.0, 0.0, -1.0),
    "richer": (0.0, 0.0, 1.0),
}
"""Nudge -> where valence, arousal and density go."""
_STEP = 0.8
"""How far the feeling moves at the full amount; the plane is 2 wide."""

LOCKS = ("tonic", "mode", "tempo_bpm", "meter", "bars", "instruments", "level")
"""What a nudge can be told to keep."""


def plan_data(plan: MusicalPlan) -> dict[str, Any]:
    """A plan as ``composer-plan/1``."""
    from composer.planning import plan_to_json

    data: dict[str, Any] = json.loads(plan_to_json(plan))
    return data


def read_plan(data: Mapping[str, Any]) -> MusicalPlan:
    """A plan from its data, checked as a plan's file is; `PlanError` names the field."""
    from composer.planning import plan_from_json

    return plan_from_json(json.dumps(dict(data)))


def check_locks(locks: Sequence[str]) -> None:
    """Refuse what cannot be locked."""
    for lock in locks:
        if lock not in LOCKS:
            raise UsageError(f"locks: {lock[:40]!r} is unknown; allowed: {', '.join(LOCKS)}", hint="lock one of those")


def planned(request: Mapping[str, Any]) -> MusicalPlan:
    """The plan of a request.

    Raises
    ------
    UsageError, PlanError
        A wish is unknown, out of its range or against another one.
    """
    from composer.perception.mood import read_mood
    from composer.planning import PlanOverrides, make_plan

    wishes = {key: value for key, value in request["overrides"].items() if value is not None}
    feeling = {key: request[key] for key in ("valence", "arousal") if request.get(key) is not None}
    reading = request.get("reading")
    if request.get("mood") and (feeling or "valence" in wishes or "arousal" in wishes):
        raise UsageError("mood: it and valence, arousal both say what is felt", hint="give one of the two")
    if reading is None and not request.get("mood") and not {"valence", "arousal"} <= {*feeling, *wishes}:
        raise UsageError("plan: nothing to start from", hint="give a perception, a mood, or valence and arousal")
    profile = profile_of(request)
    try:
        overrides = PlanOverrides(**{**feeling, **wishes})
    except TypeError as error:
        raise UsageError(f"overrides: {error}", hint="see the API's description") from error

    def made(correction: Correction) -> MusicalPlan:
        return make_plan(
            restore_perception(reading) if reading is not None else None,
            overrides=overrides,
            mood=read_mood(request["mood"]) if request.get("mood") else None,
            regions=tuple(restore(Region, region) for region in request.get("regions") or ()),
            seed=request["seed"],
            title=request.get("title") or "Untitled",
            correction=correction,
        )

    return profile.corrected(made) if profile is not None else made(Correction())


def profile_of(request: Mapping[str, Any]) -> Profile | None:
    """What was learnt of a person when the request was made, or None."""
    from composer.feedback import Profile
    from composer.feedback.record import posterior_of

    found = request.get("profile")
    if found is None:
        return None
    posterior = posterior_of(found["posterior"])
    return Profile(name=found["name"], choices=found["choices"], posterior=posterior) if posterior else None


def nudged_plan(
    request: Mapping[str, Any], now: MusicalPlan, direction: str, amount: float, locks: Sequence[str]
) -> tuple[dict[str, Any], MusicalPlan, str | None]:
    """A plan moved in one direction from what sounds now.

    Parameters
    ----------
    request : mapping
        What `now` was made from; edits by hand since then are kept.
    direction : str
        One of `DIRECTIONS`.
    amount : float
        0..1.
    locks : sequence of str
        Of `LOCKS`; the length is always kept, so that the two pieces can be compared bar by bar.

    Returns
    -------
    The new request, its plan, and a sentence on what else has changed, or None.
    """
    check_locks(locks)
    kept = {*locks, *_edited(request, now), "bars"}
    wishes = {k: v for k, v in request["overrides"].items() if k not in ("valence", "arousal", "duration_s")}
    wishes |= {name: _held(now, name) for name in kept}
    up, awake, dense = DIRECTIONS[direction]
    moved = {
        "valence": round(in_plane(now.valence + up * _STEP * amount), 4),
        "arousal": round(in_plane(now.arousal + awake * _STEP * amount), 4),
    }
    again = {**request, **moved, "mood": None, "overrides": wishes}
    plan = planned(again)
    if dense:
        # The density of what sounds now, thinned or thickened: from half to double at the full amount.
        factor = 2.0 ** (dense * 2 * amount)
        thickened = (replace(s, density=min(4.0, max(0.25, s.density * factor))) for s in plan.sections)
        plan = replace(plan, sections=tuple(thickened))
    return again, plan, _also(now, plan)


def _held(plan: MusicalPlan, name: str) -> Any:
    if name == "instruments":
        return ",".join("drums" if part.is_drums else str(part.program) for part in plan.instruments)
    return getattr(plan, name)


def _edited(request: Mapping[str, Any], now: MusicalPlan) -> set[str]:
    """What a person has changed by hand since the plan was made."""
    made = planned(request)
    return {name for name in LOCKS if _held(made, name) != _held(now, name)}


def _also(before: MusicalPlan, after: MusicalPlan) -> str | None:
    """What else has changed, in a sentence."""
    changes = []
    if before.key != after.key:
        changes.append(f"the key from {before.key.name} to {after.key.name}")
    if before.meter != after.meter:
        changes.append(f"the meter from {before.meter} to {after.meter}")
    players = [", ".join(part.name for part in plan.instruments) for plan in (before, after)]
    if players[0] != players[1]:
        changes.append(f"the ensemble from {players[0]} to {players[1]}")
    return f"Changed along with it: {'; '.join(changes)}." if changes else None
