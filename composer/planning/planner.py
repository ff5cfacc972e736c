"""The planner: a plan is derived or changed, and then brought within its level of difficulty where it has one."""

from __future__ import annotations

from dataclasses import replace

from composer.planning.apply import replace_fields, replaced_fields
from composer.planning.figure_choice import with_figures, with_given_figures
from composer.planning.level_plan import at_level
from composer.planning.make import derive_plan
from composer.planning.ornament_choice import with_ornaments
from composer.planning.overrides import PlanOverrides
from composer.planning.streams import stream
from composer.types import Correction, Mood, MusicalPlan, Perception, Region

__all__ = ["apply_overrides", "make_plan"]


def make_plan(
    perception: Perception | None,
    *,
    overrides: PlanOverrides = PlanOverrides(),  # noqa: B008 - frozen
    mood: Mood | None = None,
    regions: tuple[Region, ...] = (),
    seed: int = 0,
    title: str = "Untitled",
    correction: Correction = Correction(),  # noqa: B008 - frozen
) -> MusicalPlan:
    """Decide everything before the first note.

    Parameters
    ----------
    perception : Perception or None
        What was read from the picture; None starts from a neutral feeling, or from that of `overrides`.
    overrides : PlanOverrides
        Fields that a person fixes; the others stay what they would have been.
    mood : Mood, optional
        A feeling in words that takes the place of the perception's; its stages become the sections in their order.
    regions : tuple of Region
        Parts of the picture that become the sections in their order, before the whole.
    seed : int
        Same perception, overrides, mood and seed: same plan.
    title : str
        Title of the piece.
    correction : Correction
        What a person was found to prefer; it moves nothing that `overrides` fixes.

    Raises
    ------
    UsageError
        Something that was asked for lies outside the level that was asked for.
    """
    plan = derive_plan(perception, overrides=overrides, mood=mood, regions=regions, seed=seed, correction=correction)
    plan = replace(plan, title=title)
    plan.check_composable()
    plan = with_figures(plan, seed)
    if overrides.figure is not None:
        plan = with_given_figures(plan, overrides.figure)
    if overrides.level is not None:
        return at_level(plan, overrides, seed=seed)
    return with_ornaments(plan, stream(seed, "ornaments"), asked=overrides.ornaments)


def apply_overrides(plan: MusicalPlan, overrides: PlanOverrides, *, seed: int = 0) -> MusicalPlan:
    """Replace fields one by one; a plan that has a level, or is given one, moves into it after any change.

    Parameters
    ----------
    plan : MusicalPlan
        Where to start; it is not changed.
    overrides : PlanOverrides
        What to replace; `composer.planning.apply.replace_fields` says what follows from each field.
    seed : int
        For what has to be written anew.

    Raises
    ------
    UsageError
        Something that was asked for lies outside the level.
    """
    changed = replace_fields(plan, overrides, seed=seed)
    if not replaced_fields(overrides) or (overrides.level is None and plan.level is None):
        return changed
    return at_level(changed, overrides, seed=seed)
