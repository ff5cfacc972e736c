"""Does axe-core find anything in a gallery of a collection: the list, a search, a piece, at two widths, light and dark?

    scripts/bench gallery/accessible --data DIR --n 100
    scripts/bench gallery/accessible --collection MUSIC

`DIR/paintings` holds the paintings; n of them, drawn with a fixed seed, become pieces of four bars. MUSIC is a
collection that `compose batch` has made. Needs Chromium, Playwright and axe-playwright-python.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, write_csv

HEADER = (
    "state",
    "width",
    "theme",
    "n",
    "rules_passed",
    "minor",
    "moderate",
    "serious",
    "critical",
    "rules",
    "overflow_px",
)
FOUND = "document.getElementById('state').textContent.includes('most like')"


def drawn(folder: Path, n: int) -> list[Path]:
    """Paintings of a folder, always the same."""
    found = sorted(path for path in folder.rglob("*") if path.suffix in (".jpg", ".png"))
    return random.Random(0).sample(found, n)


def collection(paintings: list[Path], folder: Path) -> Path:
    """A folder with short pieces about paintings."""
    from composer.batch import plan_batch, run_batch

    (folder / "pictures").mkdir()
    for painting in paintings:
        shutil.copy(painting, folder / "pictures")
    run_batch(plan_batch(str(folder / "pictures"), folder / "music", options={"bars": 4, "candidates": 1}), workers=1)
    return folder / "music"


def finding(page: Any, state: str, width: int, theme: str, n: int) -> tuple[object, ...]:
    """A row: what axe-core finds in the page as it stands."""
    answer = page.evaluate("() => axe.run(document, { preload: false })")
    weights = [rule["impact"] for rule in answer["violations"]]
    counts = [weights.count(weight) for weight in ("minor", "moderate", "serious", "critical")]
    names = " ".join(sorted(rule["id"] for rule in answer["violations"]))
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return (state, width, theme, n, len(answer["passes"]), *counts, names, max(0, overflow))


def walked(page: Any, width: int, theme: str, n: int) -> list[tuple[object, ...]]:
    """Rows of the list, of a search and of a piece."""
    page.set_viewport_size({"width": width, "height": 800})
    page.select_option("#theme", theme)
    rows = [finding(page, "list", width, theme, n)]
    page.fill("#text", "a stormy sea")
    page.keyboard.press("Enter")
    page.wait_for_function(FOUND)
    rows.append(finding(page, "search", width, theme, n))
    page.locator("#list a").first.click()
    page.click("#piece summary")
    return [*rows, finding(page, "piece", width, theme, n)]


def main() -> None:
    """Compose, make the gallery, walk through it."""
    import axe_playwright_python
    from playwright.sync_api import sync_playwright

    from composer.gallery import make_gallery

    parser = argument_parser(__doc__, whole=True)
    add_data(parser, "folder with paintings/")
    add_number(parser, "--n", 100, "paintings")
    parser.add_argument("--collection", type=Path, help="as compose batch left it, instead of one that is made")
    add_out(parser, __file__)
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        music = options.collection or collection(drawn(options.data / "paintings", options.n), Path(folder))
        gallery = make_gallery(music, Path(folder) / "site")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width in (1280, 360):
            for theme in ("light", "dark"):
                page = browser.new_page()
                page.goto(gallery.page.as_uri())
                page.evaluate(axe)
                rows += walked(page, width, theme, page.evaluate("globalThis.gallery.pieces.length"))
                page.close()
        browser.close()
    write_csv(options.out / "accessible.csv", HEADER, rows)
    print(f"{len(rows)} states, serious {sum(row[7] for row in rows)}, critical {sum(row[8] for row in rows)}")


if __name__ == "__main__":
    main()
