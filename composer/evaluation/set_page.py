"""A report about two sets of pieces, as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from composer.evaluation.charts import densities
from composer.evaluation.comparison import Comparison
from composer.evaluation.html_page import figure, section, table, write_page
from composer.evaluation.tables import MEANINGS
from composer.metrics.embeddings import EMBEDDINGS
from composer.rendering.lesson.markup import Markup, el

__all__ = ["set_report"]


def set_report(found: Comparison, path: Path) -> None:
    """Write the report.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    made, reference = found.made, found.reference
    title = f"{made.folder.name} against {reference.folder.name}"
    lead = f"{len(made.samples)} pieces in the set, {len(reference.samples)} in the reference."
    write_page(path, title, lead, _sections(found))


def _sections(found: Comparison) -> Iterator[Markup]:
    yield section("Distances", *_distances(found))
    yield section("Distributions", *_pictures(found))
    lines = [
        (
            name,
            f"{made.value:.4g} [{made.low:.4g}, {made.high:.4g}]",
            f"{reference.value:.4g} [{reference.low:.4g}, {reference.high:.4g}]",
            f"{made.n}, {reference.n}",
            "{:.2f}, {:.2f}".format(*found.overlaps[name]),
            MEANINGS.get(name, ""),
        )
        for name, (made, reference) in found.means.items()
    ]
    caption = (
        "Means with 95 % intervals. Overlap: the area that the distributions share, beside what two halves of the "
        "reference share."
    )
    head = ("measure", "set", "reference", "n", "overlap, floor", "meaning")
    yield section("All figures", table(caption, head, lines))
    heard = found.hearing.lines()
    if heard:
        yield section("Heard", el("ul", *(el("li", line.strip()) for line in heard)))
    remarks = [*(f"Not measured: {note}." for note in found.notes)]
    if found.judge_accuracy:
        remarks.append(f"The emotion judge's own accuracy on solo piano that it never saw: {found.judge_accuracy}.")
    if found.soundfont_sha256:
        remarks.append(f"MIDI files were played with the soundfont of SHA-256 {found.soundfont_sha256}.")
    remarks += [f"Left out: {name}: {why}." for name, why in (*found.made.failures, *found.reference.failures)]
    if remarks:
        yield section("Remarks", el("ul", *(el("li", remark) for remark in remarks)))


def _distances(found: Comparison) -> Iterator[Markup]:
    if not found.distances:
        yield el("p", "The sets have no embedding in common.")
        return
    hears = {embedding.name: embedding.hears for embedding in EMBEDDINGS}
    lines = [
        (
            f"{each.of}, {each.embedding}",
            f"{each.made.infinite:.2f} [{each.made.low:.2f}, {each.made.high:.2f}]",
            f"{each.floor.infinite:.2f} [{each.floor.low:.2f}, {each.floor.high:.2f}]",
            f"{each.made.n}, {each.floor.n}, {each.made.reference_n}",
            f"{each.made.finite:.2f}, {each.floor.finite:.2f}",
            hears[each.embedding],
        )
        for each in found.distances
    ]
    caption = (
        "Fréchet distances from one half of the reference, extended to infinitely many samples. The floor is the "
        "distance of the reference's other half: what the set would reach if it were of the reference's kind."
    )
    yield table(caption, ("of, embedding", "set", "floor", "n: set, floor, reference", "at that n", "hears"), lines)


def _pictures(found: Comparison) -> Iterator[Markup]:
    for name, (made, reference) in found.means.items():
        if made.n > 1 and reference.n > 1:
            label = f"Distribution of {name}: mean {made.value:.3g} in the set, {reference.value:.3g} in the reference."
            samples = (found.made.values(name), found.reference.values(name))
            yield figure(densities(samples, ("set", "reference"), name, label), MEANINGS.get(name, ""), kind="small")
