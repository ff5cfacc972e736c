"""One MIDI or WAV file, measured.

Conventions
-----------
* A MIDI file is measured by its notes, and by its sound when FluidSynth and a soundfont are here; a WAV file by its
  sound alone.
* What cannot be measured is named with the reason (`FileEvaluation.unavailable`), never left to guesswork.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from composer.errors import AssetError, ComposerError, ExternalToolError, MidiError, UsageError
from composer.metrics.adherence import Adherence, measure_adherence
from composer.metrics.judge import EmotionVerdict, judge_emotion, load_judge
from composer.metrics.statistics import chord_times, chord_tone_ratio
from composer.metrics.symbolic import SymbolicMeasures, measure_symbolic
from composer.metrics.waveform import AudioMeasures, Waveform, measure_audio, read_wav
from composer.metrics.works import WorkMatch, load_works, match_runs
from composer.midi.notes import MidiNotes, notes_of
from composer.midi.reader import MidiFile, open_midi
from composer.options import ComposeOptions
from composer.progress import Progress
from composer.types import MusicalPlan, Perception

if TYPE_CHECKING:
    from composer.metrics.audio_text import AudioTextScorer

__all__ = ["AUDIO", "MIDI", "EvaluationOptions", "FileEvaluation", "evaluate_file", "is_midi"]

MIDI = (".mid", ".midi", ".smf", ".kar", ".rmi")
AUDIO = (".wav", ".wave")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationOptions:
    """What a file is held against, and how.

    Attributes
    ----------
    plan : plan file that the music should obey.
    image : picture that it should fit; ``text`` : sentence that its sound should fit.
    audio : measure the sound of MIDI files too.
    soundfont : for that sound; None searches for one.
    """

    plan: Path | None = None
    image: Path | None = None
    text: str | None = None
    audio: bool = True
    soundfont: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFit:
    """How well a recording fits a text, by a named model.

    Attributes
    ----------
    text, model : what is compared, by what.
    score : cosine of the embeddings.
    advantage : the score minus the mean score with `others` sentences about other music; alone a score says little.
    better : share of those sentences that fit worse.
    """

    text: str
    score: float
    model: str
    advantage: float
    better: float
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEvaluation:
    """What was found out about a file; None where it does not apply or could not be measured.

    Attributes
    ----------
    path : the file.
    file, midi, symbolic : the MIDI file, its notes, and their measures.
    plan, adherence, chord_tones : the plan, the file held against it, and its share of chord tones.
    perception : of the picture.
    emotion : the judge's verdict, with its own accuracy.
    works : training works that runs come from, longest first; empty also when the full index is not here.
    audio, wave : measures of the sound, and the sound; ``soundfont_sha256`` of what a MIDI file was played with, or "".
    text_fits : of the sound with the text (or the plan in words, or the picture's caption), by each model that is here.
    unavailable : what could not be measured -> why.
    """

    path: Path
    file: MidiFile | None = field(default=None, compare=False, repr=False)
    symbolic: SymbolicMeasures | None = None
    midi: MidiNotes | None = field(default=None, compare=False, repr=False)
    plan: MusicalPlan | None = None
    adherence: Adherence | None = None
    chord_tones: float | None = None
    perception: Perception | None = None
    emotion: EmotionVerdict | None = None
    works: tuple[WorkMatch, ...] = ()
    audio: AudioMeasures | None = None
    wave: Waveform | None = field(default=None, compare=False, repr=False)
    soundfont_sha256: str = ""
    text_fits: tuple[TextFit, ...] = ()
    unavailable: dict[str, str] = field(default_factory=dict)


def is_midi(path: Path) -> bool:
    """By the name's extension.

    Raises
    ------
    UsageError
        The extension is neither MIDI's nor WAV's.
    """
    suffix = path.suffix.lower()
    if suffix not in (*MIDI, *AUDIO):
        raise UsageError(
            f"{str(path)!r} has the extension {path.suffix!r}; measured are {', '.join((*MIDI, *AUDIO))}",
            hint="give a MIDI or a WAV file, or a folder of them",
        )
    return suffix in MIDI


def evaluate_file(
    path: Path | str, options: EvaluationOptions | None = None, *, progress: Progress | None = None
) -> FileEvaluation:
    """Measure a file.

    Parameters
    ----------
    path : Path
        MIDI or WAV.
    options : EvaluationOptions, optional
    progress : callable, optional
        Called with what is being done and the share that is done.

    Raises
    ------
    MidiError, UsageError
        The file cannot be used.
    PlanError, ImageError
        The plan or the picture cannot be used.
    AssetError
        Embedded weights are missing or damaged, or the soundfont that was named cannot be used.
    """
    options = options or EvaluationOptions()
    report = progress or (lambda _what, _share: None)
    path = Path(path)
    midi = is_midi(path)
    perception = _look(options, report)
    result = _symbolic(path, options, report) if midi else FileEvaluation(path=path)
    result = replace(result, perception=perception)
    result = _sound(result, options, report, midi=midi)
    return _fit(result, options, report)


def _look(options: EvaluationOptions, report: Progress) -> Perception | None:
    if options.image is None:
        return None
    from composer.pipeline.plan_input import perceive

    report("looking at the picture", 0.05)
    return perceive(options.image)


def _symbolic(path: Path, options: EvaluationOptions, report: Progress) -> FileEvaluation:
    from composer.pipeline.plan_input import plan as read_plan

    plan = read_plan(ComposeOptions(plan=options.plan)) if options.plan is not None else None
    report("reading notes", 0.15)
    file = open_midi(path)
    midi = notes_of(file)
    report("measuring notes", 0.2)
    symbolic = measure_symbolic(midi)
    unavailable: dict[str, str] = {}
    works: tuple[WorkMatch, ...] = ()
    if symbolic.originality.runs:
        try:
            works = match_runs(symbolic.originality.runs, load_works())
        except AssetError as error:
            unavailable["works"] = f"{error.message}; {error.hint}"
    return FileEvaluation(
        path=path,
        file=file,
        midi=midi,
        symbolic=symbolic,
        plan=plan,
        adherence=measure_adherence(plan, midi) if plan else None,
        chord_tones=chord_tone_ratio(midi, chord_times(plan)) if plan else None,
        emotion=_judged(midi, unavailable),
        works=works,
        unavailable=unavailable,
    )


def _judged(midi: MidiNotes, unavailable: dict[str, str]) -> EmotionVerdict | None:
    try:
        return judge_emotion(load_judge(), midi)
    except (AssetError, MidiError) as error:
        unavailable["emotion"] = f"{error.message}; {error.hint}"
        return None


def _sound(result: FileEvaluation, options: EvaluationOptions, report: Progress, *, midi: bool) -> FileEvaluation:
    if not midi:
        report("measuring sound", 0.6)
        wave = read_wav(result.path)
        return replace(result, wave=wave, audio=measure_audio(wave))
    if not options.audio:
        return replace(result, unavailable=result.unavailable | {"audio": "not asked for"})
    report("playing", 0.4)
    try:
        wave, font = played(result.file or result.path, options.soundfont)
    except (ExternalToolError, AssetError, MidiError) as error:
        if options.soundfont is not None and isinstance(error, AssetError):
            raise
        return replace(result, unavailable=result.unavailable | {"audio": f"{error.message}; {error.hint}"})
    report("measuring sound", 0.8)
    return replace(result, wave=wave, audio=measure_audio(wave), soundfont_sha256=font)


def played(midi: Path | MidiFile, soundfont: Path | None = None) -> tuple[Waveform, str]:
    """A MIDI file's sound, and the SHA-256 of the soundfont.

    Raises
    ------
    ComposerError
        As `composer.rendering.render_midi`.
    """
    from composer.rendering import render_midi

    with tempfile.TemporaryDirectory(prefix="composer-") as folder:
        facts = render_midi(midi, Path(folder) / "sound.wav", soundfont=soundfont)
        return read_wav(Path(folder) / "sound.wav"), facts.soundfont_sha256


def _fit(result: FileEvaluation, options: EvaluationOptions, report: Progress) -> FileEvaluation:
    text = _text(result, options)
    if not text:
        return result
    if result.wave is None:
        reason = "there is no sound to compare with the text"
        return replace(result, unavailable=result.unavailable | {"text_fit": reason})
    from composer.metrics.audio_text import load_clap
    from composer.metrics.sound_encoder import load_sound_encoder

    report("comparing sound and text", 0.9)
    scorers: list[AudioTextScorer] = [load_sound_encoder()]
    unavailable = dict(result.unavailable)
    try:
        scorers.append(load_clap())
    except ComposerError as error:
        unavailable["clap"] = f"{error.message}; {error.hint}"
    fits = tuple(_fits(scorer, result.wave, text) for scorer in scorers)
    return replace(result, text_fits=fits, unavailable=unavailable)


def _text(result: FileEvaluation, options: EvaluationOptions) -> str:
    """What was said, else the plan in words, each with the picture's caption behind it."""
    from composer.metrics.plan_description import describe_plan

    said = options.text or (describe_plan(result.plan) if result.plan else "")
    seen = result.perception.caption if result.perception else ""
    return said if options.text else "; ".join(part for part in (said, seen) if part)


def _fits(scorer: AudioTextScorer, wave: Waveform, text: str) -> TextFit:
    from composer.metrics.sound_words import STOCK

    scores = scorer.similarities([wave], [text, *STOCK])[0]
    own, others = float(scores[0]), scores[1:]
    return TextFit(
        text=text,
        score=own,
        model=scorer.name,
        advantage=own - float(others.mean()),
        better=float((others < own).mean()),
        others=len(others),
    )
