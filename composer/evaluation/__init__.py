"""Files and sets of files measured, compared and reported: what ``compose evaluate`` does.

Above the stages, because a report needs audio and engraving besides the measures of `composer.metrics`. What is
exported here is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from composer.evaluation.comparison import Comparison, compare_sets
    from composer.evaluation.file_page import file_report
    from composer.evaluation.files import EvaluationOptions, FileEvaluation, evaluate_file
    from composer.evaluation.set_page import set_report

__all__ = [
    "Comparison",
    "EvaluationOptions",
    "FileEvaluation",
    "compare_sets",
    "evaluate_file",
    "file_report",
    "set_report",
]

_HOMES = {
    "FileEvaluation": "files",
    "EvaluationOptions": "files",
    "Comparison": "comparison",
    "evaluate_file": "files",
    "compare_sets": "comparison",
    "file_report": "file_page",
    "set_report": "set_page",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
