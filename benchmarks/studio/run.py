"""How long the studio lets a person wait: from a dropped picture to sound, from a nudge to the new piece.

    scripts/bench studio --pictures DIR --n 10

Needs Chromium and Playwright. `compose studio` runs as it is, with a folder of its own; the page is used as a person
would: a picture is dropped, Play is pressed as soon as it can be, then a wish.
"""

from __future__ import annotations

import argparse
import base64
import csv
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
WISHES = ("calmer", "livelier", "brighter", "darker", "sparser", "richer")
MOST_MS = 600_000
READY = "html:is([data-phase=ready], [data-phase=comparing]):not(:has(#progress > *))"
DROP = """([name, data]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  transfer.items.add(new File([bytes], name, { type: name.endsWith("png") ? "image/png" : "image/jpeg" }));
  document.getElementById("drop").dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer: transfer }));
}"""
KEEP = """const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () { window.heard = this; return play.call(this); };"""


def measured(page: Any, picture: Path, wish: str) -> dict[str, float]:
    """Seconds from dropping a picture to the reading, the piece and its sound, and from a wish to the same."""
    data = base64.b64encode(picture.read_bytes()).decode()
    page.evaluate("() => { delete window.heard; }")
    start = time.perf_counter()
    page.evaluate(DROP, [picture.name, data])
    page.wait_for_selector("#picture figcaption")
    read = time.perf_counter()
    page.wait_for_selector(READY)
    composed = time.perf_counter()
    page.click("#play")
    page.wait_for_function("() => window.heard && window.heard.currentTime > 0", polling=20)
    heard = time.perf_counter()
    page.click("#play")
    made = page.locator(".history li").count()
    asked = time.perf_counter()
    page.click(f"#wish-{wish}")
    page.wait_for_selector(f"{READY}:has(.history li:nth-child({made + 1}))", state="attached")
    nudged = time.perf_counter()
    page.wait_for_selector("#play[aria-busy=false]")
    audible = time.perf_counter()
    page.click("#new-picture")
    return {
        "read_s": read - start, "composed_s": composed - start, "first_sound_s": heard - start,
        "nudge_s": nudged - asked, "nudge_sound_s": audible - asked,
    }  # fmt: skip


def served(folder: Path, port: int) -> tuple[subprocess.Popen[str], str]:
    """A studio that runs, and its address."""
    command = [sys.executable, "-c", "from composer.cli import entry; entry()", "studio", "--no-open"]
    environment = {**os.environ, "COMPOSER_HOME": str(folder / "home"), "PYTHONPATH": str(REPOSITORY)}
    server = subprocess.Popen(
        [*command, "--port", str(port), "--data", str(folder / "data")],
        env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    return server, server.stdout.readline().strip()


@contextmanager
def opened_page(address: str) -> Iterator[Any]:
    """The studio's page in Chromium, as soon as it has opened."""
    from playwright.sync_api import Error, sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(MOST_MS)
        page.add_init_script(KEEP)
        for attempt in range(100):
            try:
                page.goto(address)
                break
            except Error:
                assert attempt < 99, "the studio does not answer"
                time.sleep(0.2)
        page.wait_for_selector("#examples button")
        yield page
        browser.close()


def rows_of(address: str, pictures: list[Path]) -> list[dict[str, object]]:
    """A row for each picture; the first one meets a worker that has read nothing yet."""
    rows: list[dict[str, object]] = []
    with opened_page(address) as page:
        for number, picture in enumerate(pictures):
            load = os.getloadavg()[0]
            found = measured(page, picture, WISHES[number % len(WISHES)])
            facts = {"picture": picture.name, "first": number == 0, "wish": WISHES[number % len(WISHES)], "load": load}
            rows.append({**facts, **{name: round(value, 2) for name, value in found.items()}})
            print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, default=REPOSITORY / "examples")
    parser.add_argument("--n", type=int, default=4)
    parser.add_argument("--port", type=int, default=8799)
    parser.add_argument("--out", type=Path, default=HERE / "results.csv")
    given = parser.parse_args()
    found = sorted(path for path in given.pictures.rglob("*") if path.suffix in (".png", ".jpg", ".jpeg"))
    pictures = random.Random(0).sample(found, min(given.n, len(found)))
    with tempfile.TemporaryDirectory() as folder:
        server, address = served(Path(folder), given.port)
        try:
            rows = rows_of(address, pictures)
        finally:
            server.terminate()
            server.wait(30)
    with given.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    lines = [f"{platform.platform()}, {os.cpu_count()} processors, n = {len(rows)}"]
    for name in ("read_s", "composed_s", "first_sound_s", "nudge_s", "nudge_sound_s"):
        values = [float(str(row[name])) for row in rows]
        lines.append(f"{name}: median {statistics.median(values):.2f}, highest {max(values):.2f}")
    given.out.with_name("summary.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
