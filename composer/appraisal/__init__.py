"""Files and sets of files measured, compared and reported: what ``compose evaluate`` does.

Above the stages, because a report needs audio and engraving besides the measures of `composer.evaluation`. What is
exported here is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from composer.appraisal.comparison import Comparison, compare_sets
    from composer.appraisal.files import Appraisal, AppraisalOptions, appraise
    from composer.appraisal.report import file_report
    from composer.appraisal.sets_page import set_report

__all__ = ["Appraisal", "AppraisalOptions", "Comparison", "appraise", "compare_sets", "file_report", "set_report"]

_HOMES = {
    "Appraisal": "files",
    "AppraisalOptions": "files",
    "Comparison": "comparison",
    "appraise": "files",
    "compare_sets": "comparison",
    "file_report": "report",
    "set_report": "sets_page",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
