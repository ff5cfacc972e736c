"""The page: what a reader, a screen reader and a keyboard find in it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from composer.errors import UsageError
from composer.rendering.lesson import Layout, languages, lesson_html, load_catalogue


class Reader(HTMLParser):
    """Headings, pictures, links, ids and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._silent = 0
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        self._silent += tag == "style"
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag) -> None:
        self._silent -= tag == "style"

    def handle_data(self, data) -> None:
        if not self._silent:
            self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def sad(lesson_kit):
    piece = lesson_kit.piece("sad").composition
    plan = replace(
        piece.plan,
        title="Sea & <Storm>",
        caption=lesson_kit.CAPTION,
        reasons={**piece.plan.reasons, "meter": "‹ship› in the caption: rocking", "mode": "dark",
                 "tempo_bpm": "69 x 2", "valence": "sad 40%", "arousal": "sad 40%"},
    )  # fmt: skip
    return replace(piece, plan=plan, score=replace(piece.score, plan=plan))


@pytest.fixture(scope="module", params=languages())
def page(request: pytest.FixtureRequest, lesson_kit, sad) -> tuple[str, Reader]:
    html = lesson_html(lesson_kit.content(sad, language=request.param, painting=jpeg()))
    return request.param, Reader(html)


def jpeg() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "#204060").save(buffer, "JPEG")
    return buffer.getvalue()


def test_the_language_is_named_and_every_activity_is_there_with_its_answer(page) -> None:
    language, reader = page
    assert reader.of("html")[0]["lang"] == language
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for name in ("home", "chords", "rhythm", "returns", "words", "phrase", "listening", "feelings"):
        assert name in ids
        assert f"answer-{name}" in ids


def test_headings_go_down_one_step_at_a_time(page) -> None:
    _, reader = page
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    steps = [after - before for before, after in zip(reader.headings, reader.headings[1:], strict=False)]
    assert max(steps) == 1


def test_every_picture_says_what_it_shows_and_is_inside_the_file(page) -> None:
    _, reader = page
    images = reader.of("img")
    assert len(images) >= 6
    for image in images:
        assert image["src"].startswith("data:image/")
        assert len(image["alt"]) > 10


def test_nothing_is_fetched_and_nothing_runs(page) -> None:
    _, reader = page
    assert not reader.of("script")
    assert not reader.of("link")
    targets = [attributes.get("href") or attributes.get("src") for _, attributes in reader.tags]
    for target in filter(None, targets):
        assert target.startswith(("data:image/", "#")) or re.fullmatch(r"x-[a-z-]+\.(mid|wav|musicxml)", target)


def test_every_link_inside_the_page_leads_somewhere(page) -> None:
    _, reader = page
    ids = {attributes.get("id") for _, attributes in reader.tags}
    links = [a["href"][1:] for a in reader.of("a") if a["href"].startswith("#")]
    assert len(links) >= 10
    assert set(links) <= ids


def test_text_from_outside_cannot_become_markup(lesson_kit, sad) -> None:
    html = lesson_html(lesson_kit.content(sad))
    assert "Sea &amp; &lt;Storm&gt;" in html
    assert "<Storm>" not in html


def test_the_caption_is_the_alternative_text_of_the_picture(lesson_kit, sad) -> None:
    reader = Reader(lesson_html(lesson_kit.content(sad, painting=jpeg())))
    assert reader.of("img")[0]["alt"] == lesson_kit.CAPTION


def test_the_key_is_told_in_the_answers_only(lesson_kit, sad) -> None:
    html = lesson_html(lesson_kit.content(sad))
    before, after = html.split('id="answers"')
    assert "F sharp minor" not in before
    assert "F sharp minor" in after


def test_words_that_were_heard_are_told_from_those_that_were_not(lesson_kit, sad) -> None:
    html = lesson_html(lesson_kit.content(sad))
    row = re.search(r"<tr><th scope=\"row\">A stormy sea with ships</th><td>yes</td><td>([^<]*)</td>", html)
    assert row is not None
    assert "meter" in row[1]
    assert re.search(r"<th scope=\"row\">deep blues and greys</th><td>no</td>", html)
    assert re.search(r"<th scope=\"row\">solemn</th><td>yes</td>", html)


def test_a_lesson_without_a_picture_asks_to_imagine_one(lesson_kit) -> None:
    reader = Reader(lesson_html(lesson_kit.content(lesson_kit.piece("glad").composition, painting=None)))
    assert load_catalogue("en")("look.none") in reader.text
    assert all("svg" in image["src"][:20] for image in reader.of("img"))


def test_large_print_has_larger_text_and_larger_staves(lesson_kit, sad) -> None:
    pages = [lesson_html(lesson_kit.content(sad, large_print=flag)) for flag in (False, True)]
    sizes = [float(re.search(r"html \{ font: ([\d.]+)pt", html)[1]) for html in pages]
    assert sizes[1] >= 18 > sizes[0]
    assert Layout(large_print=True).staff_mm > 1.4 * Layout().staff_mm


def test_an_unknown_page_or_language_is_refused() -> None:
    with pytest.raises(UsageError, match="--page"):
        Layout(page="a5")
    with pytest.raises(UsageError, match="--language"):
        load_catalogue("xx")
