"""A plan brought within a level of difficulty: what a person asked for is refused when it lies outside, the rest moves.

`composer.levels` says what the levels are, docs/levels.md why.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from composer.errors import UsageError
from composer.levels import PIANO, PLAYERS, Level, Player, find_level, hand_range, player_of
from composer.planning.apply import replace_fields
from composer.planning.form import phrase_ends
from composer.planning.harmony import HarmonyTask, make_chords
from composer.planning.orchestration import parse_instruments
from composer.planning.ornament_choice import parse_ornaments
from composer.planning.overrides import PlanOverrides
from composer.planning.reasons import GIVEN, chord_reason
from composer.planning.streams import stream
from composer.theory import Key, find_mode, parse_chord, parse_note_name
from composer.types import ChordSpan, Instrument, MusicalPlan

__all__ = ["at_level", "keys_at"]

_TONICS = ("C", "G", "D", "A", "E", "B", "F", "Bb", "Eb", "Ab", "Db", "F#", "C#", "G#")
_METERS = {"6/8": "3/4", "3/8": "3/4", "9/8": "3/4", "3/2": "3/4", "5/4": "3/4", "6/4": "3/4", "2/8": "2/4"}
"""Meter -> the simple one that sways like it; others become 4/4."""


def keys_at(level: str, player: Player, mode: str) -> tuple[str, ...]:
    """Tonics that the level allows in a mode, fewest accidentals first as the player reads them."""
    minor = find_mode(mode).minor
    low, high = player.keys[level]
    tonics = []
    for tonic in dict.fromkeys(Key.of(name, mode).tonic for name in _TONICS):
        # A file states major or minor on the tonic, the page has the mode's own signature: both are easy to read.
        signatures = (_fifths(tonic, mode), _fifths(tonic, "minor" if minor else "major"))
        named = f"{tonic} {'minor' if minor else 'major'}"
        if all(low <= fifths <= high for fifths in signatures) and (level != "primer" or named in player.primer_keys):
            tonics.append(tonic)
    return tuple(sorted(tonics, key=lambda name: abs(_fifths(name, mode) + _written_fifths(player))))


def _fifths(tonic: str, mode: str) -> int:
    return Key(tonic=tonic, mode=mode).fifths


def _written_fifths(player: Player) -> int:
    """Fifths that the player's transposition adds to a signature."""
    return player.written * 7 % 12


def at_level(plan: MusicalPlan, overrides: PlanOverrides, *, seed: int = 0) -> MusicalPlan:
    """Bring a plan within the level of `overrides`, or else its own.

    Parameters
    ----------
    plan : MusicalPlan
        With the overrides already applied.
    overrides : PlanOverrides
        What a person asked for: it is kept or refused, never moved.
    seed : int
        For chords that have to be written anew.

    Raises
    ------
    UsageError
        What was asked for lies outside the level; the message names the option and the values allowed.
    """
    name = overrides.level or plan.level
    assert name is not None
    if overrides.ornaments is not None and parse_ornaments(overrides.ornaments):
        raise UsageError(
            f"--ornaments: {overrides.ornaments!r} is beyond level {name!r}, which has none",
            hint="leave --ornaments or --level out",
        )
    level, player = find_level(name), _player(plan, overrides, name)
    reasons = dict(plan.reasons)
    bare = replace(plan, level=None)
    for field, value in _moves(bare, overrides, level, player).items():
        old = getattr(bare, field)
        bare = replace_fields(bare, replace(PlanOverrides(), **{field: value}), seed=seed)
        shown = f"{old:g}" if isinstance(old, float) else old
        reasons[field] = f"level {name} instead of {shown}; {reasons.get(field, '')}".rstrip("; ")
    chords, why = _chords(bare, level, seed)
    low, high = level.density
    sections = tuple(replace(part, density=min(max(part.density, low), high)) for part in bare.sections)
    reasons |= {
        "level": GIVEN if overrides.level else reasons.get("level", "given by the plan"),
        "instruments": f"level {name}: {player.name}, compass of the level",
        "articulation": f"level {name}: notes sound as long as they are written",
        "ornaments": f"level {name}: none",
    }
    if why:
        reasons["chords"] = why
    return replace(
        bare,
        chords=chords,
        sections=sections,
        instruments=_instruments(player, name, bare.key),
        articulation=1.0,
        ornaments=(),
        reasons=reasons,
        level=name,
    )


# ------------------------------------------------------------------------------------- what moves


def _player(plan: MusicalPlan, overrides: PlanOverrides, level: str) -> Player:
    if overrides.instruments is None:
        return player_of(plan.instruments) or PIANO
    asked = parse_instruments(overrides.instruments)
    found = next((player for player in PLAYERS.values() if [player.program] == [one.program for one in asked]), None)
    if found is None or asked[0].is_drums:
        raise UsageError(
            f"--instruments: {overrides.instruments!r} has no level {level!r}; levels are for one of "
            f"{', '.join(PLAYERS)}",
            hint="give one of these, or leave --level out",
        )
    return found


def _moves(plan: MusicalPlan, overrides: PlanOverrides, level: Level, player: Player) -> dict[str, Any]:
    """Fields that must change, with their new values; refuses what a person has asked for."""
    moves: dict[str, Any] = {}
    mode = plan.mode
    if level.modes and mode not in level.modes:
        mode = "minor" if plan.key.minor else "major"
        _refuse("--mode", overrides.mode, level, ", ".join(level.modes))
        moves["mode"] = mode
    tonics = keys_at(level.name, player, mode)
    if Key.of(plan.tonic, mode).tonic not in tonics:
        _refuse("--key", overrides.tonic, level, f"{', '.join(tonics)} in {mode} for {player.name}")
        moves["tonic"] = _nearest(plan.tonic, tonics, mode)
    if plan.meter not in level.meters:
        _refuse("--meter", overrides.meter, level, ", ".join(level.meters))
        moves["meter"] = _METERS.get(plan.meter, "4/4")
    slow, fast = level.tempo_bpm
    if not slow <= plan.tempo_bpm <= fast:
        asked = f"{overrides.tempo_bpm:g}" if overrides.tempo_bpm is not None else None
        _refuse("--tempo", asked, level, f"{slow:g} to {fast:g}")
        moves["tempo_bpm"] = float(min(max(plan.tempo_bpm, slow), fast))
    return moves


def _refuse(option: str, asked: str | None, level: Level, allowed: str) -> None:
    if asked is not None:
        raise UsageError(
            f"{option}: {asked} lies outside level {level.name!r}; allowed: {allowed}",
            hint=f"change {option}, or take a higher --level",
        )


def _nearest(tonic: str, tonics: tuple[str, ...], mode: str) -> str:
    """The allowed tonic that is nearest in pitch, so that the colour of the key changes least."""
    here = parse_note_name(tonic)

    def away(name: str) -> tuple[int, int]:
        up = (parse_note_name(name) - here) % 12
        return min(up, 12 - up), abs(_fifths(name, mode))

    return min(tonics, key=away)


def _instruments(player: Player, level: str, key: Key) -> tuple[Instrument, ...]:
    hands = (("melody", " (right hand)"), ("harmony", " (left hand)")) if player is PIANO else (("melody", ""),)
    made = []
    for role, hand in hands:
        low, high = hand_range(player, level, role, key.tonic_pc)
        made.append(Instrument(role=role, name=player.part + hand, program=player.program, low=low, high=high))
    return tuple(made)


# ------------------------------------------------------------------------------------------- chords


def _chords(plan: MusicalPlan, level: Level, seed: int) -> tuple[tuple[ChordSpan, ...], str]:
    """The harmony at the level, and why it changed (empty where it did not)."""
    chords, why = plan.chords, ""
    if level.altered != "free" and not all(_is_plain(chord, plan) for chord in chords):
        task = HarmonyTask(key=plan.key, meter=plan.time, tempo_bpm=plan.tempo_bpm)
        chords = make_chords(plan.sections, task, stream(seed, "harmony"))
        why = f"level {level.name}: chords of the scale; {chord_reason(task)}"
    if level.most_strokes == 1 and any(chord.beat > 1 for chord in chords):
        chords = _one_a_bar(chords, phrase_ends(plan.sections))
        why = f"level {level.name}: one chord a bar; {plan.mode} phrases"
    return chords, why


def _is_plain(span: ChordSpan, plan: MusicalPlan) -> bool:
    """The chord lies in the scale, or in that of minor with the raised seventh."""
    scale = set(plan.key.pitch_classes)
    if plan.key.minor:
        scale.add((plan.key.tonic_pc - 1) % 12)
    return parse_chord(span.symbol).pitch_classes <= scale


def _one_a_bar(chords: tuple[ChordSpan, ...], ends: frozenset[int]) -> tuple[ChordSpan, ...]:
    """The last chord of a cadence's two bars, elsewhere the first."""
    bars: dict[int, list[ChordSpan]] = {}
    for chord in chords:
        bars.setdefault(chord.bar, []).append(chord)
    return tuple(
        replace(group[-1] if bar in ends or bar + 1 in ends else group[0], beat=1) for bar, group in bars.items()
    )
