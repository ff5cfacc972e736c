"""Is the studio's page open to everybody in every state: axe-core's findings, overflow, and pictures to look at.

    scripts/bench studio/screens --picture sea.jpg --keep DIR

Every state at 360, 768 and 1440 px, light and dark in three languages, high contrast in English. `--keep` is a folder
for the pictures of the English page. Needs Chromium, Playwright and axe-playwright-python.
"""

from __future__ import annotations

import argparse
import base64
import csv
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from run import DROP, HERE, READY, REPOSITORY, opened_page, served

WIDTHS = {360: 740, 768: 1024, 1440: 900}
THEMES = ("light", "dark", "contrast")
LANGUAGES = ("en", "es", "ja")
PANELS = ("picture", "score", "plan", "parts", "history")
HEADER = ("state", "width", "theme", "language", "minor", "moderate", "serious", "critical", "rules", "overflow_px")
FAILED = {
    "error": {"code": "stopped", "message": "The work ran past its time.", "hint": "", "field": None, "job": None}
}


def settled(page: Any) -> None:
    """The piece is there, and its score."""
    page.wait_for_selector(READY)
    page.wait_for_selector("#sheet svg", state="attached")


def compared(page: Any) -> None:
    page.click("#wish-calmer")
    settled(page)


def failed(page: Any) -> None:
    page.click("#ab-close")
    page.route("**/api/versions/*/nudges", lambda route: route.fulfill(status=503, json=FAILED))
    page.click("#wish-darker")
    page.wait_for_selector("#try-again")


def with_files(page: Any) -> None:
    page.click("#notice-close")
    page.click("#files summary")


def states(page: Any, picture: Path) -> Iterator[str]:
    """Bring the page from state to state; the name of each."""
    yield "start"
    page.evaluate(DROP, [picture.name, base64.b64encode(picture.read_bytes()).decode()])
    settled(page)
    yield "ready"
    steps: dict[str, Callable[[Any], None]] = {"comparing": compared, "failed": failed, "files": with_files}
    for name, step in steps.items():
        step(page)
        yield name


def views(page: Any, state: str, width: int) -> Iterator[str]:
    """What can be seen of a state: at 360 px one panel after the other."""
    if width > 720 or state not in ("ready", "comparing"):
        yield state
        return
    for panel in PANELS:
        page.click(f"#panels [data-panel={panel}]")
        yield f"{state} {panel}"


def finding(page: Any) -> tuple[object, ...]:
    """What axe-core finds by weight, the names of the rules, and by how much the page is too wide."""
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")["violations"]
    weights = [rule["impact"] for rule in found]
    counts = [weights.count(weight) for weight in ("minor", "moderate", "serious", "critical")]
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return (*counts, " ".join(sorted(rule["id"] for rule in found)), max(0, overflow))


def looked_at(page: Any, state: str, keep: Path | None) -> Iterator[tuple[object, ...]]:
    """Rows of a state at every width, in every theme and language."""
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for view in views(page, state, width):
            for theme in THEMES:
                page.select_option("#theme", theme)
                for language in LANGUAGES if theme != "contrast" else LANGUAGES[:1]:
                    page.select_option("#language", language)
                    page.wait_for_selector(f"html[lang={language}]")
                    yield (view, width, theme, language, *finding(page))
                    if keep is not None and language == "en":
                        page.screenshot(path=keep / f"{view}-{width}-{theme}.png".replace(" ", "-"))
    page.select_option("#language", "en")


def main() -> None:
    """Serve, open, look."""
    import axe_playwright_python

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path, default=REPOSITORY / "examples" / "storm-at-night.png")
    parser.add_argument("--keep", type=Path, help="folder for the pictures")
    parser.add_argument("--port", type=int, default=8798)
    parser.add_argument("--out", type=Path, default=HERE / "screens.csv")
    given = parser.parse_args()
    if given.keep is not None:
        given.keep.mkdir(parents=True, exist_ok=True)
    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        server, address = served(Path(folder), given.port)
        try:
            with opened_page(address) as page:
                page.evaluate(axe)
                for state in states(page, given.picture):
                    rows += looked_at(page, state, given.keep)
        finally:
            server.terminate()
            server.wait(30)
    with given.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([HEADER, *rows])
    print(f"{len(rows)} views, serious {sum(row[6] for row in rows)}, critical {sum(row[7] for row in rows)}")


if __name__ == "__main__":
    main()
