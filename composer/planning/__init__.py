"""The plan of a piece, from a perception: a person can read and edit it. Needs no torch."""

from __future__ import annotations

from composer.planning.overrides import PlanOverrides
from composer.planning.plan_io import plan_from_json, plan_to_json
from composer.planning.planner import apply_overrides, make_plan

__all__ = ["PlanOverrides", "apply_overrides", "make_plan", "plan_from_json", "plan_to_json"]
