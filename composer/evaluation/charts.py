"""Pictures of music as SVG: piano roll, curves, tables of colours, radar, distributions.

Conventions
-----------
* Every picture has ``role="img"`` and a text alternative (``aria-label``), a width of `WIDTH` units and its own white
  ground, and needs no style sheet and no script.
* Colours are those of Okabe & Ito (2008), told apart with colour-blindness too; parts beyond eight begin again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from composer.midi.notes import DURATION, ONSET, PITCH, VELOCITY, MidiNotes
from composer.rendering.lesson.markup import Markup, el

__all__ = ["COLOURS", "WIDTH", "chroma_map", "curve", "densities", "piano_roll", "radar", "waveform_picture"]

WIDTH = 960
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a6a00", "#5b5b5b")

_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 10, 34
_INK, _FAINT = "#222", "#ddd"
_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_FONT = "font-family:system-ui,sans-serif"

FloatArray = NDArray[np.float64]


def _svg(height: float, label: str, children: Iterable[Markup], width: float = WIDTH) -> Markup:
    ground = el("rect", width=width, height=height, fill="#fff")
    return el(
        "svg",
        ground,
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=label,
        style=_FONT,
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, fill: str = _INK) -> Markup:
    return el("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, font_size=size, fill=fill)


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str = _FAINT) -> Markup:
    return el("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", stroke=colour)


def _line(points: Iterable[tuple[float, float]], colour: str, *, fill: str = "none", width: float = 1.5) -> Markup:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    kind = "polyline" if fill == "none" else "polygon"
    return el(kind, points=path, fill=fill, fill_opacity=0.25, stroke=colour, stroke_width=width)


def _ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers between two values."""
    if not math.isfinite(high - low) or high <= low:
        return [low]
    step = 10 ** math.floor(math.log10((high - low) / most))
    step = next(step * factor for factor in (1, 2, 5, 10, 20) if (high - low) / (step * factor) <= most)
    return [round(index * step, 10) for index in range(math.ceil(low / step), math.floor(high / step) + 1)]


# --------------------------------------------------------------------------------------------- notes


def piano_roll(midi: MidiNotes, title: str = "") -> Markup:
    """Every note as a bar: time to the right in bars, pitch upwards, louder is darker, a colour for each part."""
    parts = [part for part in midi.parts if len(part.notes)]
    pitches = np.concatenate([part.notes[:, PITCH] for part in parts]) if parts else np.array([48.0, 72.0])
    low, high = int(pitches.min()) - 2, int(pitches.max()) + 2
    row = max(3.0, min(9.0, 420 / (high - low + 1)))
    plot, end = row * (high - low + 1), max(midi.last_note_end, 1.0)
    lines = midi.bar_lines()
    top = _TOP + 18 * math.ceil(len(parts) / 4)
    scale = (WIDTH - _LEFT - _RIGHT) / max(end, float(lines[-1]))

    def y_of(pitch: float) -> float:
        return top + (high - pitch) * row

    marks = list(_legend([_part_name(part.name, part.program, drums=part.is_drums) for part in parts]))
    for pitch in range(low, high + 1):
        if pitch % 12 == 0:
            marks += [_rule(_LEFT, y_of(pitch) + row, WIDTH - _RIGHT, y_of(pitch) + row)]
            marks += [_text(_LEFT - 6, y_of(pitch) + row, f"C{pitch // 12 - 1}", anchor="end")]
    every = max(1, math.ceil(len(lines) / 24))
    for number, place in enumerate(lines[:-1].tolist(), start=1):
        x = _LEFT + place * scale
        marks.append(_rule(x, top, x, top + plot))
        if (number - 1) % every == 0:
            marks.append(_text(x + 2, top + plot + 14, str(number), size=11))
    marks.append(_text(WIDTH - _RIGHT, top + plot + 28, "bar", anchor="end"))
    for index, part in enumerate(parts):
        colour = COLOURS[index % len(COLOURS)]
        marks += [_bar_of(note, scale, y_of(note[PITCH]), row, colour) for note in part.notes]
    label = (
        f"Piano roll{' of ' + title if title else ''}: {len(midi.notes)} notes in {len(parts)} parts, "
        f"{len(lines) - 1} bars, from MIDI pitch {int(pitches.min())} to {int(pitches.max())}."
    )
    return _svg(top + plot + _BOTTOM, label, marks)


def _bar_of(note: FloatArray, scale: float, y: float, height: float, colour: str) -> Markup:
    return el(
        "rect",
        x=f"{_LEFT + note[ONSET] * scale:.1f}",
        y=f"{y:.1f}",
        width=f"{max(1.0, note[DURATION] * scale - 0.4):.1f}",
        height=f"{height:.1f}",
        fill=colour,
        fill_opacity=f"{0.35 + 0.65 * note[VELOCITY] / 127:.2f}",
    )


def _part_name(name: str, program: int, *, drums: bool) -> str:
    from composer.gm import INSTRUMENTS

    if name.strip():
        return name.strip()
    return "Drums" if drums else INSTRUMENTS[program].name


def _legend(names: Sequence[str]) -> Iterable[Markup]:
    column = (WIDTH - _LEFT) / 4
    for index, name in enumerate(names):
        x, y = _LEFT + column * (index % 4), _TOP + 18 * (index // 4)
        yield el("rect", x=f"{x:.1f}", y=y, width=12, height=10, fill=COLOURS[index % len(COLOURS)])
        yield _text(x + 17, y + 10, name if len(name) <= 28 else name[:27] + "…")


def chroma_map(table: FloatArray, label: str, bottom: str) -> Markup:
    """Twelve rows of colour, C at the bottom; ``table`` has shape (12, columns) with values in 0..1."""
    columns = table.shape[1]
    width, row = (WIDTH - _LEFT - _RIGHT) / max(1, columns), 14
    marks = [_text(_LEFT - 6, _TOP + row * (11 - index) + 11, name, anchor="end") for index, name in enumerate(_NAMES)]
    marks += [
        el(
            "rect",
            x=f"{_LEFT + column * width:.1f}",
            y=_TOP + row * (11 - index),
            width=f"{width + 0.3:.1f}",
            height=row,
            fill=COLOURS[0],
            fill_opacity=f"{value:.2f}",
        )
        for (index, column), value in np.ndenumerate(table)
        if value >= 0.02
    ]
    height = _TOP + 12 * row
    for place in np.linspace(0, columns, 9)[:-1].astype(int).tolist() if columns >= 8 else range(columns):
        marks.append(_text(_LEFT + place * width, height + 14, str(place + 1), size=11))
    marks.append(_text(WIDTH - _RIGHT, height + 28, bottom, anchor="end"))
    return _svg(height + _BOTTOM, label, marks)


# -------------------------------------------------------------------------------------------- curves


def curve(points: Sequence[tuple[float, float]], label: str, *, axes: tuple[str, str], height: int = 170) -> Markup:
    """A line through points in order of x; ``axes`` name x and y."""
    xs, ys = np.array([x for x, _ in points]), np.array([y for _, y in points])
    low, high = float(ys.min()), float(ys.max())
    margin = 0.08 * (high - low) or max(1.0, 0.05 * abs(high))
    low, high = low - margin, high + margin
    top = _TOP + 14
    plot = height - top - _BOTTOM
    span = float(xs.max() - xs.min()) or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - xs.min()) / span * (WIDTH - _LEFT - _RIGHT)
        return _LEFT + across, top + (high - y) / (high - low) * plot

    marks = []
    for tick in _ticks(low, high, 5):
        y = place(0, tick)[1]
        marks += [_rule(_LEFT, y, WIDTH - _RIGHT, y), _text(_LEFT - 6, y + 4, f"{tick:g}", anchor="end")]
    for tick in _ticks(float(xs.min()), float(xs.max()), 10):
        marks.append(_text(place(tick, 0)[0], height - _BOTTOM + 16, f"{tick:g}", anchor="middle", size=11))
    marks += [_text(WIDTH - _RIGHT, height - 5, axes[0], anchor="end"), _text(_LEFT, _TOP + 8, axes[1])]
    marks.append(_line([place(x, y) for x, y in points], COLOURS[0]))
    return _svg(height, label, marks)


def waveform_picture(samples: FloatArray, seconds: float, label: str) -> Markup:
    """Largest and smallest sample of each of some eight hundred stretches; ``samples`` has shape (n,)."""
    columns = min(len(samples), WIDTH - _LEFT - _RIGHT)
    edges = np.linspace(0, len(samples), columns + 1).astype(int)[:-1]
    high, low = np.maximum.reduceat(samples, edges), np.minimum.reduceat(samples, edges)
    height, middle, reach = 150, 62.0, 52.0
    xs = _LEFT + np.arange(columns) * (WIDTH - _LEFT - _RIGHT) / max(1, columns)
    upper = list(zip(xs.tolist(), (middle - reach * high).tolist(), strict=True))
    lower = list(zip(xs.tolist(), (middle - reach * low).tolist(), strict=True))
    marks = [_rule(_LEFT, middle - step * reach, WIDTH - _RIGHT, middle - step * reach) for step in (-1, 0, 1)]
    marks += [_text(_LEFT - 6, middle - step * reach + 4, f"{step:g}", anchor="end") for step in (-1, 0, 1)]
    marks.append(_line([*upper, *reversed(lower)], COLOURS[0], fill=COLOURS[0], width=0.7))
    for tick in _ticks(0.0, seconds, 10):
        x = _LEFT + tick / max(seconds, 1e-9) * (WIDTH - _LEFT - _RIGHT)
        marks.append(_text(x, height - 16, f"{tick:g}", anchor="middle", size=11))
    marks.append(_text(WIDTH - _RIGHT, height - 3, "seconds", anchor="end"))
    return _svg(height, label, marks)


# ---------------------------------------------------------------------------------------- comparison


def radar(names: Sequence[str], asked: Sequence[float], measured: Sequence[float], label: str) -> Markup:
    """Two outlines over the same spokes; values in 0..1, what is undefined (NaN) is left out of its outline."""
    size, middle, reach = 460, 230.0, 150.0
    angles = [2 * math.pi * index / len(names) - math.pi / 2 for index in range(len(names))]

    def place(angle: float, value: float) -> tuple[float, float]:
        return middle + 10 + reach * value * math.cos(angle), middle + reach * value * math.sin(angle)

    marks = [
        _line([place(angle, ring) for angle in (*angles, angles[0])], _FAINT, width=1) for ring in (0.25, 0.5, 0.75, 1)
    ]
    for angle, name in zip(angles, names, strict=True):
        x, y = place(angle, 1.13)
        anchor = "middle" if abs(math.cos(angle)) < 0.3 else ("start" if math.cos(angle) > 0 else "end")
        marks += [_rule(middle + 10, middle, *place(angle, 1)), _text(x, y + 4, name, anchor=anchor, size=13)]
    for values, colour, text, row in ((asked, COLOURS[0], "asked", 0), (measured, COLOURS[1], "measured", 1)):
        corners = [
            place(angle, min(1.0, max(0.0, value)))
            for angle, value in zip(angles, values, strict=True)
            if math.isfinite(value)
        ]
        marks.append(_line([*corners, *corners[:1]], colour, fill=colour, width=2))
        marks += [el("rect", x=10, y=size - 36 + 18 * row, width=12, height=10, fill=colour)]
        marks.append(_text(28, size - 27 + 18 * row, text, size=13))
    return _svg(size, label, marks, width=size + 20)


def densities(samples: Sequence[FloatArray], names: Sequence[str], title: str, label: str) -> Markup:
    """Smoothed histograms of some samples over one axis; a small picture of a third of the width."""
    width, height, left = WIDTH / 3, 150, 14
    kept = [sample[np.isfinite(sample)] for sample in samples]
    everything = np.concatenate(kept)
    low, high = (float(everything.min()), float(everything.max())) if len(everything) else (0.0, 1.0)
    margin = 0.12 * (high - low) or max(0.5, abs(high) * 0.1)
    grid = np.linspace(low - margin, high + margin, 160)
    plot = height - 44
    marks = [_text(left, 14, title, size=12), _rule(left, plot + 22, width - 8, plot + 22, "#999")]
    for sample, colour, name, row in zip(kept, COLOURS, names, range(len(names)), strict=False):
        if len(sample):
            spread = float(sample.std(ddof=1)) if len(sample) > 1 else 0.0
            bandwidth = max(1.06 * spread * len(sample) ** -0.2, (grid[-1] - grid[0]) / 60)
            heights = np.exp(-0.5 * ((grid[:, None] - sample) / bandwidth) ** 2).mean(axis=1)
            xs = left + (grid - grid[0]) / (grid[-1] - grid[0]) * (width - left - 8)
            ys = plot + 22 - heights / heights.max() * (plot - 18)
            outline = [(xs[0], plot + 22.0), *zip(xs.tolist(), ys.tolist(), strict=True), (xs[-1], plot + 22.0)]
            marks.append(_line(outline, colour, fill=colour))
        marks.append(_text(width - 10, 14 + 14 * row, name, anchor="end", size=11, fill=colour))
    for tick in _ticks(low, high, 4):
        x = left + (tick - grid[0]) / (grid[-1] - grid[0]) * (width - left - 8)
        marks.append(_text(x, height - 8, f"{tick:g}", anchor="middle", size=11))
    return _svg(height, label, marks, width=width)
