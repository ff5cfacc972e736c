"""The studio's page and server together, in a real browser: from a dropped picture to files, and for everybody."""

from __future__ import annotations

import io
import json
import random
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import composer
from builders.browser import drop, opened, running_studio

pytest.importorskip("fastapi")

pytestmark = pytest.mark.slow
_MOST_MS = 300_000
KANA = re.compile("[\u3040-\u30ff]")
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
    tab.goto(address.split("?", maxsplit=1)[0])
    tab.wait_for_selector("#examples button", state="attached")
    yield tab
    tab.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="module")
def piece(context: Any, address: str) -> str:
    """The id of a short piece about an example, which the page opens as the newest."""
    picture = ask(context, address, "pictures?example=quiet-interior", b"")
    reading = done(context, address, ask(context, address, "perceptions", {"picture": picture["id"]}))["perception"]
    wishes = {"bars": 8, "instruments": "violin,piano"}
    plan = ask(context, address, "plans", {"perception": reading, "overrides": wishes})
    return str(done(context, address, ask(context, address, "versions", {"plan": plan["id"]}))["version"])


def ask(context: Any, address: str, path: str, body: object) -> Any:
    """The answer to a POST of the browser that has opened the studio."""
    root = address.split("/?", maxsplit=1)[0]
    answer = context.request.post(f"{root}/api/{path}", data=body, headers={"Origin": root})
    assert answer.ok, answer.text()
    return answer.json()


def done(context: Any, address: str, job: dict[str, Any]) -> dict[str, Any]:
    """The result of a job, once it has ended well."""
    root = address.split("/?", maxsplit=1)[0]
    while job["state"] in ("queued", "running"):
        time.sleep(0.1)
        job = context.request.get(f"{root}/api/jobs/{job['id']}").json()
    assert job["state"] == "done", job
    found: dict[str, Any] = job["result"]
    return found


@pytest.fixture
def ready(piece: str, page: Any) -> Any:
    """The page with a piece."""
    page.wait_for_selector(READY)
    page.wait_for_selector("#sheet svg")
    return page


@pytest.fixture
def start(page: Any) -> Any:
    """The page as a person first sees it, once it has opened what was kept."""
    page.wait_for_selector(f"html[data-phase=empty], {READY}")
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
          const stream = window.heard.captureStream();
          for (let wait = 0; wait < 100 && !stream.getAudioTracks().length; wait += 1) {
            await new Promise((done) => setTimeout(done, 100));  // it has its track once it plays
          }
          context.createMediaStreamSource(stream).connect(meter);
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


# --------------------------------------------------------------------------------------------- what belongs to it


def test_the_part_of_the_picture_that_is_heard_is_lit(ready: Any) -> None:
    page = ready
    assert page.is_hidden("#lit")
    made_after(page, lambda: page.check("#journey"))
    page.wait_for_selector("#lit", state="visible")
    frame, lit = (page.locator(selector).bounding_box() for selector in (".frame img", "#lit"))
    assert frame["x"] - 2 <= lit["x"] < lit["x"] + lit["width"] <= frame["x"] + frame["width"] + 2
    assert lit["width"] * lit["height"] < 0.9 * frame["width"] * frame["height"]
    first = page.text_content("#lit-name")
    page.click("#play")
    page.wait_for_function("() => window.heard && window.heard.currentTime > 0.2")
    assert page.is_visible("#lit")
    page.locator(".bars button").last.click()
    page.wait_for_selector("#lit", state="hidden")
    assert page.text_content("#lit-name") != first


def test_a_title_is_told_when_the_picture_is_there_already(ready: Any) -> None:
    page = ready
    page.click("#named summary")
    page.fill("#named-title", "The Funeral")
    made_after(page, lambda: page.click("#read-again"))
    made = page.evaluate("(id) => fetch(`/api/versions/${id}`).then((answer) => answer.json())", newest(page))
    assert "‹The Funeral›" in " ".join(made["plan"]["reasons"].values())
    assert page.input_value("#named-title") == "The Funeral"


def test_a_wish_leaves_what_is_locked_and_can_be_undone(ready: Any) -> None:
    page = ready
    before = page.text_content("#piece")
    locked = {name: page.input_value(f"#plan-{name}") for name in ("tonic", "mode", "tempo_bpm")}
    for name in locked:
        page.click(f"#lock-{name}")
    made_after(page, lambda: page.click("#wish-livelier"))
    assert {name: page.input_value(f"#plan-{name}") for name in locked} == locked
    assert notes_of(page, newest(page)) != notes_of(page, parent(page))
    after = page.get_attribute("html", "data-piece")
    page.keyboard.press("Control+z")
    page.wait_for_selector(f"html:not([data-piece='{after}']):not(:has(#progress > *))")
    assert page.text_content("#piece") == before
    page.click("#to-history")
    page.click("#redo-step")
    page.wait_for_selector(f"html[data-piece='{after}']")


def parent(page: Any) -> str:
    return str(page.evaluate("fetch('/api/state').then((answer) => answer.json())")["versions"][0]["parent"])


def test_the_point_is_dragged_and_a_mood_is_typed(ready: Any) -> None:
    page = ready
    page.locator(".pad").scroll_into_view_if_needed()
    box = page.locator(".pad").bounding_box()

    def drag() -> None:
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.85 * box["width"], box["y"] + 0.1 * box["height"], steps=4)
        page.mouse.up()

    made_after(page, drag)
    assert float(page.input_value("#valence")) == pytest.approx(0.7, abs=0.06)
    assert float(page.input_value("#arousal")) == pytest.approx(0.8, abs=0.06)
    page.fill("#mood", "quiet grief")
    made_after(page, lambda: page.keyboard.press("Enter"))
    assert float(page.input_value("#valence")) < 0
    assert float(page.input_value("#arousal")) < 0.2


def test_a_and_b_sound_at_the_same_bar_and_as_loud(ready: Any) -> None:
    page = ready
    made_after(page, lambda: page.click("#wish-richer"))
    page.click("#play")
    page.wait_for_function("() => window.heard && window.heard.currentTime > 0.2")
    page.click("#play")
    page.click(".bars button[data-bar='3']")
    at_bar(page, 3)
    of_b, b = loudness(page), page.get_attribute("html", "data-piece")
    page.keyboard.press("x")
    page.wait_for_selector(f"html:not([data-piece='{b}'])")
    page.wait_for_selector("#play[aria-busy=false]")
    notes = notes_of(page, page.get_attribute("html", "data-piece"))
    third = notes["bars"][2]["start"] / notes["ticks_per_quarter"] * 60 / notes["tempo_bpm"]
    assert page.evaluate("window.heard.currentTime") == pytest.approx(third, abs=0.05)
    at_bar(page, 3)
    assert loudness(page) == pytest.approx(of_b, rel=0.12)  # 1 dB


def at_bar(page: Any, bar: int) -> None:
    """The transport stands at a bar; it follows the sound from frame to frame."""
    page.wait_for_function(f"() => document.getElementById('seek').value === '{bar}'")


def loudness(page: Any) -> float:
    """The root mean square of all that sounds in the version that is shown, as loud as the player plays it."""
    found = page.evaluate(
        """async () => {
          const file = `/api/versions/${document.documentElement.dataset.piece}/files/wav`;
          const bytes = await (await fetch(file)).arrayBuffer();
          const sound = await new OfflineAudioContext(2, 1, 44100).decodeAudioData(bytes);
          const loud = sound.getChannelData(0).filter((sample) => Math.abs(sample) > 1e-4);
          return Math.sqrt(loud.reduce((sum, sample) => sum + sample * sample, 0) / loud.length) * window.heard.volume;
        }"""
    )
    return float(found)


def test_a_part_is_heard_alone_and_muted(ready: Any) -> None:
    page = ready
    page.click("#to-parts")
    page.click("#play")
    alone = page.locator("[id^=solo-]").last  # the tune may rest while the accompaniment opens the piece
    alone.click()
    page.wait_for_selector("#play[aria-busy=false]")
    assert is_heard(page) > 0.001
    alone.click()
    for mute in page.locator("[id^=mute-]").all():
        mute.click()
    page.wait_for_selector("#play[aria-busy=false]")
    assert is_heard(page) == 0


def test_the_page_says_why_in_its_own_language(ready: Any) -> None:
    page = ready
    page.select_option("#language", "ja")
    page.wait_for_selector("html[lang=ja]")
    for name in ("tonic", "tempo_bpm", "meter", "bars"):
        assert page.locator(f"#plan-{name}-why [lang=en]").count() == 0, name
        assert KANA.search(page.text_content(f"#plan-{name}-why")), name
    assert page.get_attribute("figcaption", "lang") == "ja"
    assert KANA.search(page.text_content("figcaption"))
    page.select_option("#language", "en")


def test_the_page_has_words_for_the_reasons_of_plans(page: Any, examples: dict[str, Path]) -> None:
    from composer import ComposeOptions, plan

    rng = random.Random(0)
    plans = [plan(ComposeOptions(image=picture)) for picture in examples.values()]
    for seed in range(40):
        valence, arousal = rng.uniform(-0.9, 0.9), rng.uniform(-0.9, 0.9)
        plans.append(plan(ComposeOptions(valence=valence, arousal=arousal, seed=seed)))
    reasons = {made.reasons[name] for made in plans for name in ("tonic", "tempo_bpm", "meter", "bars", "instruments")}
    assert len(reasons) > 50
    wordless = page.evaluate(
        """async (reasons) => {
          const { clauses } = await import("/components/reasons.js");
          return reasons.flatMap(clauses).filter(({ english }) => english).map(({ text }) => text);
        }""",
        sorted(reasons),
    )
    assert not wordless


def test_what_failed_is_done_again_at_a_press(ready: Any) -> None:
    page = ready
    error = {"code": "stopped", "message": "It took too long.", "hint": "Ask again."}

    failed = {**RUNNING, "state": "failed", "error": error}
    page.route("**/api/jobs/*", lambda route: route.fulfill(json=failed), times=1)
    before = page.get_attribute("html", "data-piece")
    page.click("#wish-brighter")
    page.wait_for_selector("#notice:has-text('It took too long.')")
    assert page.get_attribute("html", "data-piece") == before
    page.click("#try-again")
    page.wait_for_selector(f"{READY}:not([data-piece='{before}'])")
    assert not page.text_content("#notice")


def test_choices_are_kept_with_consent_alone(ready: Any) -> None:
    page = ready
    made_after(page, lambda: page.click("#wish-brighter"))
    page.click("#prefer")
    page.wait_for_selector("#ab-A", state="detached")
    assert kept(page) == (0, 0)
    page.click("#to-history")
    page.click("#consent")
    page.wait_for_selector("#withdraw")
    made_after(page, lambda: page.click("#wish-darker"))
    page.click("#prefer")
    page.click("#star-4")
    page.wait_for_selector("#teaching p:has-text('3')")
    assert kept(page) == (1, 3)
    page.click("#withdraw")
    page.wait_for_selector("#consent")
    assert kept(page) == (0, 0)


def kept(page: Any) -> tuple[int, int]:
    """How many choices, and how many events of all kinds, the studio keeps."""
    state = page.evaluate("() => fetch('/api/state').then((answer) => answer.json())")
    return state["choices"], state["feedback"]["events"]


# ----------------------------------------------------------------------------------------------------- for everybody

THEMES = ("light", "dark", "contrast")
LANGUAGES = ("en", "ja", "es")
RUNNING = {
    "id": "f00d", "kind": "nudge", "state": "running", "stage": "compose", "share": 0.4, "result": None, "error": None,
    "request": {}, "created": 0,
}  # fmt: skip


def findings(page: Any, state: str) -> list[str]:
    """What axe-core finds of serious or critical weight: light and dark in every language, high contrast in English."""
    found = set()
    for theme in THEMES:
        page.select_option("#theme", theme)
        for language in LANGUAGES if theme != "contrast" else LANGUAGES[:1]:
            page.select_option("#language", language)
            page.wait_for_selector(f"html[lang={language}]")
            answer = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
            found |= {
                f"{state}, {theme}, {language}: {rule['id']} {node['target']}"
                for rule in answer["violations"]
                if rule["impact"] in ("serious", "critical")
                for node in rule["nodes"]
            }
    return sorted(found)


@pytest.fixture
def checked(ready: Any) -> Any:
    """A page with a piece, and axe-core in it."""
    import axe_playwright_python

    ready.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    return ready


def test_no_state_keeps_anybody_out(checked: Any) -> None:
    page = checked
    found = []
    for panel in ("plan", "parts"):
        page.click(f"#to-{panel}")
        found += findings(page, panel)
    page.click("#to-history")
    page.click("#consent")
    made_after(page, lambda: page.click("#wish-sparser"))
    found += findings(page, "comparing")
    page.click("#withdraw")
    page.wait_for_selector("#consent")
    page.click("#ab-close")
    found += findings(page, "history")
    page.click("#files summary")
    page.click("#reading summary")
    found += findings(page, "files and bars")
    page.click("#files summary")
    page.route("**/api/versions/*/nudges", lambda route: route.fulfill(status=202, json=RUNNING))
    page.route("**/api/jobs/f00d", lambda route: route.fulfill(json=RUNNING))
    page.click("#wish-calmer")
    page.wait_for_selector("#cancel")
    found += findings(page, "composing")
    failed = {
        **RUNNING,
        "state": "failed",
        "error": {"code": "stopped", "message": "It took too long.", "hint": "Again"},
    }
    page.route("**/api/jobs/f00d", lambda route: route.fulfill(json=failed))
    page.wait_for_selector("#try-again")
    found += findings(page, "failed")
    page.click("#notice-close")
    page.set_viewport_size({"width": 360, "height": 740})
    for panel in ("picture", "score"):
        page.click(f"#panels [data-panel={panel}]")
        found += findings(page, f"narrow {panel}")
    page.click("#help-open")
    dialog = page.evaluate("() => axe.run('#help', { resultTypes: ['violations'] })")
    found += [rule["id"] for rule in dialog["violations"] if rule["impact"] in ("serious", "critical")]
    page.keyboard.press("Escape")
    page.click("#new-picture")
    found += findings(page, "start")
    assert not found, "\n".join(found)


def test_a_page_that_is_loaded_again_finds_what_is_being_made(ready: Any) -> None:
    page = ready
    before = page.locator(".history li").count()
    page.click("#wish-livelier")
    page.wait_for_selector("#cancel")
    page.reload()
    page.wait_for_selector(f"{READY}:has(.history li:nth-child({before + 1}))", state="attached")
    page.click("#new-picture")
    page.click("#examples button >> nth=1")
    page.wait_for_selector("#cancel")
    page.reload()
    page.wait_for_selector(f"{READY}:has(#picture img[alt*=' '])")
    assert page.locator(".history li").count() == 1


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
    page.wait_for_selector("#ab-A[aria-pressed=true]")
    page.click("#prefer")
    page.wait_for_selector("#ab-A", state="detached")
    for name, check in FILES.items():
        check(downloaded(page, name))


def _is_midi(data: bytes) -> None:
    import mido

    file = mido.MidiFile(file=io.BytesIO(data))
    assert sum(message.type == "note_on" for track in file.tracks for message in track) > 20


def _is_score(data: bytes) -> None:
    from xml.etree import ElementTree as ET

    root = ET.fromstring(data)
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


def _has_parts(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert len(parts.namelist()) > 1
        for name in parts.namelist():
            _is_pdf(parts.read(name))


def _is_lesson(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as lesson:
        assert lesson.testzip() is None
        _is_pdf(next(lesson.read(name) for name in lesson.namelist() if name.endswith(".pdf")))


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
    "lesson": _is_lesson,
    "parts": _has_parts,
}


# ------------------------------------------------------------------------------------------------- by keys alone


def reach(page: Any, wanted: str, *, most: int = 80) -> None:
    """Press Tab until the focus is on what a selector names, which may still be on its way."""
    page.wait_for_selector(wanted, state="visible")
    for _ in range(2 * most):
        if page.evaluate("(wanted) => Boolean(document.activeElement?.matches(wanted))", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def test_the_same_by_keys_alone(start: Any) -> None:
    page, press = start, start.keyboard.press
    reach(page, "#examples button")
    made_after(page, lambda: press("Enter"))
    page.evaluate("document.activeElement?.blur()")
    press("Space")
    page.wait_for_function("() => window.heard && window.heard.currentTime > 0.2")
    press("Space")
    reach(page, "#plan-tonic")
    press("ArrowDown")
    reach(page, "#again")
    made_after(page, lambda: press("Enter"))
    press("Home")
    reach(page, ".bars button")
    press("Shift+ArrowRight")
    press("Shift+ArrowRight")
    assert page.input_value("#bar-to") == "2"
    made_after(page, lambda: press("r"))
    press("x")
    page.wait_for_selector("#ab-A[aria-pressed=true]")
    press("2")
    page.wait_for_selector("#ab-A", state="detached")
    reach(page, "#files summary", most=120)
    press("Enter")
    reach(page, "#file-mid")
    with page.expect_download() as waiting:
        press("Enter")
    _is_midi(Path(waiting.value.path()).read_bytes())


PAGE = Path(composer.__file__).parent / "studio" / "page"


@pytest.mark.parametrize(("language", "way"), [("en", "file"), ("ja", "example"), ("es", "mood")])
def test_a_stranger_has_a_file_in_less_than_five_actions(
    start: Any, examples: dict[str, Path], language: str, way: str
) -> None:
    """Following nothing but the words that the page shows."""
    page, actions = start, 0
    page.select_option("#language", language)
    words = json.loads((PAGE / "locales" / f"{language}.json").read_text(encoding="utf-8"))
    page.get_by_role("heading", name=words["start.title"]).wait_for()

    def press(name: str, role: str = "button") -> None:
        nonlocal actions
        actions += 1
        page.get_by_role(role, name=name, exact=True).click()

    if way == "file":
        with page.expect_file_chooser() as chooser:
            press(words["start.choose"])
        chooser.value.set_files(examples["sunny-meadow"])
    elif way == "example":
        press("Storm at night")
    else:
        actions += 1
        page.get_by_role("textbox", name=words["mood"]).first.fill("a calm evening")
        press(words["start.compose"])
    actions += 1
    page.get_by_text(words["downloads"], exact=True).click()
    with page.expect_download() as waiting:
        press(words["file.mid"], "link")
    _is_midi(Path(waiting.value.path()).read_bytes())
    assert actions < 5
    page.wait_for_selector(READY)
    page.select_option("#language", "en")
