"""The figures of a file as rows for a person and as JSON for a program.

Conventions
-----------
* A row is (group, name, value as text, what it means). What is undefined is written as a dash, in JSON as null.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any

from composer.evaluation.files import FileEvaluation
from composer.evaluation.targets import asked_and_measured
from composer.metrics.judge import QUADRANTS
from composer.metrics.melodic_ngrams import FIGURE_NOTES
from composer.metrics.symbolic import COMPRESSED_BARS
from composer.version import __version__

__all__ = ["FORMAT", "MEANINGS", "Row", "finite", "rows", "to_json"]

FORMAT = "composer-evaluation/1"
Row = tuple[str, str, str, str]

MEANINGS: dict[str, str] = {
    "pitch_class_entropy": "variety of pitch classes in bits, 0 to 3.58",
    "scale_consistency": "largest share of notes in one major or minor scale",
    "groove_consistency": "likeness of neighbouring bars' rhythms, 1: all alike",
    "notes_per_bar": "pitched notes in a bar",
    "polyphony": "pitches that sound together, on average",
    "polyphony_rate": "share of the time with more than two pitches",
    "empty_beat_rate": "share of beats in which nothing sounds",
    "empty_bar_rate": "share of bars in which nothing sounds",
    "ngram_repetition": "share of four-note figures that occurred before",
    "self_similarity": "likeness of a bar to its most similar predecessor",
    "compression_ratio": f"notes per note of the shortest description, bars 1 to {COMPRESSED_BARS}; 1: no repetition",
    "parallel_rate": "share of the outer voices' moves in parallel fifths or octaves",
    "unanswered_leaps": "share of leaps beyond a fifth that go on in the same direction",
    "longest_run": f"notes of the longest run shared with the training set; 0: under {FIGURE_NOTES}",
    "figures_seen": f"share of {FIGURE_NOTES}-note figures that the training set holds, trivial ones aside",
}
_AUDIO = {
    "seconds": ("{:.1f}", "length"),
    "loudness_lufs": ("{:.1f} LUFS", "integrated loudness, ITU-R BS.1770-4"),
    "true_peak_dbtp": ("{:.1f} dBTP", "peak between samples"),
    "sample_peak_dbfs": ("{:.1f} dBFS", "largest sample"),
    "rms_dbfs": ("{:.1f} dBFS", "root mean square"),
    "crest_db": ("{:.1f} dB", "peak above the mean level"),
    "clipped_samples": ("{}", "samples in runs at full scale"),
    "silent_share": ("{:.3f}", "share of blocks of 0.4 s below -60 dBFS"),
    "dc_offset": ("{:.5f}", "largest mean of a channel, full scale 1"),
    "thd_percent": ("{:.1f} %", "harmonics over the strongest partial: defined for test tones, no fault in music"),
}


def rows(found: FileEvaluation) -> Iterator[Row]:
    """Every figure, in groups."""
    if found.symbolic is not None:
        yield from _facts(found)
        for name, value in found.symbolic.numbers().items():
            yield "Notes", name, _number(value), MEANINGS[name]
        yield from _originality(found)
    yield from _plan(found)
    for axis in asked_and_measured(found):
        yield "Asked and measured", axis.name, f"{_number(axis.asked)} / {_number(axis.measured)}", axis.unit
    if found.emotion is not None:
        verdict = found.emotion
        shares = ", ".join(f"{name} {share:.2f}" for name, share in zip(QUADRANTS, verdict.probabilities, strict=True))
        yield "Emotion", "quadrant", verdict.quadrant, f"probabilities: {shares}"
        yield "Emotion", "valence, arousal", f"{verdict.valence:+.2f}, {verdict.arousal:+.2f}", "judged, -1 to 1"
        yield "Emotion", "the judge's own accuracy", "", f"{verdict.accuracy}, on solo piano that it never saw"
    if found.audio is not None:
        for name, (form, meaning) in _AUDIO.items():
            yield "Sound", name, _number(getattr(found.audio, name), form), meaning
    for fit in found.text_fits:
        yield "Text", "score", f"{fit.score:.3f}", f"{fit.model}, «{fit.text}»"
        yield (
            "Text",
            "above other sentences",
            f"{fit.advantage:+.3f}",
            f"fits better than {fit.better:.0%} of {fit.others}",
        )
    for repair in found.file.repairs if found.file is not None else ():
        yield "Repaired", str(repair), "", ""
    for name, reason in found.unavailable.items():
        yield "Not measured", name, "-", reason


def _facts(found: FileEvaluation) -> Iterator[Row]:
    assert found.symbolic is not None
    facts = found.symbolic.facts
    yield "Piece", "notes, parts", f"{facts.notes}, {facts.parts}", ""
    yield "Piece", "length", f"{facts.seconds:.1f} s, {facts.bars} bars", ""
    yield "Piece", "tempo, meter", f"{facts.tempo_bpm:.4g} bpm, {facts.meter}", "the first of each"
    yield (
        "Piece",
        "key stated, heard",
        f"{facts.key_stated or '-'}, {facts.key_heard or '-'}",
        "heard: Krumhansl-Schmuckler",
    )
    yield "Piece", "keys' agreement", _number(facts.key_agreement), "MIREX: 1 same, .5 fifth, .3 relative, .2 parallel"
    yield (
        "Piece",
        "pitches",
        f"{facts.lowest} to {facts.highest}, mean {_number(facts.pitch_mean, '{:.1f}')}",
        "MIDI numbers",
    )


def _originality(found: FileEvaluation) -> Iterator[Row]:
    assert found.symbolic is not None
    for run in found.symbolic.originality.runs[:3]:
        yield "Originality", run.voice or "part", f"{run.notes} notes", f"run from quarter note {run.onset:g}"
    for match in found.works[:3]:
        yield "Originality", "most like", f"{match.notes} notes", str(match.work)


def _plan(found: FileEvaluation) -> Iterator[Row]:
    if found.adherence is None:
        return
    for name in (field.name for field in fields(found.adherence)):
        value = getattr(found.adherence, name)
        if isinstance(value, bool):
            yield "Plan", name, "yes" if value else "no", ""
        elif isinstance(value, float):
            yield "Plan", name, _number(value), ""
        elif isinstance(value, tuple):
            yield "Plan", name, ", ".join(map(str, value)) or "none", ""
        else:
            yield "Plan", name, str(value), ""


def _number(value: float, form: str = "{:.4g}") -> str:
    return form.format(value) if isinstance(value, int) or math.isfinite(value) else "-"


def to_json(found: FileEvaluation) -> dict[str, Any]:
    """Plain JSON data of everything measured."""
    symbolic = found.symbolic
    data: dict[str, Any] = {"format": FORMAT, "composer": __version__, "file": found.path.name}
    if found.file is not None:
        data["repairs"] = [repair.to_json() for repair in found.file.repairs]
    if symbolic is not None:
        data |= {
            "facts": asdict(symbolic.facts),
            "measures": symbolic.numbers(),
            "voice_leading": asdict(symbolic.voice_leading),
            "originality": symbolic.originality.to_json(),
            "works": [{"voice": m.run.voice, "notes": m.notes, "work": str(m.work)} for m in found.works],
        }
    if found.adherence is not None:
        data |= {"adherence": asdict(found.adherence), "chord_tone_ratio": found.chord_tones}
    if found.perception is not None:
        seen = found.perception
        data["picture"] = {"caption": seen.caption, "valence": seen.valence, "arousal": seen.arousal}
    axes = asked_and_measured(found)
    if axes:
        data["asked"] = {
            axis.name: {"unit": axis.unit, "asked": axis.asked, "measured": axis.measured} for axis in axes
        }
    if found.emotion is not None:
        data["emotion"] = asdict(found.emotion)
    if found.audio is not None:
        data["audio"] = asdict(found.audio) | {"soundfont_sha256": found.soundfont_sha256 or None}
    if found.text_fits:
        data["text_fits"] = [asdict(fit) for fit in found.text_fits]
    data["unavailable"] = dict(found.unavailable)
    result: dict[str, Any] = finite(data)
    return result


def finite(value: Any) -> Any:
    """Plain data with what JSON does not know (NaN, infinity) as None."""
    if isinstance(value, dict):
        return {name: finite(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
