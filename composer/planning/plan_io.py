"""Plans as JSON: what a person edits.

Keys are the field names of `composer.types.MusicalPlan` and its parts. Reading is strict, since a misspelled key would
be an edit that silently does nothing: unknown keys, wrong types and wrong values are refused with the JSON path of the
field, e.g. ``instruments[2].program``. What may be left out is derived: ``roman`` from the symbol, ``dynamics`` from
the form, ranges and names of instruments from General MIDI.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar, cast

from composer.circumplex import in_plane
from composer.errors import PlanError, UsageError
from composer.figure_names import FIGURE_NAMES
from composer.gm import DRUM_KIT, INSTRUMENTS, GmInstrument, find_instrument
from composer.planning import affect_to_music as affect
from composer.planning.form import dynamics_curve, phrase_lengths
from composer.planning.orchestration import playing_range
from composer.planning.overrides import check_meter
from composer.planning.roman import roman_of
from composer.theory import Key, find_mode, parse_chord, parse_note_name
from composer.types import MAX_BARS, PLAN_FORMAT, ROLES, ChordSpan, Instrument, MusicalPlan, PartFigure, Section

__all__ = ["plan_from_json", "plan_to_json"]

_T = TypeVar("_T")
_KINDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


def plan_to_json(plan: MusicalPlan, *, indent: int | None = 2) -> str:
    """Write a plan as JSON text; `plan_from_json` reads the same plan back."""
    data: dict[str, Any] = {"format": PLAN_FORMAT}
    for field in fields(plan):
        value = getattr(plan, field.name)
        if field.name in ("sections", "chords", "instruments"):
            value = [asdict(item) for item in value]
        elif field.name == "reasons":
            value = dict(value)
        data[field.name] = value
    return json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False)


def plan_from_json(text: str) -> MusicalPlan:
    """Read a plan, or the ``plan`` of a whole result.

    Raises
    ------
    PlanError
        The text is no JSON, a key is unknown or missing, or a value is wrong; the message names the field.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        raise PlanError(f"plan: not valid JSON ({error})") from error
    if isinstance(data, dict) and isinstance(data.get("plan"), dict):
        data = data["plan"]
    if not isinstance(data, dict):
        raise PlanError(f"plan: expected an object, found {_found(data)}")
    return _plan(_Object(data, ""))


# ------------------------------------------------------------------------------------------ reading


def _found(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:37] + "..."


def _checked(value: object, kind: type[_T], path: str) -> _T:
    """Return `value` when it has the JSON type `kind`; numbers must be finite, and true is no number."""
    accepted: Any = (int, float) if kind is float else kind
    number_like = kind in (int, float) and (isinstance(value, bool) or not _is_finite(value))
    if not isinstance(value, accepted) or number_like:
        raise PlanError(f"{path}: expected {_KINDS[kind]}, found {_found(value)}")
    return cast("_T", float(value) if kind is float else value)


def _is_finite(value: object) -> bool:
    try:
        return not isinstance(value, int | float) or math.isfinite(value)
    except OverflowError:
        return False


class _Object:
    """A JSON object under construction into a dataclass: typed access by key, with paths in the messages."""

    def __init__(self, data: object, path: str) -> None:
        self.data: dict[str, Any] = _checked(data, dict, path or "plan")
        self.path = path

    def where(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def allow(self, keys: Collection[str]) -> None:
        for key in self.data:
            if key not in keys:
                raise PlanError(f"{self.where(str(key))}: unknown field; allowed: {', '.join(keys)}")

    def has(self, key: str) -> bool:
        return self.data.get(key) is not None

    def get(self, key: str, kind: type[_T]) -> _T:
        """Required value."""
        if not self.has(key):
            raise PlanError(f"{self.where(key)}: missing; expected {_KINDS[kind]}")
        return _checked(self.data[key], kind, self.where(key))

    def get_or(self, key: str, kind: type[_T], default: _T) -> _T:
        """Optional value."""
        return self.get(key, kind) if self.has(key) else default

    def items(self, key: str, kind: type[_T]) -> list[_T]:
        """Required list of values of one type."""
        return [_checked(item, kind, f"{self.where(key)}[{n}]") for n, item in enumerate(self.get(key, list))]

    def build(self, make: Callable[[], _T]) -> _T:
        """Call `make`; errors of the dataclasses get this object's path."""
        try:
            return make()
        except PlanError as error:
            rest = re.sub(r"^(sections\[[^\]]*\]|instruments|chords)(?=[.:])", "", error.message)
            raise PlanError(f"{self.path}{rest}" if rest != error.message else error.message) from error


def _named(path: str, check: Callable[[str], _T], value: str) -> _T:
    """Call a checker of `composer.theory`; its message gets the JSON path."""
    try:
        return check(value)
    except PlanError as error:
        _, _, reason = error.message.partition(": ")
        raise PlanError(f"{path}: {reason}") from error


def _plan(reader: _Object) -> MusicalPlan:
    reader.allow(["format", *(field.name for field in fields(MusicalPlan))])
    found = reader.get_or("format", str, PLAN_FORMAT)
    if found != PLAN_FORMAT:
        raise PlanError(f"format: {found!r} is not supported; expected {PLAN_FORMAT!r}")
    mode = _named("mode", find_mode, reader.get("mode", str)).name
    tonic = reader.get("tonic", str)
    _named("tonic", parse_note_name, tonic)
    key = Key.of(tonic, mode)
    meter = reader.get("meter", str)
    check_meter(meter)
    sections = _sections(reader)
    valence, arousal = reader.get_or("valence", float, 0.0), reader.get_or("arousal", float, 0.0)
    plan = MusicalPlan(
        title=reader.get_or("title", str, "Untitled"),
        tonic=key.tonic,
        mode=key.mode,
        tempo_bpm=reader.get("tempo_bpm", float),
        meter=meter,
        bars=reader.get("bars", int),
        sections=sections,
        chords=_chords(reader, key),
        instruments=_instruments(reader),
        dynamics=_dynamics(reader, sections, valence, arousal),
        articulation=reader.get_or("articulation", float, affect.articulation(in_plane(valence), in_plane(arousal))),
        valence=valence,
        arousal=arousal,
        subdivision=reader.get_or("subdivision", str, "duple"),
        caption=reader.get_or("caption", str, ""),
        reasons=_reasons(reader),
        level=reader.get("level", str) if reader.has("level") else None,
        ending=reader.get_or("ending", str, "held"),
        ornaments=tuple(reader.items("ornaments", str)) if reader.has("ornaments") else (),
    )
    plan.check_composable()
    return plan


def _objects(reader: _Object, key: str) -> list[_Object]:
    return [_Object(item, f"{reader.where(key)}[{n}]") for n, item in enumerate(reader.get(key, list))]


def _sections(reader: _Object) -> tuple[Section, ...]:
    made: list[Section] = []
    for item in _objects(reader, "sections"):
        section = _section(item)
        names = [earlier.name for earlier in made]
        if section.name in names:
            raise PlanError(f"{item.where('name')}: {section.name!r} is taken by an earlier section")
        if section.varies is not None and section.varies not in names:
            allowed = ", ".join(names) or "none"
            raise PlanError(f"{item.where('varies')}: {section.varies!r} is no earlier section; allowed: {allowed}")
        made.append(section)
    return tuple(made)


def _section(item: _Object) -> Section:
    item.allow([field.name for field in fields(Section)])
    bars = item.get("bars", int)
    phrases = tuple(item.items("phrases", int)) if item.has("phrases") else phrase_lengths(max(1, min(bars, MAX_BARS)))
    return item.build(
        lambda: Section(
            name=item.get("name", str),
            start_bar=item.get("start_bar", int),
            bars=bars,
            phrases=phrases,
            varies=item.get("varies", str) if item.has("varies") else None,
            variation=item.get("variation", str) if item.has("variation") else None,
            cadence=item.get_or("cadence", str, "authentic"),
            valence=item.get_or("valence", float, 0.0),
            arousal=item.get_or("arousal", float, 0.0),
            density=item.get_or("density", float, 1.0),
            register=item.get_or("register", int, 0),
            figures=_figures(item) if item.has("figures") else (),
            opening=item.get_or("opening", bool, default=False),
        )
    )


def _figures(section: _Object) -> tuple[PartFigure, ...]:
    made = []
    for item in _objects(section, "figures"):
        item.allow([field.name for field in fields(PartFigure)])
        figure = item.get("figure", str)
        if figure not in FIGURE_NAMES:
            allowed = ", ".join(sorted(FIGURE_NAMES))
            raise PlanError(f"{item.where('figure')}: {figure!r} is unknown; allowed: {allowed}")
        made.append(PartFigure(part=item.get("part", str), figure=figure))
    return tuple(made)


def _chords(reader: _Object, key: Key) -> tuple[ChordSpan, ...]:
    made = []
    for item in _objects(reader, "chords"):
        item.allow([field.name for field in fields(ChordSpan)])
        symbol = item.get("symbol", str)
        chord = _named(item.where("symbol"), parse_chord, symbol)
        roman = item.get_or("roman", str, "") or roman_of(chord, key)
        bar, beat = item.get("bar", int), item.get_or("beat", int, 1)
        made.append(_chord_span(item, bar, beat, symbol, roman))
    return tuple(made)


def _chord_span(item: _Object, bar: int, beat: int, symbol: str, roman: str) -> ChordSpan:
    return item.build(lambda: ChordSpan(bar=bar, beat=beat, symbol=symbol, roman=roman))


def _instruments(reader: _Object) -> tuple[Instrument, ...]:
    items = _objects(reader, "instruments")
    roles = [item.get("role", str) for item in items]
    return tuple(_instrument(item, role, has_bass="bass" in roles) for item, role in zip(items, roles, strict=True))


def _instrument(item: _Object, role: str, *, has_bass: bool) -> Instrument:
    item.allow([field.name for field in fields(Instrument)])
    program = item.get("program", int) if item.has("program") else None
    player = _player(item, role, program)
    bounds = (0, 127)
    if player is not None and role in ROLES:
        bounds = playing_range(player, role, has_bass=has_bass)
    return item.build(
        lambda: Instrument(
            role=role,
            name=item.get_or("name", str, player.name if player is not None else ""),
            program=program if program is not None else player.program if player is not None else 0,
            low=item.get_or("low", int, bounds[0]),
            high=item.get_or("high", int, bounds[1]),
            voices=item.get("voices", int) if item.has("voices") else None,
            activity=item.get("activity", float) if item.has("activity") else None,
        )
    )


def _player(item: _Object, role: str, program: int | None) -> GmInstrument | None:
    """The General MIDI sound by program, else by name; None when the program is wrong, which `Instrument` refuses."""
    if role == "drums":
        return DRUM_KIT
    if program is not None:
        return INSTRUMENTS[program] if 0 <= program <= 127 else None
    name = item.get("name", str)
    try:
        return find_instrument(name)
    except UsageError as error:
        raise PlanError(f"{item.where('name')}: {name!r} is no General MIDI instrument", hint=error.hint) from error


def _dynamics(reader: _Object, sections: Sequence[Section], valence: float, arousal: float) -> tuple[float, ...]:
    if reader.has("dynamics"):
        return tuple(reader.items("dynamics", float))
    level = affect.dynamic_level(*(max(-1.0, min(1.0, value)) for value in (valence, arousal)))
    return dynamics_curve(sections, level, arousal) if sections else ()


def _reasons(reader: _Object) -> dict[str, str]:
    if not reader.has("reasons"):
        return {}
    reasons = _Object(reader.data["reasons"], "reasons")
    return {str(key): reasons.get_or(key, str, "") for key in reasons.data}
