"""The way from a picture to files: the stages in order.

`compose` makes a piece, `save` writes it, `run` does both and checks beforehand that the results can be written;
`run_together` does it for several pieces at once.
Progress is reported through a callback ``progress(stage, share)`` with the share of the whole work in [0, 1].
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composer.errors import ComposerError, ImageError, UsageError
from composer.options import ComposeOptions
from composer.pipeline.output import check_free, check_results, render, save
from composer.pipeline.part_files import check_stand, music_stand
from composer.pipeline.plan_input import Prepared, perceive, plan, prepare
from composer.pipeline.recipe import compose_recipe, read_recipe
from composer.progress import Progress, silent, within
from composer.provenance import provenance
from composer.types import TICKS_PER_QUARTER, Composition, Perception, Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from composer.metrics import Originality
    from composer.music import Commission, Draft, Generation
    from composer.rendering import OutputFacts

__all__ = [
    "LONGEST_QUOTATION",
    "OriginalityVerdict",
    "Run",
    "check_originality",
    "check_outputs",
    "check_paths",
    "check_results",
    "compose",
    "perceive",
    "perception_to_json",
    "plan",
    "render",
    "run",
    "run_to_json",
    "run_together",
    "save",
]

LONGEST_QUOTATION = 16
"""Notes of a verbatim run with the training set from which a candidate is passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A piece and the files that were written from it."""

    composition: Composition
    outputs: tuple[OutputFacts, ...]


def compose(options: ComposeOptions, *, progress: Progress | None = None) -> Composition:
    """Make a piece; nothing is written.

    Parameters
    ----------
    options : ComposeOptions
        What to start from and what to override. ``outs`` is left to `run` and `save`.
    progress : callable, optional
        Called with the stage's name and the share of the work done.

    Returns
    -------
    Composition
        Perception, plan, score and provenance. The same options, picture, weights and versions give the same piece.

    Raises
    ------
    ImageError, PlanError, AssetError, UsageError
        The picture or plan cannot be used, weights are missing or damaged, an option's value is wrong.
    """
    from composer import music

    report = progress or silent
    if options.recipe is not None:
        return compose_recipe(read_recipe(options.recipe), image=options.image, progress=report)
    ready = prepare(options, within(report, 0.0, 0.2))
    report("composing", 0.2)
    draft = music.lay_out_commission(_commission(options, ready))
    return _composition(options, ready, next(music.generate_together([draft], progress=within(report, 0.2, 1.0))))


def _commission(options: ComposeOptions, ready: Prepared) -> Commission[OriginalityVerdict]:
    """The notes that are to be written."""
    from composer import music

    return music.Commission(
        plan=ready.plan,
        seed=ready.seed,
        candidates=options.candidates,
        temperature=options.temperature,
        top_p=options.top_p,
        check=check_originality,
        bonus=ready.profile.bonus if ready.profile is not None else None,
    )


def _composition(options: ComposeOptions, ready: Prepared, generation: Generation[OriginalityVerdict]) -> Composition:
    """The piece, once its notes are there."""
    assert generation.verdict is not None
    return Composition(
        perception=ready.perception,
        plan=generation.score.plan,
        score=generation.score,
        provenance=provenance(
            options,
            painting=ready.painting,
            perception=ready.perception,
            plan_sha256=ready.plan_sha256,
            seed=ready.seed,
            generation=generation.provenance,
            originality=generation.verdict.found.to_json(),
            profile=ready.profile.to_json() if ready.profile is not None else None,
            regions=ready.regions,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalityVerdict:
    """What a score shares with the training set, and whether that is little enough."""

    found: Originality

    @property
    def passes(self) -> bool:
        """No voice has a verbatim run of `LONGEST_QUOTATION` notes (see docs/evaluation.md)."""
        return self.found.longest_run < LONGEST_QUOTATION


def check_originality(score: Score) -> OriginalityVerdict:
    """Hold a score against the training set."""
    from composer.metrics import measure_originality

    return OriginalityVerdict(found=measure_originality(_pitched_parts(score)))


def _pitched_parts(score: Score) -> list[tuple[str, NDArray[np.float64]]]:
    """Name and notes (onset in quarter notes, pitch) of every part but the drums."""
    import numpy as np

    return [
        (
            track.instrument.name,
            np.array([(note.onset / TICKS_PER_QUARTER, note.pitch) for note in track.notes]).reshape(-1, 2),
        )
        for track in score.tracks
        if not track.instrument.is_drums
    ]


def run(options: ComposeOptions, *, progress: Progress | None = None) -> Run:
    """Make a piece and write it to ``options.outs``.

    Raises
    ------
    ComposerError
        As `compose` and `save`. Whether the outputs can be written is checked before any work.
    """
    report = progress or silent
    check_outputs(options)
    composition = compose(options, progress=within(report, 0.0, 0.9))
    return _saved(composition, options, within(report, 0.9, 1.0))


def run_together(pieces: Sequence[ComposeOptions]) -> Iterator[Run | ComposerError]:
    """Make several pieces with one pass of the decoder, and write each; in order, the same bytes as one by one.

    What cannot be made comes back as its error, and the others are made. Recipes are not among the pieces.
    """
    from composer import music

    begun: list[tuple[Prepared, Draft[OriginalityVerdict]] | ComposerError] = []
    for options in pieces:
        try:
            check_outputs(options)
            ready = prepare(options, silent)
            begun.append((ready, music.lay_out_commission(_commission(options, ready))))
        except ComposerError as error:
            begun.append(error)
    made = music.generate_together([one[1] for one in begun if not isinstance(one, ComposerError)])
    for options, one in zip(pieces, begun, strict=True):
        try:
            yield one if isinstance(one, ComposerError) else _saved(_composition(options, one[0], next(made)), options)
        except ComposerError as error:
            yield error


def _saved(composition: Composition, options: ComposeOptions, progress: Progress = silent) -> Run:
    """Write a piece to ``options.outs``."""
    with music_stand(composition, options) as (sheet, sheets):
        outputs = save(
            composition,
            options.outs,
            soundfont=options.soundfont,
            stems=options.stems,
            humanize=options.humanize,
            progress=progress,
            sheets=sheets,
            sheet=sheet,
            picture=options.image,
        )
    return Run(composition=composition, outputs=outputs)


def check_outputs(options: ComposeOptions) -> None:
    """Refuse what cannot end well before any work is spent on it.

    Raises
    ------
    UsageError
        An extension is unknown, or an output would overwrite an input or another output.
    OutputError
        A folder is missing or not writable.
    AssetError, ExternalToolError
        Audio is asked for without a usable soundfont or synthesizer.
    ImageError
        The picture does not exist.
    """
    check_stand(options)
    sheets = [options.lead_sheet] if options.lead_sheet is not None else []
    outs = [*options.outs, *sheets]
    check_results(outs, inputs=_inputs(options), soundfont=options.soundfont, stems=options.stems)
    _check_picture(options)


def check_paths(options: ComposeOptions, paths: Sequence[Path]) -> None:
    """Refuse results that cannot be written, and a picture that is not there.

    Raises
    ------
    UsageError
        A result would overwrite an input or another result.
    OutputError
        A folder is missing or not writable.
    ImageError
        The picture does not exist.
    """
    check_free(paths, inputs=_inputs(options))
    _check_picture(options)


def _inputs(options: ComposeOptions) -> tuple[Path | str | None, ...]:
    return options.image, options.plan, options.midi, options.recipe, options.soundfont


def _check_picture(options: ComposeOptions) -> None:
    if options.image is None and any(Path(out).suffix.lower() == ".mp4" for out in options.outs):
        raise UsageError("a film (.mp4) shows the picture, and there is none", hint="start from --image PICTURE")
    if options.image is not None and str(options.image) != "-" and not os.path.exists(options.image):
        raise ImageError(f"picture {str(options.image)!r} does not exist", hint="check the path of --image")


def perception_to_json(perception: Perception) -> dict[str, Any]:
    """Plain JSON data of a perception, in the form that a ``.json`` result holds; the embedding is left out."""
    from composer.rendering.jsonable import jsonable

    data: dict[str, Any] = jsonable(perception)
    return data


def run_to_json(done: Run) -> dict[str, Any]:
    """Plain JSON data of a run: ``{perception, plan, provenance, outputs}``."""
    from composer.planning import plan_to_json
    from composer.rendering.jsonable import jsonable

    piece = done.composition
    return {
        "perception": perception_to_json(piece.perception) if piece.perception is not None else None,
        "plan": json.loads(plan_to_json(piece.plan)),
        "provenance": jsonable(piece.provenance),
        "outputs": jsonable(done.outputs),
    }
