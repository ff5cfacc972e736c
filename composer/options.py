"""The choices of one run: what the command line's options become."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from composer.errors import UsageError

__all__ = ["USUAL_CANDIDATES", "ComposeOptions", "check_setting", "flag_of"]

USUAL_CANDIDATES = 2
"""Pieces of which the best is kept, where nobody asks for more: no measure tells it from the best of four."""

_LIMITS: dict[str, tuple[float, float, str]] = {
    "seed": (0, 2**63 - 1, "--seed"),
    "candidates": (1, 32, "--candidates"),
    "temperature": (0.05, 3, "--temperature"),
    "top_p": (0.01, 1, "--top-p"),
    "humanize": (0, 1, "--humanize"),
    "year": (1, 2100, "--year"),
}

_BESIDE_A_RECIPE = frozenset(
    (
        "recipe",
        "image",
        "outs",
        "soundfont",
        "stems",
        "humanize",
        "lead_sheet",
        "parts",
        "parts_format",
        "pitch",
        "page",
    )
)
"""Fields that choose what is written, not what is composed."""
_FLAGS = {
    "tempo_bpm": "tempo", "tonic": "key", "duration_s": "duration", "midi": "from_midi", "midi_bars": "from_bars",
}  # fmt: skip
"""Fields whose option has another name."""


def flag_of(name: str) -> str:
    """The option of a field: ``"--tempo"`` for ``"tempo_bpm"``."""
    return "--" + _FLAGS.get(name, name).replace("_", "-")


def check_setting(name: str, value: float | None) -> None:
    """Refuse a number outside its range; None stands for a default.

    Parameters
    ----------
    name : ``"seed"``, ``"candidates"``, ``"temperature"``, ``"top_p"``, ``"humanize"`` or ``"year"``.

    Raises
    ------
    UsageError
        The message names the option, the value and the range.
    """
    low, high, flag = _LIMITS[name]
    # "not within" instead of "outside": a NaN compares false with everything.
    if value is not None and not low <= value <= high:
        raise UsageError(f"{flag}: {value!r} is outside {low}..{high}", hint=f"give a {flag} in that range")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeOptions:
    """What to compose and how; None leaves a choice to the picture or to the plan.

    Attributes
    ----------
    image : picture to start from; None needs `plan`, or `valence` and `arousal`.
    outs : result files; the extension of each chooses its format.
    bars : length in bars, 1..512; None means about a minute, or what `plan` says.
    duration_s : how long the piece lasts, 5..600 seconds, instead of `bars`.
    seed : 0..2**63-1; None derives it from the picture (or plan), so that the same one gives the same piece.
    tempo_bpm : quarter notes per minute, 20..300.
    tonic : note name such as ``"F#"`` or ``"Bb"``.
    mode : name of a mode such as ``"dorian"``.
    meter : ``"3/4"`` ...
    instruments : General MIDI names or programs, comma-separated, in score order; ``drums`` is allowed.
    valence, arousal : target in [-1, 1], instead of what was read from the picture.
    plan : file with an edited plan; the options above then override it field by field.
    midi : MIDI file to derive the plan from, instead of `plan`.
    midi_bars : first and last bar of it, from 1; None means the longest run of bars in one meter.
    candidates : how many pieces are made, of which the best is kept, 1..32.
    temperature : sampling temperature, 0.05..3; None means the model's own.
    top_p : nucleus sampling threshold in (0, 1]; None means the model's own.
    soundfont : SoundFont 2 file for audio; None searches for one.
    stems : folder for one WAV per part; None writes none.
    humanize : how freely MIDI and audio are played, 0 (as written) to 1; notation stays exact.
    clip : open_clip model ``MODEL/PRETRAINED`` that replaces the embedded painting encoder.
    captioner : ``"coca"`` or another CoCa model of open_clip that describes the picture in its own words.
    title : title of the piece, and of the picture where there is one; None takes it from the picture's metadata or from
        its file name.
    artist : the picture's artist; None as for `title`.
    year : in which the picture was made, 1..2100; None as for `title`.
    about : what a label or a curator says of the picture; None takes it from the metadata.
    about_file : text file with it, instead of `about`.
    ignore_words : read the pixels alone; title and artist then only name the piece.
    mood : the feeling in words, ``"quiet grief, then a little hope"``, instead of what the picture says.
    journey : the picture's regions become the sections, in the order of an eye, before the whole returns.
    figure : accompaniment figures, ``"piano=alberti"``, with commas between; None lets the plan choose.
    ornaments : kinds of quick notes with commas between, ``"none"`` or ``"auto"``; None lets the plan choose.
    tradition : tradition of painting whose scales and instruments are used, or ``"none"``; None asks the picture.
    level : level of difficulty, one of `composer.types.LEVELS`.
    lead_sheet : file for a lead sheet: melody, chord symbols and form.
    parts : folder for the parts of the score, one file each.
    parts_format : extension of the parts without its dot, ``"pdf"``, ``"musicxml"`` ...
    pitch : ``"concert"`` or ``"written"``; None writes scores at concert pitch and parts as their players read them.
    page : ``"a4"`` or ``"letter"``.
    profile : name of a profile that was learnt from a person's choices; None is the shipped map.
    recipe : ``.json`` file of a piece that is made again, note for note; `image` is then the picture that a film or a
        cover shows, and nothing else may say what is composed.
    """

    image: Path | str | None = None
    outs: tuple[Path | str, ...] = ()
    bars: int | None = None
    duration_s: float | None = None
    seed: int | None = None
    tempo_bpm: float | None = None
    tonic: str | None = None
    mode: str | None = None
    meter: str | None = None
    instruments: str | None = None
    valence: float | None = None
    arousal: float | None = None
    plan: Path | str | None = None
    midi: Path | str | None = None
    midi_bars: tuple[int, int] | None = None
    candidates: int = USUAL_CANDIDATES
    temperature: float | None = None
    top_p: float | None = None
    soundfont: Path | str | None = None
    stems: Path | str | None = None
    humanize: float = 0.0
    clip: str | None = None
    captioner: str | None = None
    title: str | None = None
    artist: str | None = None
    year: int | None = None
    about: str | None = None
    about_file: Path | str | None = None
    ignore_words: bool = False
    mood: str | None = None
    journey: bool = False
    figure: str | None = None
    ornaments: str | None = None
    tradition: str | None = None
    level: str | None = None
    lead_sheet: Path | str | None = None
    parts: Path | str | None = None
    parts_format: str = "pdf"
    pitch: str | None = None
    page: str = "a4"
    profile: str | None = None
    recipe: Path | str | None = None

    def __post_init__(self) -> None:
        """Check the numbers that no stage checks better; the plan's fields are checked with the plan.

        Raises
        ------
        UsageError
            A value lies outside its range, or there is nothing to start from.
        """
        for name in _LIMITS:
            check_setting(name, getattr(self, name))
        if self.recipe is not None:
            self._check_recipe()
            return
        if self.plan is not None and self.midi is not None:
            raise UsageError("--plan and --from-midi both say what to compose", hint="give one of the two")
        self._check_words()
        if self.tradition is not None and (self.plan is not None or self.midi is not None):
            raise UsageError(
                "--tradition: there is a plan already", hint="change its --mode and --instruments, or leave it out"
            )
        if self.midi_bars is not None and self.midi is None:
            raise UsageError("--from-bars: there is no MIDI file to take bars from", hint="give --from-midi FILE.mid")
        if (
            self.image is None
            and self.plan is None
            and self.midi is None
            and self.mood is None
            and (self.valence is None or self.arousal is None)
        ):
            raise UsageError(
                "nothing to start from: no picture, no plan, no MIDI file, no feeling",
                hint="give --image PICTURE, --plan PLAN.json, --from-midi FILE.mid, --mood WORDS, or --valence and "
                "--arousal",
            )

    def _check_recipe(self) -> None:
        for item in fields(self):
            if item.name not in _BESIDE_A_RECIPE and getattr(self, item.name) != item.default:
                flag = flag_of(item.name)
                raise UsageError(
                    f"--recipe: it says what to compose, and so does {flag}",
                    hint=f"leave {flag} out, or change the recipe's plan and give it with --plan",
                )

    def _check_words(self) -> None:
        if self.journey and (self.image is None or any((self.plan, self.midi, self.mood))):
            raise UsageError(
                "--journey: it goes through a picture, and nothing else may say what the sections are",
                hint="give a picture, and leave out --plan, --from-midi and --mood",
            )
        if self.about is not None and self.about_file is not None:
            raise UsageError("--about and --about-file both say what the picture is about", hint="give one of the two")
        if self.mood is not None and (self.plan is not None or self.midi is not None):
            raise UsageError("--mood: there is a plan already", hint="leave it out, or start from a picture or nothing")
        if self.mood is not None and (self.valence is not None or self.arousal is not None):
            raise UsageError("--mood and --valence, --arousal both say what is felt", hint="give one of the two")
