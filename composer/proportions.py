"""The proportions of music by people: what single windows of the training scores measure, near a plan.

A window is some eight to thirty-two bars of a work. A plan's parts take their manner (how busy beside the tune, how
many notes at once, how long they hold, how dotted, how often phrases breathe and chords stay) from one window that is
near in ensemble, meter, tempo and density, so that traits come together as they do with people. `MEASURES` names the
columns; `composer.training.music.proportions` measures them; the file is ``figures/windows.npz`` among the weights.

Conventions
-----------
* Shares are stored in 1/100, ratios of onsets in 1/50, notes at once in 1/10, the density in 1/20 onsets a quarter.
* A measure that a window does not have (no bass, no keyboard) is `ABSENT`.
"""

from __future__ import annotations

import bisect
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from composer import assets
from composer.circumplex import steady_tempo, stillness
from composer.errors import AssetError
from composer.gm import KEYBOARD_PROGRAMS
from composer.types import Instrument, MusicalPlan

__all__ = [
    "ABSENT",
    "ENSEMBLES",
    "MEASURES",
    "UNITS",
    "Proportions",
    "Windows",
    "chords_at_once",
    "ensemble_of",
    "load_windows",
    "near_plan",
    "role_busy",
]

ABSENT = 255
ENSEMBLES = ("keyboard", "voice and keyboard", "lines", "lines and keyboard")
"""Kinds of ensemble: one keyboard; one line and a keyboard; lines alone; several lines with a keyboard."""
MEASURES = (
    "ensemble", "meter", "tempo", "mode", "density", "rests", "dotted", "syncopated", "sixteenths", "off_beat",
    "harmony_busy", "harmony_at_once", "harmony_sustain", "bass_busy", "bass_sustain", "counter_busy",
    "counter_sustain", "prolonged", "second_chords", "sevenths", "closings", "steady", "octaves",
    "chromatic", "tune_tacet", "lines_tacet", "doubled",
)  # fmt: skip
"""Columns: kind of ensemble, meter and tempo codes, mode; onsets a quarter of the tune; shares of the tune's time that
rests, of its notes that are dotted, syncopated, sixteenths, off the beat; onsets of the other roles relative to the
tune's, notes at once, share of a bar that sounds; bars whose root stays over the bar line; bars with two chords;
chords with a seventh; bars in which a phrase closes; of the onsets of two neighbouring bars, all parts together, those
that both have; of a keyboard's lowest notes those with the octave and nothing between; of the tones of the chords those
outside the scale (a minor key has both sevenths); of the bars those in which the tune is silent, and of the bars of all
other lines, keyboards left out, those in which they are; of the notes of a tune
that is no keyboard's those that a keyboard's highest notes double."""
UNITS = dict.fromkeys(MEASURES, 100) | {
    "ensemble": 1, "meter": 1, "tempo": 1, "mode": 1, "density": 20, "harmony_busy": 50, "bass_busy": 50,
    "counter_busy": 50, "harmony_at_once": 10,
}  # fmt: skip
"""Column -> what a stored number is divided by."""
_COLUMN = {name: index for index, name in enumerate(MEASURES)}
_BUSY = {"harmony": (0.3, 4.0), "bass": (0.25, 1.2), "counter": (0.35, 1.0)}
"""Least and most onsets of a role, relative to the tune's."""
_USUAL_BUSY = {"harmony": 0.8, "bass": 0.5, "counter": 0.6}
_TUNE_SHARE = 0.72
"""Onsets of a tune for each one of a plan's density, which is that of the piece's motion: in songs a voice of 3.4
onsets a bar lies over a piano of 7.1 (30 excerpts of the validation split; with all of it ours had 4.4 over 4.8)."""
_MOTION = 1.7
"""Onsets of the chords for each one of theirs in the window: the bars in which a figure is cut or held have fewer."""
_FULLER = 0.9
"""Notes at once asked for beyond the window's beneath one line: the nearest figures have fewer, and a piano in songs
strikes 2.5 notes at each onset (30 excerpts of the validation split)."""
_CALM = 0.6
"""Halvings of an accompaniment's onsets for a whole unit of calm."""
_STILL_THINNER, _STILL_FLOWING = 1.6, 0.8
"""Notes at once fewer, and doublings of the onsets, in the chords of full stillness: single notes that flow on."""
_NEIGHBOURS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportions:
    """What one window measures; see `MEASURES`. A value is None where the window has no such part."""

    values: dict[str, float] = field(repr=False)

    def get(self, name: str, default: float) -> float:
        """A measure, or ``default`` where the window does not have it."""
        return self.values.get(name, default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """All windows, uint8 of shape (n, len(MEASURES)), with the meters and tempo classes that the codes stand for."""

    table: NDArray[np.uint8] = field(repr=False)
    meters: tuple[str, ...]
    tempo_edges: tuple[float, ...]

    def near(
        self,
        *,
        meter: str,
        tempo_bpm: float,
        minor: bool | None,
        density: float,
        rng: random.Random,
        ensemble: str | None = None,
    ) -> Proportions:
        """Draw one of the windows nearest to a plan.

        Parameters
        ----------
        meter, tempo_bpm : as in a plan.
        minor : whether the mode is minor; None for neither.
        density : onsets of the tune per quarter note.
        rng : decides among the nearest.
        ensemble : one of `ENSEMBLES`; None for any.
        """
        table = self.table.astype(np.float64)
        away = np.zeros(len(table))
        if ensemble is not None:
            away += 2.0 * (table[:, _COLUMN["ensemble"]] != ENSEMBLES.index(ensemble))
        written = "4/4" if meter == "2/2" else meter
        code = self.meters.index(written) + 1 if written in self.meters else len(self.meters) + 1
        away += 1.5 * (table[:, _COLUMN["meter"]] != code)
        if minor is not None:
            away += 0.5 * (table[:, _COLUMN["mode"]] != 1 + minor)
        tempo = 1 + bisect.bisect_right(self.tempo_edges, tempo_bpm)
        apart = np.abs(table[:, _COLUMN["tempo"]] - tempo)
        away += 0.5 * np.where(table[:, _COLUMN["tempo"]] == 0, 1.0, apart)
        away += 2.0 * np.abs(np.log2((table[:, _COLUMN["density"]] / UNITS["density"] + 0.1) / (density + 0.1)))
        nearest = np.argsort(away, kind="stable")[:_NEIGHBOURS]
        row = self.table[int(rng.choice(nearest.tolist()))]
        return Proportions(
            values={name: int(row[i]) / UNITS[name] for i, name in enumerate(MEASURES) if row[i] != ABSENT}
        )


def ensemble_of(instruments: Sequence[Instrument]) -> str:
    """Kind of ensemble (`ENSEMBLES`) of some parts; drums do not count."""
    programs = [instrument.program for instrument in instruments if not instrument.is_drums]
    lines = [program for program in programs if program not in KEYBOARD_PROGRAMS]
    if not lines:
        return "keyboard"
    if len(lines) == len(programs):
        return "lines"
    return "voice and keyboard" if len(lines) == 1 else "lines and keyboard"


@cache
def load_windows() -> Windows:
    """Read the table.

    Raises
    ------
    AssetError
        The file is missing or broken.
    """
    path = assets.verified("figures/windows.npz")
    try:
        with np.load(path, allow_pickle=False) as data:
            if tuple(data["measures"].tolist()) != MEASURES:
                raise ValueError("other measures than expected")
            return Windows(
                table=np.asarray(data["table"], dtype=np.uint8),
                meters=tuple(data["meters"].tolist()),
                tempo_edges=tuple(data["tempo_edges"].tolist()),
            )
    except (OSError, ValueError, KeyError) as error:
        raise AssetError(f"proportions cannot be read: {path}: {error}") from error


# ------------------------------------------------------------------------------------------- a plan's manner


def near_plan(plan: MusicalPlan, *, seed: int) -> Proportions:
    """The proportions of a window by people that is near a plan in ensemble, meter, tempo and density.

    Not in mode: a little more valence, which turns minor to major, is not to bring another texture. The same seed gives
    the same window before the notes are written, where figures are chosen, and after.
    """
    bars = sum(section.bars for section in plan.sections)
    return load_windows().near(
        ensemble=ensemble_of(plan.instruments),
        meter=plan.meter,
        tempo_bpm=steady_tempo(plan.tempo_bpm, plan.valence),
        minor=None,
        density=_tune_share(plan) * math.fsum(section.density * section.bars for section in plan.sections) / bars,
        rng=random.Random(f"{seed} proportions"),
    )


def role_busy(plan: MusicalPlan, role: str, near: Proportions) -> float:
    """Onsets of a role for each one of the plan's density: as in the window, fewer where the feeling is calm.

    In quiet sadness the chords flow on beneath a slow tune.
    """
    tune = _tune_share(plan)
    if role == "melody":
        return tune
    least, most = _BUSY[role]
    halvings = _CALM * min(0.0, plan.arousal)
    if role == "harmony":
        halvings += math.log2(_MOTION)
        halvings += _STILL_FLOWING * stillness(plan.valence, plan.arousal)
    return tune * min(most, max(least, near.get(f"{role}_busy", _USUAL_BUSY[role]) * 2**halvings))


def chords_at_once(plan: MusicalPlan, near: Proportions) -> float:
    """Notes of the chords at once: as in the window, fewer in quiet sadness."""
    fuller = _FULLER if ensemble_of(plan.instruments) == "voice and keyboard" else 0.0
    return near.get("harmony_at_once", 2.0) + fuller - _STILL_THINNER * stillness(plan.valence, plan.arousal)


def _tune_share(plan: MusicalPlan) -> float:
    """Onsets of the tune for each one that the plan has; all where the plan says how busy its parts are."""
    told = any(instrument.activity is not None for instrument in plan.instruments)
    return 1.0 if told or plan.level is not None else _TUNE_SHARE
