"""Feedback: what a person chose, and the profile that is learnt from it.

A *choice* says which of two pieces was preferred, by eight readable features of each. A *profile* is the posterior of
a Bayesian logistic regression over their differences and those of their squares, whose prior stands at the shipped map:
no preference. It leans in a direction, or towards a place; it corrects the controls of a plan within bounds and ranks
candidates. Choices lie in one SQLite file that a person may delete (`composer.feedback.store`).
"""

from __future__ import annotations

from composer.feedback.events import NUDGES, Choice, Event, Nudge, Rating, comparisons
from composer.feedback.exchange import from_json, to_json
from composer.feedback.features import FEATURES, USUAL, plan_features, score_features
from composer.feedback.posterior import Posterior, fit
from composer.feedback.profile import Profile
from composer.feedback.store import FeedbackStore, default_path, load_profile

__all__ = [
    "FEATURES",
    "NUDGES",
    "USUAL",
    "Choice",
    "Event",
    "FeedbackStore",
    "Nudge",
    "Posterior",
    "Profile",
    "Rating",
    "comparisons",
    "default_path",
    "fit",
    "from_json",
    "load_profile",
    "plan_features",
    "score_features",
    "to_json",
]
