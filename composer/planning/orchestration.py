"""Orchestration: instruments from a request or from the picture, their roles and ranges.

Conventions
-----------
* Instruments keep the order in which they were asked for (score order).
* Ranges lie within what the instrument plays comfortably; the melody keeps its whole easy range, so that its middle is
  the neutral register that `composer.types.Section.register` shifts.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from composer.errors import UsageError
from composer.gm import DRUM_KIT, HARP, INSTRUMENTS, GmInstrument, find_instrument
from composer.planning.cues import Cues
from composer.planning.ensembles import ENSEMBLES, Ensemble
from composer.types import Instrument

__all__ = [
    "MAX_PARTS",
    "assign_roles",
    "choose_ensemble",
    "make_instruments",
    "parse_instruments",
    "playing_range",
    "requested_instruments",
]

MAX_PARTS = 16
_WINDOWS: dict[str, tuple[int, int]] = {
    "melody": (72, 34), "counter": (66, 26), "harmony": (57, 24), "bass": (42, 22), "drums": (47, 24),
}  # fmt: skip
"""Role -> neutral centre (MIDI) and width (semitones) of its range, where the instrument allows."""
_TWO_HANDS = {"melody": (55, 91), "harmony": (33, 64)}
"""Right and left hand of a solo keyboard."""
_BASS_EASY_LOW = 43
_TIMPANI = 47
_LEADING_HIGH = 64
"""A low voice that reaches up to here (cello, bassoon, trombone) can lead; others are basses and nothing else."""
_TREBLE_LOW, _TREBLE_HIGH = 55, 72
"""A melody whose player reaches the upper bound stays above the lower one, clear of the accompaniment."""
_WORD_PULL, _CHANCE = {"school": 0.0, "period": 1.1, "feeling": 0.5}, 0.75
"""What a fitting word (by the kind of ensemble, less the farther the feeling) and the seed weigh against distance."""
_SIDE_WEIGHT = 0.7
"""What bright and dark count on the affect plane beside calm and stirred: here they are known as sides only."""
_TWO_HANDED = frozenset({"piano", "organ"})
_RIGHT_HAND = 4
"""Semitones farther up that two hands reach than the parts of others who accompany."""
_BESIDE_BASS = {"keyboard": (58, 34), "harp": (60, 38)}
"""Neutral centre and width of two hands that somebody else's bass lies under."""
_TWO_HANDED_PROGRAMS = frozenset({8, 11, 12, 15, 24, 25, 46, 107})
"""Solo players outside the keyboards who carry a tune and its accompaniment: celesta, mallets, guitars, harp, koto."""


# ---------------------------------------------------------------------------------------- a request


def parse_instruments(text: str) -> tuple[GmInstrument, ...]:
    """Read ``"violin, cello, piano"``.

    Raises
    ------
    UsageError
        Nothing is named, more than 16 parts, more than one drum kit, or an unknown name.
    """
    names = [name.strip() for name in text.split(",")]
    if not any(names) or len(names) > MAX_PARTS:
        found = len(names) if any(names) else 0
        raise UsageError(
            f"instruments: {found} named in {text!r}; allowed: 1 to {MAX_PARTS}",
            hint='give General MIDI names with commas between, e.g. "violin,cello,piano"',
        )
    if "" in names:
        raise UsageError(f"instruments: an empty name in {text!r}", hint="put one comma between two names")
    players = tuple(find_instrument(name) for name in names)
    if sum(player.is_drums for player in players) > 1:
        raise UsageError(f"instruments: more than one drum kit in {text!r}; allowed: one", hint="name drums once")
    if all(player.is_drums for player in players):
        raise UsageError(
            "instruments: only drums; expected at least one instrument that plays notes",
            hint='add one, e.g. "piano,drums"',
        )
    return players


def requested_instruments(text: str) -> tuple[Instrument, ...]:
    """Parts for a list such as ``"violin,cello,piano"``; raises as `parse_instruments`."""
    players = parse_instruments(text)
    return make_instruments(players, assign_roles(players))


def assign_roles(players: Sequence[GmInstrument]) -> tuple[str, ...]:
    """Give each player a role: a low voice the bass, the first singing voice the melody, chords the harmony.

    A second melodic voice becomes the counter-melody (two of them from seven players on), others fill the harmony.
    """
    roles = ["drums" if player.is_drums else "" for player in players]
    free = [index for index, player in enumerate(players) if not player.is_drums]
    if len(free) > 1:
        bass = _bass_player(players, free)
        if bass is not None:
            roles[bass] = "bass"
            free.remove(bass)
    if free:
        lead = _lead_player(players, free)
        roles[lead] = "melody"
        free.remove(lead)
    for index in [index for index in free if not _is_voice(players[index])]:
        roles[index] = "harmony"
        free.remove(index)
    _share_inner_voices(players, roles, free)
    return tuple(roles)


def _bass_player(players: Sequence[GmInstrument], free: Sequence[int]) -> int | None:
    """The lowest player who reaches the bass; single voices before chord players, who are wanted for the harmony."""
    pitched = [index for index in free if players[index].pitched]
    low = [index for index in pitched if players[index].easy_low <= _BASS_EASY_LOW]
    voices = [index for index in low if not players[index].polyphonic and players[index].program != _TIMPANI]
    chords = [index for index in pitched if players[index].polyphonic]
    if len(pitched) == 2 and chords and voices and players[voices[0]].easy_high >= _LEADING_HIGH:
        return None  # a sonata for cello and piano: the cello leads
    if not voices and len(pitched) > 2:
        # Three or more high voices: the lowest takes the bass line all the same. A lone chord player does not.
        voices = [] if chords else [index for index in pitched if players[index].program != _TIMPANI]
    if voices:
        return min(voices, key=lambda index: (_centre(players[index]), -index))
    spare = [index for index in low if players[index].polyphonic]
    return spare[-1] if len(chords) > 2 and spare else None


def _lead_player(players: Sequence[GmInstrument], free: Sequence[int]) -> int:
    """The first who sings (a held, single voice); else the first who is high; else the first."""
    voices = [index for index in free if _is_voice(players[index])]
    high = [index for index in voices if players[index].easy_high >= 67]
    pitched = [index for index in free if players[index].pitched]
    return next(iter(high or voices or pitched or free))


def _share_inner_voices(players: Sequence[GmInstrument], roles: list[str], free: list[int]) -> None:
    counters = 2 if len(players) >= 7 else 1
    has_harmony = "harmony" in roles
    ordered = sorted(free, key=lambda index: (-_centre(players[index]), index))
    for place, index in enumerate(ordered):
        lowest_of_several = place == len(ordered) - 1 and len(ordered) > 1 and not has_harmony
        roles[index] = "counter" if place < counters and not lowest_of_several else "harmony"


def _is_voice(player: GmInstrument) -> bool:
    """One melodic line: neither chords nor drums of any kind."""
    return player.pitched and not player.polyphonic and player.program != _TIMPANI


def _centre(player: GmInstrument) -> float:
    return (player.easy_low + player.easy_high) / 2


# ------------------------------------------------------------------------------------------- ranges


def playing_range(player: GmInstrument, role: str, *, has_bass: bool = True) -> tuple[int, int]:
    """Lowest and highest note of a part: a window about the role's centre within the comfortable range.

    Without a bass part, harmony reaches down to take it over, and on a keyboard up for the right hand; beside one, a
    player of two staves has room for both hands.
    """
    centre, width = _WINDOWS[role]
    low, high = player.easy_low, player.easy_high
    if role == "drums":
        return player.low, player.high
    if role == "melody" and high >= _TREBLE_HIGH:
        low = max(low, _TREBLE_LOW)
    if role == "harmony" and has_bass and player.clef == "grand":
        centre, width = _BESIDE_BASS["harp" if player.program == HARP else "keyboard"]
    if role == "harmony" and not has_bass and player.polyphonic:
        centre, width = centre - 4, width + 10
        if player.family in _TWO_HANDED:
            centre, width = centre + _RIGHT_HAND // 2, width + _RIGHT_HAND
    if high - low <= width:
        return low, high
    start = min(max(centre - width // 2, low), high - width)
    return start, start + width


def make_instruments(players: Sequence[GmInstrument], roles: Sequence[str]) -> tuple[Instrument, ...]:
    """Make the plan's parts; players of the same sound are numbered.

    A keyboard, guitar or harp that leads where nobody else accompanies becomes two hands, as it does alone.
    """
    has_bass = "bass" in roles
    accompanied = any(role in ("harmony", "counter") for role in roles)
    made: list[Instrument] = []
    for index, (player, role) in enumerate(zip(players, roles, strict=True)):
        if role == "melody" and not accompanied and _is_two_handed(player) and len(players) < MAX_PARTS:
            made += _two_hands(player, has_bass=has_bass)
            continue
        low, high = playing_range(player, role, has_bass=has_bass)
        same = [other for other, peer in enumerate(players) if peer == player]
        name = f"{player.name} {same.index(index) + 1}" if len(same) > 1 else player.name
        made.append(Instrument(role=role, name=name, program=player.program, low=low, high=high))
    return tuple(made)


def _is_two_handed(player: GmInstrument) -> bool:
    return player.family in _TWO_HANDED or player.program in _TWO_HANDED_PROGRAMS


def _two_hands(player: GmInstrument, *, has_bass: bool) -> tuple[Instrument, ...]:
    """Melody and harmony of one player; the ranges share the keyboard or fingerboard, less what a bass has of it."""
    keyboard = player.family in _TWO_HANDED
    hands = ("right hand", "left hand") if keyboard else ("melody", "accompaniment")
    span = player.easy_high - player.easy_low
    made = []
    for role, hand in zip(("melody", "harmony"), hands, strict=True):
        low, high = (max(bound, player.easy_low) for bound in _TWO_HANDS[role])
        high = min(high, player.easy_high)
        if role == "harmony" and has_bass:
            low = min(max(low, playing_range(player, role)[0]), high - 12)
        if player.easy_low > _TWO_HANDS["melody"][0] - 6:  # a high instrument: share it
            middle = player.easy_low + span // 2
            low, high = (middle - 4, player.easy_high) if role == "melody" else (player.easy_low, middle + 4)
        made.append(Instrument(role=role, name=f"{player.name} ({hand})", program=player.program, low=low, high=high))
    return tuple(made)


# --------------------------------------------------------------------------------------- the picture


def choose_ensemble(
    valence: float, arousal: float, cues: Cues, rng: random.Random, *, leaning: float | None = None
) -> tuple[tuple[Instrument, ...], str]:
    """Choose by the caption's words and by feeling; return the parts and the reason.

    With `leaning` (see `composer.planning.affect_to_music`), valence is taken as that.
    """
    brightness = valence if leaning is None else leaning
    draws = {ensemble.name: rng.random() for ensemble in ENSEMBLES}
    words = {ensemble.name: cues.first(*ensemble.words) for ensemble in ENSEMBLES}

    def cost(ensemble: Ensemble) -> float:
        away = math.hypot(_SIDE_WEIGHT * (ensemble.valence - brightness), ensemble.arousal - arousal)
        pull = _WORD_PULL[ensemble.kind] * max(0.0, 1.0 - away) if words[ensemble.name] else 0.0
        return away + _CHANCE * draws[ensemble.name] - pull

    schools = [ensemble for ensemble in ENSEMBLES if ensemble.kind == "school" and words[ensemble.name]]
    others = [ensemble for ensemble in ENSEMBLES if ensemble.kind == "feeling" or words[ensemble.name]]
    ensemble = min(schools or others, key=cost)
    word, feeling = words[ensemble.name], f"valence {valence:+.2f}, arousal {arousal:+.2f}"
    reason = f"{cues.cite(word)}; {feeling}" if word else f"suits {feeling}"
    return _parts(ensemble), f"{ensemble.name}: {reason}"


def _parts(ensemble: Ensemble) -> tuple[Instrument, ...]:
    players = [DRUM_KIT if role == "drums" else INSTRUMENTS[program] for role, program in ensemble.parts]
    if all(player == players[0] for player in players):
        return make_instruments(players[:1], ("melody",))
    return make_instruments(players, [role for role, _ in ensemble.parts])
