"""The gallery in a real browser, opened from the disk: by keyboard, on a telephone, and for everybody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

browser = pytest.importorskip("builders.browser", reason="there is nothing that opens a browser")

pytestmark = pytest.mark.slow
FOUND = "document.getElementById('state').textContent.includes('most like')"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, examples: dict[str, Path]) -> Path:
    """A gallery of three pieces."""
    from composer.batch import plan_batch, run_batch
    from composer.gallery import make_gallery

    folder = tmp_path_factory.mktemp("museum")
    (folder / "pictures").mkdir()
    for name in ("storm-at-night", "quiet-interior", "sunny-meadow"):
        shutil.copy(examples[name], folder / "pictures")
    run_batch(plan_batch(str(folder / "pictures"), folder / "music", options={"bars": 2, "candidates": 1}), workers=1)
    return make_gallery(folder / "music", folder / "site").page


@pytest.fixture(scope="module")
def opened() -> Iterator[Any]:
    with browser.opened() as found:
        yield found


@pytest.fixture
def page(opened: Any, site: Path) -> Iterator[Any]:
    """The gallery as it is opened from the disk; the test fails where the console complains."""
    complaints: list[str] = []
    tab = opened.new_page(viewport={"width": 1280, "height": 900})
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    tab.goto(site.as_uri())
    yield tab
    tab.close()
    assert not complaints, "\n".join(complaints)


def titles(page: Any) -> list[str]:
    found: list[str] = page.locator("#list strong").all_text_contents()
    return found


def test_a_picture_is_found_opened_and_left_by_keyboard_alone(page: Any) -> None:
    assert len(titles(page)) == 3
    page.keyboard.press("/")
    page.keyboard.type("a tempest, waves, a dark sky")
    page.keyboard.press("Enter")
    page.wait_for_function(FOUND)
    assert titles(page)[0] == "Storm at Night"
    page.locator("#list a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#piece[open]")
    assert page.text_content("#piece-title") == "Storm at Night"
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.getElementById('piece-title').textContent !== 'Storm at Night'")
    assert page.text_content("#piece-title") == titles(page)[1]
    page.keyboard.press("Escape")
    page.wait_for_selector("#piece:not([open])", state="attached")
    page.wait_for_function("location.hash === ''")
    assert page.evaluate("document.activeElement.closest('#list') !== null")


def test_its_notes_can_be_heard_and_stopped(page: Any) -> None:
    page.locator("#list a").first.click()
    page.click("#tones")
    page.wait_for_function("document.getElementById('tones').textContent === 'Stop'")
    page.click("#tones")
    page.wait_for_function("document.getElementById('tones').textContent === 'Play'")
    page.go_back()
    page.wait_for_selector("#piece:not([open])", state="attached")


def test_filters_leave_what_fits_and_all_comes_back(page: Any) -> None:
    page.select_option("#filter-feeling", index=1)
    wanted = page.text_content("#filter-feeling option:checked")
    assert len(titles(page)) == int(wanted.rpartition("(")[2].rstrip(")"))
    assert page.locator("#plane circle.out").count() == 3 - len(titles(page))
    page.click("#clear")
    assert len(titles(page)) == 3


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out(page: Any, width: int, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    page.set_viewport_size({"width": width, "height": 800})
    page.select_option("#theme", theme)
    page.evaluate("document.getElementById('more').open = true")
    found = serious(page)
    page.locator("#list a").first.click()
    page.click("#piece summary")
    found += serious(page)
    assert not found
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def serious(page: Any) -> list[str]:
    """Rules that axe-core finds broken, of serious or critical weight."""
    answer = page.evaluate("() => axe.run(document, { resultTypes: ['violations'], preload: false })")
    return [rule["id"] for rule in answer["violations"] if rule["impact"] in ("serious", "critical")]
