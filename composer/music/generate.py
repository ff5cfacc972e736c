"""The generation of a score from a plan: lay out, decode candidates, keep the best."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from composer import assets
from composer.errors import AssetError, PlanError
from composer.music.connection import connected
from composer.music.decoder import Weights, load_weights
from composer.music.doubling import with_doubled_tune
from composer.music.handover import handed_over
from composer.music.inner_lines import with_living_lines
from composer.music.layout import lay_out
from composer.music.moving_tops import with_moving_tops
from composer.music.octaves import with_octaves
from composer.music.passing_notes import with_passing_notes
from composer.music.performance import assemble
from composer.music.quick_notes import with_quick_notes
from composer.music.ranking import score
from composer.music.rules.grammar import RULES
from composer.music.rules.level import fit, level_rules
from composer.music.sampling import Candidate, Request, Sampling, sample_together
from composer.music.settling import settled
from composer.music.tokens import fingerprint
from composer.music.tune_chords import with_tune_chords
from composer.music.variation import varied
from composer.options import USUAL_CANDIDATES, check_setting
from composer.types import MusicalPlan, Score

__all__ = [
    "Commission",
    "Draft",
    "Generation",
    "Verdict",
    "check_settings",
    "default_weights",
    "generate",
    "generate_together",
    "lay_out_commission",
    "search_facts",
]

_WEIGHTS = ("music/config.json", "music/model.safetensors", "music/heads.safetensors", "music/composer.json")
_GRAPHS = ("music/decoder.onnx", "music/pitch.onnx", "music/duration.onnx")
_FILES = (*_WEIGHTS, *_GRAPHS)
_MOST_TRIED = 8
"""Candidates up to which more are made where none of those asked for passes the check."""


class Verdict(Protocol):
    """The answer of a check that a candidate is put to before it is kept."""

    @property
    def passes(self) -> bool:
        """Whether the candidate may be kept."""


V = TypeVar("V", bound=Verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation(Generic[V]):
    """A score and how it came about.

    Attributes
    ----------
    score : the candidate that was kept.
    chosen : its number, from 0.
    verdict : what the check says of it; None without a check.
    provenance : plain JSON data.
    """

    score: Score
    chosen: int
    verdict: V | None
    provenance: Mapping[str, Any]


@cache
def _weights(files: tuple[str, ...]) -> Weights:
    paths = {name: assets.verified(name) for name in files}
    if len({path.parent for path in paths.values()}) > 1:
        raise AssetError(
            "the files of the music weights lie in different folders",
            hint="put all of them into one folder of COMPOSER_HOME",
        )
    return load_weights(*(paths[f"music/{name}"] for name in ("config.json", "heads.safetensors", "composer.json")))


def default_weights() -> Weights:
    """The weights in use; `AssetError` when they are missing or broken."""
    return _weights(_FILES)


def check_settings(candidates: int, temperature: float | None, top_p: float | None) -> Sampling:
    """The sampling settings, with defaults for None; `UsageError` when one is out of range."""
    given = {"temperature": temperature, "top_p": top_p}
    for name, value in {"candidates": candidates, **given}.items():
        check_setting(name, value)
    return replace(Sampling(), **{name: value for name, value in given.items() if value is not None})


def search_facts(*, seed: int, sampling: Sampling, scores: Sequence[float], chosen: int) -> dict[str, Any]:
    """How notes came about, as plain JSON data."""
    return {
        "weights": {name: assets.sha256_of(assets.resolve(name)) for name in _FILES},
        "vocabulary_sha256": fingerprint(),
        "seed": seed,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "candidates": len(scores),
        "chosen": chosen,
        "candidate_scores": [round(value, 4) for value in scores],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission(Generic[V]):
    """What is to be written, and how.

    Attributes
    ----------
    plan : what to write; everything it fixes holds in the result.
    seed : same plan, seed, settings and weights give the same score.
    candidates : how many to decode (1..32); `composer.music.ranking.score` picks one.
    temperature, top_p : of sampling; None for the defaults of `composer.music.sampling.Sampling`.
    check : asked of the candidates from the best down; the first that passes is kept. Where none does twice as many are
        made, up to eight; of those the best is kept if all fail.
    bonus : points that a candidate gets beside its score, for what a listener prefers; None gives none.
    chosen : number of the candidate to keep, where a piece is made again; None ranks them.
    """

    plan: MusicalPlan
    seed: int
    candidates: int = USUAL_CANDIDATES
    temperature: float | None = None
    top_p: float | None = None
    check: Callable[[Score], V] | None = None
    bonus: Callable[[Score], float] | None = None
    chosen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Generic[V]):
    """A commission that is laid out, ready to be decoded."""

    commission: Commission[V]
    request: Request


def lay_out_commission(commission: Commission[V]) -> Draft[V]:
    """Lay out a commission.

    Raises
    ------
    UsageError
        A setting is out of range.
    PlanError
        The plan is beyond what is composed (`MusicalPlan.check_composable`), asks for a meter the model cannot write or
        for no pitched instrument, or lies outside its own level.
    """
    plan, seed = commission.plan, commission.seed
    sampling = check_settings(commission.candidates, commission.temperature, commission.top_p)
    plan.check_composable()
    if all(part.is_drums for part in plan.instruments):
        raise PlanError("instruments: only drums; expected at least one part that plays notes")
    request = Request(
        layout=fit(lay_out(plan, seed=seed), plan),
        candidates=commission.candidates,
        sampling=sampling,
        generator=np.random.default_rng(seed),
        rules=(*RULES, *level_rules(plan)),
    )
    return Draft(commission=commission, request=request)


def generate(
    plan: MusicalPlan,
    *,
    seed: int,
    candidates: int = USUAL_CANDIDATES,
    temperature: float | None = None,
    top_p: float | None = None,
    progress: Callable[[str, float], None] | None = None,
    check: Callable[[Score], V] | None = None,
    bonus: Callable[[Score], float] | None = None,
    chosen: int | None = None,
) -> Generation[V]:
    """Write the notes of a plan; parameters as `Commission`'s attributes.

    Raises
    ------
    UsageError, PlanError
        As `lay_out_commission`.
    AssetError
        The weights are missing or broken.
    """
    commission = Commission(
        plan=plan,
        seed=seed,
        candidates=candidates,
        temperature=temperature,
        top_p=top_p,
        check=check,
        bonus=bonus,
        chosen=chosen,
    )
    return next(generate_together([lay_out_commission(commission)], progress=progress))


def generate_together(
    drafts: Sequence[Draft[V]], *, progress: Callable[[str, float], None] | None = None
) -> Iterator[Generation[V]]:
    """Decode drafts in one batch; each comes out as it would alone.

    Raises
    ------
    AssetError
        The weights are missing or broken.
    """
    requests = [draft.request for draft in drafts]
    found = sample_together(requests, default_weights(), progress=progress)
    for draft, pieces in zip(drafts, found, strict=True):
        yield _until_passed(draft, _chosen(draft, pieces))


def _until_passed(draft: Draft[V], made: Generation[V]) -> Generation[V]:
    """What was made, or where it does not pass the best of more candidates; the first of these are the same again."""
    commission = draft.commission
    failed = made.verdict is not None and not made.verdict.passes
    if not failed or commission.chosen is not None or commission.candidates >= _MOST_TRIED:
        return made
    more = lay_out_commission(replace(commission, candidates=min(2 * commission.candidates, _MOST_TRIED)))
    pieces = sample_together([more.request], default_weights())[0]
    return _until_passed(more, _chosen(more, pieces))


def _chosen(draft: Draft[V], pieces: Sequence[Candidate]) -> Generation[V]:
    """The candidate of a draft that is kept."""
    commission, layout = draft.commission, draft.request.layout
    plan, seed = commission.plan, commission.seed

    @cache
    def assembled(number: int) -> Score:
        tune = connected(plan, layout, settled(plan, layout, pieces[number].notes), seed=seed)
        told, notes = varied(plan, layout, tune, seed=seed)
        notes = with_moving_tops(told, layout, with_doubled_tune(told, layout, notes), seed=seed)
        notes = with_passing_notes(told, layout, notes, seed=seed)
        notes = with_tune_chords(told, layout, notes, seed=seed)
        notes = with_octaves(told, layout, with_living_lines(told, layout, notes, seed=seed))
        made = assemble(told, layout.by_player(handed_over(told, layout, notes)), shift=layout.shift, seed=seed)
        return with_quick_notes(told, layout, made, seed=seed)

    scores = [score(piece, layout) for piece in pieces]
    if commission.bonus is not None:
        scores = [points + commission.bonus(assembled(number)) for number, points in enumerate(scores)]
    ranked = np.argsort(scores)[::-1].tolist()
    order = ranked if commission.chosen is None else [commission.chosen]
    number, kept, verdict = _keep(order, assembled, commission.check)
    facts = search_facts(seed=seed, sampling=draft.request.sampling, scores=scores, chosen=number)
    return Generation(score=kept, chosen=number, verdict=verdict, provenance=facts)


def _keep(
    order: Sequence[int], assembled: Callable[[int], Score], check: Callable[[Score], V] | None
) -> tuple[int, Score, V | None]:
    """The first candidate that passes, else the first of all, with its number and verdict."""
    tried: list[tuple[int, Score, V | None]] = []
    for number in order:
        made = assembled(number)
        verdict = check(made) if check is not None else None
        tried.append((number, made, verdict))
        if verdict is None or verdict.passes:
            return tried[-1]
    return tried[0]
