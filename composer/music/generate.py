"""The generation of a score from a plan: lay out, decode candidates, keep the best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from composer import assets
from composer.errors import PlanError, UsageError
from composer.music.decoder import Weights, load_weights
from composer.music.layout import lay_out
from composer.music.ornament import ornamented
from composer.music.performance import assemble
from composer.music.ranking import score
from composer.music.rules.grammar import RULES
from composer.music.rules.level import fit, level_rules
from composer.music.sampling import Sampling, sample
from composer.music.tokens import fingerprint
from composer.types import MusicalPlan, Score

__all__ = ["Generation", "check_settings", "default_weights", "generate", "search_facts"]

_FILES = ("music/config.json", "music/model.safetensors", "music/heads.safetensors", "music/composer.json")
MAX_CANDIDATES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A score and how it came about; ``provenance`` is plain JSON data."""

    score: Score
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
    if not 1 <= candidates <= MAX_CANDIDATES:
        raise UsageError(f"candidates: {candidates} is outside 1..{MAX_CANDIDATES}")
    sampling = Sampling()
    if temperature is not None:
        if not 0.05 <= temperature <= 3:
            raise UsageError(f"temperature: {temperature} is outside 0.05..3")
        sampling = replace(sampling, temperature=temperature)
    if top_p is not None:
        if not 0 < top_p <= 1:
            raise UsageError(f"top-p: {top_p} is outside (0, 1]")
        sampling = replace(sampling, top_p=top_p)
    return sampling


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
    accept: Callable[[Score], bool] | None = None,
) -> Generation:
    """Write the notes of a plan.

    Parameters
    ----------
    plan : what to write; everything it fixes holds in the result.
    seed : same plan, seed, settings and weights give the same score.
    candidates : how many to decode as one batch (1..32); `composer.music.ranking.score` picks one.
    temperature, top_p : of sampling; None for the defaults of `composer.music.sampling.Sampling`.
    progress : called with a stage and a fraction in [0, 1].
    accept : asked of the candidates from the best down; the first it accepts is kept, the best where it accepts none.

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
    scores = [score(piece, layout) for piece in pieces]
    chosen, kept = -1, None
    for index in np.argsort(scores)[::-1].tolist():
        notes = ornamented(plan, layout, pieces[index].notes, seed=seed)
        made = assemble(plan, layout.by_player(notes), shift=layout.shift)
        if kept is None:
            chosen, kept = index, made
        if accept is None or accept(made):
            chosen, kept = index, made
            break
    assert kept is not None
    return Generation(score=kept, provenance=search_facts(seed=seed, sampling=sampling, scores=scores, chosen=chosen))
