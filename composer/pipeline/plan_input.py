"""The input of a piece before the first note: the picture is read and the plan is made or taken from a file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from composer.errors import PlanError
from composer.files import check_local
from composer.options import ComposeOptions
from composer.progress import Progress, silent
from composer.types import Correction, Mood, MusicalPlan, Painting, Perception, PictureWords, Region

if TYPE_CHECKING:
    from composer.feedback import Profile
    from composer.planning import PlanOverrides

__all__ = ["GivenWords", "Prepared", "given_words", "look", "perceive", "plan", "prepare", "words_of"]

_MAX_TITLE = 200
_MAX_PLAN_BYTES = 4 * 1024 * 1024


def perceive(
    image: Path | str,
    *,
    clip: str | None = None,
    captioner: str | None = None,
    title: str | None = None,
    artist: str | None = None,
    year: int | None = None,
    about: str | None = None,
    ignore_words: bool = False,
) -> Perception:
    """Read a picture.

    Parameters
    ----------
    image : path
        PNG, JPEG, WebP, TIFF, BMP or GIF.
    clip : str, optional
        An open_clip model ``MODEL/PRETRAINED`` instead of the embedded painting encoder.
    captioner : str, optional
        A model that describes the picture, ``"coca"``, instead of a caption composed from ranked words.
    title, artist, about : str, optional
        Words that come with the picture. What is not given is looked for in the file's metadata, then in its name.
    year : int, optional
        In which the picture was made, 1 to 2100; looked for in the same places.
    ignore_words : bool
        Read the pixels alone.

    Raises
    ------
    ImageError
        It is not a usable picture.
    AssetError
        Weights are missing or damaged.
    """
    given = GivenWords(title=title, artist=artist, year=year, about=about, ignored=ignore_words)
    return look(image, clip=clip, captioner=captioner, given=given)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenWords:
    """What a person says of a picture; `ignored` looks at the pixels alone."""

    title: str | None = None
    artist: str | None = None
    year: int | None = None
    about: str | None = None
    ignored: bool = False


def look(
    image: Path | str,
    *,
    clip: str | None = None,
    captioner: str | None = None,
    given: GivenWords = GivenWords(),
) -> tuple[Painting, Perception]:
    """Read a picture; return its pixels too.

    Raises
    ------
    ImageError, AssetError
        As `perceive`.
    """
    from composer.perception.image import load_painting
    from composer.perception.perceive import perceive as read_picture

    painting = load_painting(Path(image))
    if given.ignored:
        return painting, read_picture(replace(painting, metadata={}), clip=clip, captioner=captioner)
    words = words_of(painting, given)
    return painting, read_picture(painting, clip=clip, captioner=captioner, picture_words=words)


def words_of(painting: Painting, given: GivenWords) -> PictureWords:
    """Gather the words that come with a picture, also those that are not heard."""
    from composer.perception.picture_words import find_words

    return find_words(painting, title=given.title, artist=given.artist, about=given.about, year=given.year)


def given_words(options: ComposeOptions) -> GivenWords:
    """Return what the options say of the picture.

    Raises
    ------
    UsageError
        The file with the text cannot be read.
    """
    about = options.about
    if options.about_file is not None:
        from composer.perception.picture_words import read_about

        about = read_about(Path(options.about_file))
    return GivenWords(
        title=options.title, artist=options.artist, year=options.year, about=about, ignored=options.ignore_words
    )


def plan(options: ComposeOptions) -> MusicalPlan:
    """Decide everything before the first note.

    Parameters
    ----------
    options : ComposeOptions
        Picture, plan file or feeling, and what overrides them.

    Raises
    ------
    ComposerError
        As `compose`.
    """
    if options.recipe is not None:
        from composer.pipeline.recipe import read_recipe

        return read_recipe(options.recipe).plan
    return prepare(options, silent).plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is known before the first note.

    Attributes
    ----------
    painting, perception : the picture and its reading, or None without one.
    plan : what is to be composed.
    seed : 0..2**63-1.
    plan_sha256 : hex digest of the text of the plan that was given or derived from a MIDI file, or None without one.
    profile : whose preferences are followed, or None.
    regions : the way through the picture that the sections follow, or empty.
    """

    painting: Painting | None
    perception: Perception | None
    plan: MusicalPlan
    seed: int
    plan_sha256: str | None
    profile: Profile | None = None
    regions: tuple[Region, ...] = ()


def prepare(options: ComposeOptions, progress: Progress) -> Prepared:
    """Do everything that comes before the first note.

    Raises
    ------
    ComposerError
        As `composer.compose`.
    """
    _overrides(options)  # refuses a wrong value before the picture costs time
    profile = _profile(options)
    given, words, mood = _given_plan(options), given_words(options), _mood(options)
    painting, perception, title = None, None, _one_line(options.title or "")
    if options.image is not None:
        progress("looking at the picture", 0.0)
        painting, perception = look(options.image, clip=options.clip, captioner=options.captioner, given=words)
        title = title or _one_line(words_of(painting, words).heading)
    regions = _regions(painting) if options.journey and painting is not None else ()
    progress("planning", 0.8)
    digest = given.sha256 if given is not None else None
    seed = options.seed if options.seed is not None else _default_seed(painting, digest, options)
    made = (
        _edited_plan(given.plan, options)
        if given
        else _fresh_plan(perception, options, mood, regions=regions, seed=seed, title=title, profile=profile)
    )
    return Prepared(
        painting=painting,
        perception=perception,
        plan=made,
        seed=seed,
        plan_sha256=digest,
        profile=profile,
        regions=regions,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _GivenPlan:
    """A plan that is not to be made from a picture, and the hex digest of its text."""

    plan: MusicalPlan
    sha256: str


def _given_plan(options: ComposeOptions) -> _GivenPlan | None:
    from composer import planning

    if options.plan is not None:
        text = _read_plan(Path(options.plan))
        found = planning.plan_from_json(text)
    elif options.midi is not None:
        from composer.pipeline.midi_plan import plan_from_midi

        found = plan_from_midi(options.midi, bars=options.midi_bars)
        text = planning.plan_to_json(found)
    else:
        return None
    return _GivenPlan(plan=found, sha256=hashlib.sha256(text.encode()).hexdigest())


def _read_plan(path: Path) -> str:
    check_local(path)
    try:
        if path.stat().st_size > _MAX_PLAN_BYTES:
            raise PlanError(f"plan {str(path)!r}: {path.stat().st_size} bytes; allowed: {_MAX_PLAN_BYTES}")
        data = path.read_bytes()
        return data.decode(json.detect_encoding(data))  # PowerShell writes UTF-16
    except UnicodeDecodeError as error:
        raise PlanError(f"plan {str(path)!r}: not a text in UTF-8 or UTF-16 (byte {error.start})") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PlanError(f"plan {str(path)!r} cannot be read: {reason}", hint="check the path of --plan") from error


def _default_seed(painting: Painting | None, plan_sha256: str | None, options: ComposeOptions) -> int:
    """Same picture (or plan, or feeling): same piece."""
    digest = painting.sha256 if painting is not None else plan_sha256
    if digest is None:
        source = options.mood or f"{options.valence:.6f} {options.arousal:.6f}"
        digest = hashlib.sha256(source.encode()).hexdigest()
    return int(digest[:16], 16) % 2**31


def _overrides(options: ComposeOptions) -> PlanOverrides:
    from composer.planning import PlanOverrides

    return PlanOverrides(
        bars=options.bars,
        duration_s=options.duration_s,
        tempo_bpm=options.tempo_bpm,
        tonic=options.tonic,
        mode=options.mode,
        meter=options.meter,
        instruments=options.instruments,
        valence=options.valence,
        arousal=options.arousal,
        level=options.level,
        figure=options.figure,
        ornaments=options.ornaments,
        tradition=options.tradition,
    )


def _edited_plan(given: MusicalPlan, options: ComposeOptions) -> MusicalPlan:
    from composer import planning

    made = planning.apply_overrides(given, _overrides(options))
    return replace(made, title=_one_line(options.title)) if options.title else made


def _mood(options: ComposeOptions) -> Mood | None:
    if options.mood is None:
        return None
    from composer.perception.mood import read_mood

    return read_mood(options.mood)


def _fresh_plan(
    perception: Perception | None,
    options: ComposeOptions,
    mood: Mood | None,
    *,
    regions: tuple[Region, ...],
    seed: int,
    title: str,
    profile: Profile | None,
) -> MusicalPlan:
    from composer import planning

    def made(correction: Correction) -> MusicalPlan:
        return planning.make_plan(
            perception,
            overrides=_overrides(options),
            mood=mood,
            regions=regions,
            seed=seed,
            title=title or "Untitled",
            correction=correction,
        )

    return profile.corrected(made) if profile is not None else made(Correction())


def _profile(options: ComposeOptions) -> Profile | None:
    if options.profile is None:
        return None
    from composer.feedback import load_profile

    return load_profile(options.profile)


def _regions(painting: Painting) -> tuple[Region, ...]:
    from composer.perception.regions import find_regions

    return find_regions(painting)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_MAX_TITLE]
