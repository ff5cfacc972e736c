"""A report about one file, as one HTML page."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from composer.errors import ComposerError, ExternalToolError, MidiError
from composer.evaluation.charts import WIDTH, chroma_map, curve, piano_roll, radar, waveform_picture
from composer.evaluation.excerpts import BARS, engraved_excerpt
from composer.evaluation.files import FileEvaluation
from composer.evaluation.html_page import figure, section, table, write_page
from composer.evaluation.tables import rows
from composer.evaluation.targets import asked_and_measured
from composer.files import atomic_write
from composer.metrics.audio_embedding import chroma
from composer.metrics.melodic_ngrams import FIGURE_NOTES
from composer.metrics.waveform import Waveform
from composer.midi.notes import DURATION, ONSET, PITCH, FloatArray, MidiNotes
from composer.rendering.lesson.markup import Markup, el

__all__ = ["file_report", "note_chroma", "write_roll"]

_COLUMNS = 120
_SHORT_TERM_SECONDS = 3.0


def file_report(found: FileEvaluation, path: Path) -> None:
    """Write the report.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    facts = found.symbolic.facts if found.symbolic else None
    lead = (
        f"{facts.notes} notes in {facts.parts} parts, {facts.bars} bars, {facts.seconds:.0f} seconds."
        if facts
        else f"A recording of {found.audio.seconds:.0f} seconds."
        if found.audio
        else ""
    )
    write_page(path, f"Evaluation of {found.path.name}", lead, _sections(found))


def write_roll(found: FileEvaluation, path: Path) -> None:
    """Write the piano roll as PNG, twice as large as on the page.

    Raises
    ------
    MidiError
        There are no notes.
    OutputError, ExternalToolError
        It cannot be written; cairosvg cannot be loaded.
    """
    if found.midi is None or not len(found.midi.notes):
        raise MidiError(f"{str(found.path)!r} holds no notes to draw", hint="give a MIDI file with notes")
    try:
        import cairosvg
    except (ImportError, OSError) as error:
        raise ExternalToolError(
            f"pictures become PNG through cairosvg, which cannot be loaded: {error}", hint="install the cairo library"
        ) from error
    picture = cairosvg.svg2png(bytestring=piano_roll(found.midi, found.path.name).encode(), output_width=2 * WIDTH)
    with atomic_write(path) as temporary:
        temporary.write_bytes(picture)


def _sections(found: FileEvaluation) -> Iterator[Markup]:
    if found.midi is not None and len(found.midi.notes):
        yield section("Piano roll", figure(piano_roll(found.midi, found.path.name), "Louder notes are darker."))
        yield section("Score", _score(found))
    if found.wave is not None:
        yield section("Sound", *_sound(found.wave, found))
    if found.midi is not None and len(found.midi.pitched):
        yield section("Pitch classes and tempo", *_notes(found.midi))
    elif found.wave is not None:
        picture = chroma_map(chroma(found.wave, _COLUMNS), "Energy of the twelve pitch classes over time.", "time")
        yield section("Pitch classes", figure(picture, "Each column's strongest pitch class is darkest."))
    axes = [axis for axis in asked_and_measured(found) if math.isfinite(axis.asked) and math.isfinite(axis.measured)]
    if len(axes) >= 3:
        words = "; ".join(f"{axis.name} {axis.asked:.3g} asked, {axis.measured:.3g} measured" for axis in axes)
        picture = radar(
            [axis.name for axis in axes],
            [axis.asked_scaled for axis in axes],
            [axis.measured_scaled for axis in axes],
            f"Radar of what was asked for and what was measured: {words}.",
        )
        caption = "Every axis from 0 (middle) to its largest value; the figures stand in the table below."
        yield section("Asked and measured", figure(picture, caption, kind="half"))
    if found.symbolic is not None:
        yield section("Longest matches with the training works", _matches(found))
    yield section("All figures", *_tables(found))


def _score(found: FileEvaluation) -> Markup:
    assert found.midi is not None
    bars = min(BARS, len(found.midi.bar_lines()) - 1)
    try:
        page = engraved_excerpt(found.path, found.midi)
    except ComposerError as error:
        return el("p", f"No score: {error.message}.", class_="note")
    text = f"The first {bars} bars, on the grid of sixteenths and triplets."
    return figure(_cropped(page, f"The first {bars} bars of {found.path.name}, engraved."), text, kind="score")


def _cropped(page: str, label: str) -> Markup:
    """An A4 page cut off below its music, with a text alternative."""
    import cairosvg
    from PIL import Image

    small = cairosvg.svg2png(bytestring=page.encode(), output_width=210, background_color="white")
    with Image.open(io.BytesIO(small)) as picture:
        rows_used = np.flatnonzero((np.asarray(picture.convert("L")) < 200).any(axis=1))
    height = min(297, int(rows_used.max(initial=0)) + 8)
    inner = page[page.index("<svg") :].replace('mm"', '"', 2)
    return el("svg", Markup(inner), viewBox=f"0 0 210 {height}", role="img", aria_label=label)


def _sound(wave: Waveform, found: FileEvaluation) -> Iterator[Markup]:
    assert found.audio is not None
    label = f"Waveform of {wave.seconds:.0f} seconds, peak {found.audio.sample_peak_dbfs:.1f} dBFS."
    yield figure(waveform_picture(wave.mono, wave.seconds, label), "Waveform, mean of the channels.")
    points = _loudness(wave)
    if len(points) > 1:
        label = f"Loudness over time, between {min(y for _, y in points):.0f} and {max(y for _, y in points):.0f} LUFS."
        picture = curve(points, label, axes=("seconds", "LUFS, blocks of 3 s"))
        yield figure(picture, f"Loudness; the whole: {found.audio.loudness_lufs:.1f} LUFS.")
    if found.soundfont_sha256:
        yield el("p", f"Played with the soundfont of SHA-256 {found.soundfont_sha256[:16]}….", class_="note")


def _loudness(wave: Waveform) -> list[tuple[float, float]]:
    """Loudness of stretches of three seconds, one a second; silence is left out."""
    import pyloudnorm

    meter = pyloudnorm.Meter(wave.rate_hz, block_size=_SHORT_TERM_SECONDS)
    size = round(_SHORT_TERM_SECONDS * wave.rate_hz)
    starts = range(0, len(wave.samples) - size, max(wave.rate_hz, (len(wave.samples) - size) // 120 or 1))
    points = []
    for start in starts:
        with np.errstate(divide="ignore"):
            value = float(meter.integrated_loudness(wave.samples[start : start + size + 1, :5]))
        if math.isfinite(value):
            points.append(((start + size / 2) / wave.rate_hz, value))
    return points


def _notes(midi: MidiNotes) -> Iterator[Markup]:
    heat = chroma_map(
        note_chroma(midi), "Pitch classes by bar, C at the bottom; each bar's most used is darkest.", "bar"
    )
    yield figure(heat, "How long each pitch class sounds in each bar.")
    points: list[tuple[float, float]] = []
    for tempo in midi.tempos:
        if points:
            points.append((tempo.quarter, points[-1][1]))
        points.append((tempo.quarter, tempo.bpm))
    points.append((max(midi.last_note_end, points[-1][0] + 1), points[-1][1]))
    if len(midi.tempos) > 1:
        label = f"Tempo, from {min(y for _, y in points):.0f} to {max(y for _, y in points):.0f} beats a minute."
        yield figure(curve(points, label, axes=("quarter notes", "quarter notes a minute")), "Tempo.")
    else:
        yield el("p", f"One tempo throughout: {midi.tempos[0].bpm:.4g} quarter notes a minute.")


def note_chroma(midi: MidiNotes) -> FloatArray:
    """Sounding time of each pitch class in each bar, a bar's largest 1, shape (12, bars)."""
    lines = midi.bar_lines()
    result = np.zeros((12, max(1, len(lines) - 1)))
    for row in midi.pitched:
        start, end, pitch = row[ONSET], row[ONSET] + row[DURATION], int(row[PITCH]) % 12
        first = int(np.searchsorted(lines, start + 1e-6, side="right")) - 1
        last = int(np.searchsorted(lines, end - 1e-6, side="left"))
        for bar in range(first, min(max(last, first + 1), result.shape[1])):
            result[pitch, bar] += max(0.0, min(end, lines[bar + 1]) - max(start, lines[bar]))
    scaled: FloatArray = result / np.maximum(result.max(axis=0), 1e-12)
    return scaled


def _matches(found: FileEvaluation) -> Markup:
    assert found.symbolic is not None
    originality = found.symbolic.originality
    if not originality.runs:
        text = (
            f"No run of {FIGURE_NOTES} or more notes is shared with the {originality.works} works of the training set "
            f"({originality.figures} figures looked up, {originality.trivial} trivial ones left out)."
        )
        return el("p", text)
    works = {match.run: match for match in found.works}
    lines = [
        (
            run.voice or "part",
            f"{run.notes} notes",
            f"from quarter note {run.onset:g}",
            f"{works[run].work}, {works[run].notes} notes" if run in works else "the full index is not here",
        )
        for run in originality.runs[:8]
    ]
    caption = f"Runs of {FIGURE_NOTES} or more notes; scales, repeated notes and broken chords aside."
    return table(caption, ("voice", "length", "where", "work"), lines)


def _tables(found: FileEvaluation) -> Iterator[Markup]:
    everything = list(rows(found))
    for group in dict.fromkeys(row[0] for row in everything):
        lines = [(name, value, meaning) for owner, name, value, meaning in everything if owner == group]
        yield table(group, ("measure", "value", "meaning"), lines)
