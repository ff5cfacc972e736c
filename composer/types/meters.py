"""Meters as text, and their lengths in ticks."""

from __future__ import annotations

from composer.errors import PlanError

__all__ = ["TICKS_PER_QUARTER", "bar_ticks", "beat_ticks", "parse_meter"]

TICKS_PER_QUARTER = 480
_DENOMINATORS = (2, 4, 8, 16)


def parse_meter(meter: str) -> tuple[int, int]:
    """Split ``"6/8"`` into ``(6, 8)``; raise `PlanError` when it is no meter."""
    head, _, tail = meter.partition("/")
    if head.isdecimal() and tail.isdecimal():
        beats, unit = int(head), int(tail)
        if 1 <= beats <= 16 and unit in _DENOMINATORS:
            return beats, unit
    raise PlanError(f"meter: {meter!r} is not a meter; expected BEATS/UNIT such as 4/4 or 6/8 (unit 2, 4, 8 or 16)")


def beat_ticks(meter: str) -> int:
    """Length of one beat (the denominator's note) in ticks."""
    return TICKS_PER_QUARTER * 4 // parse_meter(meter)[1]


def bar_ticks(meter: str) -> int:
    """Length of one bar in ticks."""
    return parse_meter(meter)[0] * beat_ticks(meter)
