"""The generation of a score from a plan: lay out, decode candidates, keep the best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from composer import assets
from composer.errors import PlanError
from composer.music.decoder import Weights, load_weights
from composer.music.handover import handed_over
from composer.music.layout import lay_out
from composer.music.ornament import ornamented
from composer.music.performance import assemble
from composer.music.ranking import score
from composer.music.rules.grammar import RULES
from composer.music.rules.level import fit, level_rules
from composer.music.sampling import Sampling, sample
from composer.music.tokens import fingerprint
from composer.options import check_setting
from composer.types import MusicalPlan, Score

__all__ = ["Generation", "Verdict", "check_settings", "default_weights", "generate", "search_facts"]

_FILES = ("music/config.json", "music/model.safetensors", "music/heads.safetensors", "music/composer.json")


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
    paths = [assets.verified(name) for name in files]
    return load_weights(*paths)


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


def generate(
    plan: MusicalPlan,
    *,
    seed: int,
    candidates: int = 4,
    temperature: float | None = None,
    top_p: float | None = None,
    progress: Callable[[str, float], None] | None = None,
    check: Callable[[Score], V] | None = None,
    bonus: Callable[[Score], float] | None = None,
    chosen: int | None = None,
) -> Generation[V]:
    """Write the notes of a plan.

    Parameters
    ----------
    plan : what to write; everything it fixes holds in the result.
    seed : same plan, seed, settings and weights give the same score.
    candidates : how many to decode as one batch (1..32); `composer.music.ranking.score` picks one.
    temperature, top_p : of sampling; None for the defaults of `composer.music.sampling.Sampling`.
    progress : called with a stage and a fraction in [0, 1].
    check : asked of the candidates from the best down; the first that passes is kept, the best where none does.
    bonus : points that a candidate gets beside its score, for what a listener prefers; None gives none.
    chosen : number of the candidate to keep, where a piece is made again; None ranks them.

    Raises
    ------
    UsageError
        A setting is out of range.
    PlanError
        The plan is beyond what is composed (`MusicalPlan.check_composable`), asks for a meter the model cannot write or
        for no pitched instrument, or lies outside its own level.
    AssetError
        The weights are missing or broken.
    """
    sampling = check_settings(candidates, temperature, top_p)
    plan.check_composable()
    if all(part.is_drums for part in plan.instruments):
        raise PlanError("instruments: only drums; expected at least one part that plays notes")
    layout = fit(lay_out(plan, seed=seed), plan)
    pieces = sample(
        layout,
        default_weights(),
        candidates=candidates,
        sampling=sampling,
        generator=np.random.default_rng(seed),
        rules=(*RULES, *level_rules(plan)),
        progress=progress,
    )

    @cache
    def assembled(number: int) -> Score:
        notes = handed_over(plan, layout, ornamented(plan, layout, pieces[number].notes, seed=seed))
        return assemble(plan, layout.by_player(notes), shift=layout.shift, seed=seed)

    scores = [score(piece, layout) for piece in pieces]
    if bonus is not None:
        scores = [points + bonus(assembled(number)) for number, points in enumerate(scores)]
    order = np.argsort(scores)[::-1].tolist() if chosen is None else [chosen]
    number, kept, verdict = _keep(order, assembled, check)
    facts = search_facts(seed=seed, sampling=sampling, scores=scores, chosen=number)
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
