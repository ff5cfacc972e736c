"""The studio's page and server together, in a real browser: from a dropped picture to files, and for everybody."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builders.browser import drop, opened, running_studio

pytest.importorskip("fastapi")

pytestmark = pytest.mark.slow
_MOST_MS = 60_000
READY = "html:is([data-phase=ready], [data-phase=comparing]):not(:has(#progress > *))"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_studio(tmp_path_factory.mktemp("studio")) as found:
        yield found


@pytest.fixture(scope="module")
def context(address: str) -> Iterator[Any]:
    """A browser's profile that has opened the studio; what its console says is kept in ``complaints``."""
    with opened() as browser:
        made = browser.new_context(accept_downloads=True, viewport={"width": 1440, "height": 900}, locale="en-GB")
        made.set_default_timeout(_MOST_MS)
        made.add_init_script(
            "const play = HTMLMediaElement.prototype.play;"
            "HTMLMediaElement.prototype.play = function () { window.heard = this; return play.call(this); };"
        )
        first = made.new_page()
        first.goto(address)
        first.close()
        yield made
        made.close()


@pytest.fixture
def page(context: Any, address: str) -> Iterator[Any]:
    """A fresh tab without a picture; the test fails where the page's console complains."""
    complaints: list[str] = []
    tab = context.new_page()
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    tab.on("response", lambda got: got.status >= 500 and complaints.append(f"{got.url}: {got.text()}"))
    tab.goto(address.split("?")[0])
    tab.wait_for_selector("#examples button", state="attached")
    yield tab
    tab.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def start(page: Any) -> Any:
    """The page as a person first sees it."""
    if page.get_attribute("html", "data-phase") != "empty":
        page.click("#new-picture")
    return page


def made_after(page: Any, act: Callable[[], object]) -> str:
    """Do what makes a version, wait for it, and return the line that says the piece."""
    before = page.locator(".history li").count()
    act()
    page.wait_for_selector(f"{READY}:has(.history li:nth-child({before + 1}))", state="attached")
    return str(page.text_content("#piece"))


def is_heard(page: Any) -> float:
    """The root mean square of what the page's player gives out in half a second, at most 1."""
    found = page.evaluate(
        """async () => {
          const context = new AudioContext();
          const meter = context.createAnalyser();
          context.createMediaStreamSource(window.heard.captureStream()).connect(meter);
          const samples = new Float32Array(meter.fftSize);
          let loudest = 0;
          for (let look = 0; look < 20; look += 1) {
            await new Promise((done) => setTimeout(done, 100));
            meter.getFloatTimeDomainData(samples);
            loudest = Math.max(loudest, Math.hypot(...samples) / Math.sqrt(samples.length));
          }
          await context.close();
          return loudest;
        }"""
    )
    return float(found)


def downloaded(page: Any, name: str) -> bytes:
    if not page.is_visible("#downloads"):
        page.click("#files summary")
    with page.expect_download() as waiting:
        page.click(f"#file-{name}")
    return Path(waiting.value.path()).read_bytes()


# ---------------------------------------------------------------------------------------------- the way through


def test_from_a_dropped_picture_to_every_file(start: Any, examples: dict[str, Path]) -> None:
    page = start
    drop(page, examples["sunny-meadow"])
    page.wait_for_selector(READY)
    composed = page.text_content("#piece")
    page.wait_for_selector("#sheet svg")
    page.click("#play")
    page.wait_for_function("() => window.heard && window.heard.currentTime > 0.2")
    assert is_heard(page) > 0.005

    tonic = page.input_value("#plan-tonic")
    page.select_option("#plan-tonic", "D" if tonic != "D" else "F")
    moved = made_after(page, lambda: page.click("#again"))
    assert moved.startswith("D" if tonic != "D" else "F")
    assert moved != composed

    notes = page.evaluate("fetch('/api/state').then((answer) => answer.json())")["versions"][0]["id"]
    page.fill("#bar-from", "3")
    page.fill("#bar-to", "4")
    page.keyboard.press("Tab")
    made_after(page, lambda: page.click("#rewrite"))
    before, after = [notes_of(page, identity) for identity in (notes, newest(page))]
    assert outside(before, 3, 4) == outside(after, 3, 4)
    assert before != after

    page.click("#ab-A")
    assert page.get_attribute("#ab-A", "aria-pressed") == "true"
    page.click("#prefer")
    page.wait_for_selector("#ab-A", state="detached")
    for name, check in FILES.items():
        check(downloaded(page, name))


def newest(page: Any) -> str:
    return str(page.evaluate("fetch('/api/state').then((answer) => answer.json())")["versions"][0]["id"])


def notes_of(page: Any, identity: str) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        "(id) => fetch(`/api/versions/${id}/notes`).then((answer) => answer.json())", identity
    )
    return found


def outside(notes: dict[str, Any], first: int, last: int) -> list[Any]:
    """Every note that begins before or after these bars."""
    start, end = notes["bars"][first - 1]["start"], notes["bars"][last]["start"]
    return [[note for note in track["notes"] if not start <= note[0] < end] for track in notes["tracks"]]


def _is_midi(data: bytes) -> None:
    import mido

    file = mido.MidiFile(file=io.BytesIO(data))
    assert sum(message.type == "note_on" for track in file.tracks for message in track) > 20


def _is_score(data: bytes) -> None:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(data)  # noqa: S314 - our own
    assert root.tag == "score-partwise"
    assert len(root.findall(".//note/pitch")) > 20


def _is_packed_score(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        name = next(name for name in packed.namelist() if not name.startswith(("META-INF", "mimetype")))
        _is_score(packed.read(name))


def _is_pdf(data: bytes) -> None:
    from pypdf import PdfReader

    assert data.startswith(b"%PDF-")
    assert len(PdfReader(io.BytesIO(data)).pages) >= 1


def _is_sound(data: bytes) -> None:
    import numpy as np
    import soundfile

    samples, rate = soundfile.read(io.BytesIO(data))
    assert len(samples) > 5 * rate
    assert np.sqrt(np.mean(samples**2)) > 0.005


def _is_json(data: bytes) -> None:
    assert "plan" in json.loads(data)


def _is_bundle(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        assert bundle.testzip() is None
        assert {".mid", ".musicxml"} <= {Path(name).suffix for name in bundle.namelist()}


FILES: dict[str, Callable[[bytes], None]] = {
    "mid": _is_midi,
    "musicxml": _is_score,
    "mxl": _is_packed_score,
    "pdf": _is_pdf,
    "wav": _is_sound,
    "flac": _is_sound,
    "ogg": _is_sound,
    "mp3": _is_sound,
    "json": _is_json,
    "zip": _is_bundle,
}
