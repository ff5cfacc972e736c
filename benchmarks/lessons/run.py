#!/usr/bin/env python3
"""Lessons for ten paintings: page counts, what the answers are checked with, and what axe-core finds in the HTML.

    npm install --prefix .cache/axe axe-core
    benchmarks/lessons/run.py --axe .cache/axe/node_modules/axe-core/axe.min.js

Writes results.csv beside itself; --keep DIR keeps the lessons, --pages also draws their pages there (pdftoppm).
"""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from answers import check_answers
from axe import check_page

from common import add_data, argument_parser, write_csv
from composer.options import ComposeOptions
from composer.pipeline.lesson import LessonOptions, make_lesson
from composer.rendering.lesson import Tasks

HERE = Path(__file__).resolve().parent

# One in English and one in each of the other languages for most; large print, Letter and an ensemble are among them.
CASES = (
    {"language": "en", "level": "2"},
    {"language": "ja", "level": "1"},
    {"language": "es", "level": "3"},
    {"language": "en", "level": "primer", "large_print": True},
    {"language": "en", "level": "4", "page": "letter"},
    {"language": "ja", "level": "2", "large_print": True},
    {"language": "es", "level": "2", "page": "letter"},
    {"language": "en", "level": None, "instruments": "violin,cello,piano"},
    {"language": "es", "level": "primer"},
    {"language": "ja", "level": None, "instruments": "flute,harp"},
)
FIELDS = ("painting", "language", "level", "print", "page", "key", "meter", "html_kb", "pdf_pages", "activities",
          "answers_checked", "answers_wrong", "axe_passes", "critical", "serious", "moderate", "minor", "unsure",
          "seconds")  # fmt: skip


@dataclass
class Row:
    """One lesson's figures."""

    values: dict[str, object]
    wrong: list[str]
    findings: list[str]
    tasks: Tasks
    score: Path


def lessons(data: Path) -> Iterator[tuple[Path, dict[str, object]]]:
    """Ten paintings spread over the folder, each with its case."""
    paintings = sorted((data / "paintings").glob("*.jpg"))
    step = len(paintings) // len(CASES)
    for index, case in enumerate(CASES):
        yield paintings[index * step + step // 2], dict(case)


def measure(painting: Path, case: dict[str, object], folder: Path, axe: Path) -> Row:
    began = time.perf_counter()
    shown = LessonOptions(
        language=str(case["language"]),
        page=str(case.get("page", "a4")),
        large_print=bool(case.get("large_print", False)),
        audio=False,
    )
    outs = (folder / f"{painting.stem}.pdf", folder / f"{painting.stem}.html")
    options = ComposeOptions(
        image=painting, outs=outs, level=case["level"], instruments=case.get("instruments"), candidates=2
    )
    done = make_lesson(options, shown)
    seconds = time.perf_counter() - began
    from pypdf import PdfReader

    checked, wrong = check_answers(done.tasks, done.beside[1])
    report = check_page(outs[1], axe)
    impacts = {
        name: sum(f.impact == name for f in report.findings) for name in ("critical", "serious", "moderate", "minor")
    }
    plan = done.composition.plan
    tasks = [getattr(done.tasks, field) for field in done.tasks.__dataclass_fields__]
    values = {
        "painting": painting.stem,
        "language": shown.language,
        "level": case["level"] or "",
        "print": "large" if shown.large_print else "ordinary",
        "page": shown.page,
        "key": f"{plan.tonic} {plan.mode}",
        "meter": plan.meter,
        "html_kb": outs[1].stat().st_size // 1024,
        "pdf_pages": len(PdfReader(outs[0]).pages),
        "activities": sum(task is not None for task in tasks),
        "answers_checked": checked,
        "answers_wrong": len(wrong),
        "axe_passes": report.passes,
        **impacts,
        "unsure": len(report.unsure),
        "seconds": f"{seconds:.1f}",
    }
    found = [f"{f.impact} {f.rule} ({f.elements}): {f.example}" for f in (*report.findings, *report.unsure)]
    return Row(values, wrong, found, done.tasks, done.beside[1])


def main() -> None:
    parser = argument_parser(__doc__, whole=True)
    add_data(parser, "folder with paintings/")
    parser.add_argument("--axe", type=Path, required=True, help="axe.min.js of npm's axe-core")
    parser.add_argument("--keep", type=Path, help="folder for the lessons")
    parser.add_argument("--pages", action="store_true", help="draw the pages of each PDF into the folder")
    parser.add_argument("--only", type=int, help="the first N paintings")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows = []
        for painting, case in list(lessons(arguments.data))[: arguments.only]:
            row = measure(painting, case, folder, arguments.axe)
            rows.append(row)
            print({name: row.values[name] for name in FIELDS}, *row.wrong, *row.findings, sep="\n  ", flush=True)
            if arguments.pages:
                pdf = folder / f"{painting.stem}.pdf"
                subprocess.run(["pdftoppm", "-r", "80", "-png", pdf, folder / painting.stem], check=True)
        # What the check is worth: each lesson's answers against the music of the next one.
        swapped = [check_answers(row.tasks, other.score) for row, other in zip(rows, rows[1:] + rows[:1], strict=True)]
    if arguments.only is None:
        write_csv(HERE / "results.csv", FIELDS, ([row.values[name] for name in FIELDS] for row in rows))
    total = SimpleNamespace(**{name: sum(int(row.values[name]) for row in rows) for name in FIELDS[8:18]})
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("music21", "verovio", "weasyprint"))
    print(
        f"{len(rows)} lessons, {total.pdf_pages} pages; answers: {total.answers_checked} checked, "
        f"{total.answers_wrong} wrong (against another lesson's music: {sum(len(wrong) for _, wrong in swapped)} of "
        f"{sum(count for count, _ in swapped)}); axe-core: {total.critical} critical, {total.serious} serious, "
        f"{total.moderate} moderate, {total.minor} minor findings; {versions}"
    )


if __name__ == "__main__":
    main()
