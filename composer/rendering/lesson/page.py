"""A lesson as one HTML file: everything that is needed to read it is inside.

Headings go down one step at a time, every picture of music says in words what it shows, the answers open with the
keyboard, and there is no script.
"""

from __future__ import annotations

from collections.abc import Sequence

from composer.midi.texts import printable_text
from composer.rendering.lesson import score_pictures as staves
from composer.rendering.lesson.activities import Activity, activities, picture_image
from composer.rendering.lesson.catalogue import Catalogue, load_catalogue
from composer.rendering.lesson.content import LessonContent
from composer.rendering.lesson.localized_names import caption_text
from composer.rendering.lesson.markup import Markup, el, image, join
from composer.rendering.lesson.melody import melody_track
from composer.rendering.lesson.plan_words import instrument_name, instruments_text
from composer.rendering.lesson.style import style_sheet
from composer.rendering.notation.marks import tempo_mark
from composer.version import __version__

__all__ = ["lesson_html"]

_MUSIC_HEAD_MM, _ANSWER_HEAD_MM = 34.0, 16.0
"""Room for what stands over the first page of the pupil's score and of the score with answers, in ordinary print."""
_SCREEN_ONLY = "details::details-content { content-visibility: visible; }"


def lesson_html(content: LessonContent, *, paper: bool = False, fonts: str | None = None) -> str:
    """The lesson as an HTML document.

    Parameters
    ----------
    content : LessonContent
    paper : bool
        For a PDF: the answers stand open, and what only a screen can do is left out.
    fonts : str, optional
        Font families instead of those of the screen.

    Raises
    ------
    ExternalToolError
        The music cannot be engraved.
    """
    text = load_catalogue(content.language)
    title = printable_text(content.composition.plan.title)
    parts = list(activities(content, text))
    css = style_sheet(content.layout, footer=title, **({"fonts": fonts} if fonts else {}))
    if not paper:
        css += f"@media print {{ {_SCREEN_ONLY} }}\n"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="generator", content=f"Composer {__version__}"),
        el("title", text("page.title", title=title)),
        el("style", Markup(css)),
    )
    body = el(
        "body",
        *(() if paper else (el("a", text("page.skip"), class_="skip", href="#main"), _contents(parts, text))),
        el("main", *_sections(content, parts, text, paper=paper), id="main"),
        *(() if paper else (el("footer", *_files(content, text)),)),
    )
    return f"<!DOCTYPE html>\n{el('html', head, body, lang=content.language)}\n"


def _contents(parts: Sequence[Activity], text: Catalogue) -> Markup:
    links = [("picture", text("page.picture")), ("music", text("page.music"))]
    links += [(part.name, _title(number, part, text)) for number, part in enumerate(parts, start=1)]
    links += [("answers", text("page.answers"))]
    items = (el("li", el("a", label, href=f"#{name}")) for name, label in links)
    return el("nav", el("ul", *items), aria_label=text("page.contents"))


def _title(number: int, part: Activity, text: Catalogue) -> str:
    return f"{number}. {text(f'{part.name}.title')}"


def _sections(content: LessonContent, parts: Sequence[Activity], text: Catalogue, *, paper: bool) -> list[Markup]:
    return [
        _opening(content, text, paper=paper),
        _music(content, text),
        el(
            "section",
            el("h2", text("page.activities"), id="activities"),
            *(_asked(number, part, text) for number, part in enumerate(parts, start=1)),
            class_="newpage",
            aria_labelledby="activities",
        ),
        _answers(content, parts, text, paper=paper),
    ]


# ------------------------------------------------------------------------------------------ sections


def _opening(content: LessonContent, text: Catalogue, *, paper: bool) -> Markup:
    plan = content.composition.plan
    blanks = (el("span", text("page.name")), el("span", text("page.date")))
    return join(
        (
            el("p", text("page.kicker"), class_="kicker"),
            el("h1", printable_text(plan.title)),
            el("p", *blanks, class_="head"),
            el("section", el("h2", text("page.picture"), id="picture"), *_picture(content, text),
               aria_labelledby="picture"),
            *(_files_on_paper(content, text) if paper and not content.layout.large_print else ()),
        )
    )  # fmt: skip


def _picture(content: LessonContent, text: Catalogue) -> list[Markup]:
    plan = content.composition.plan
    caption = caption_text(plan.caption, text)
    said, language = caption or printable_text(plan.caption), None if caption else "en"
    shown: list[Markup] = []
    if content.painting is not None:
        seen = content.composition.perception if text.language == "en" else None
        alt = (seen.alt if seen is not None else "") or said or text("look.alt-missing")
        note = (el("figcaption", text("look.caption"), " ", el("span", said, lang=language)),) if said else ()
        picture = image(content.painting, "jpeg", alt, lang=language if said else None)
        shown += [el("figure", picture, *note, class_="painting"), el("p", text("look.look"))]
    else:
        shown.append(el("p", text("look.none")))
    return [*shown, _about(content, text)]


def _about(content: LessonContent, text: Catalogue) -> Markup:
    plan = content.composition.plan
    rows = [
        ("instruments", instruments_text(plan, text)),
        ("level", text(f"levels.{plan.level}") if plan.level else ""),
        ("bars", text("about.bars-value", bars=plan.bars)),
        ("meter", plan.meter),
        ("tempo", text("about.tempo-value", words=tempo_mark(plan).words, bpm=f"{plan.tempo_bpm:g}")),
    ]
    pairs = [piece for name, value in rows if value for piece in (el("dt", text(f"about.{name}")), el("dd", value))]
    return el("dl", *pairs, class_="about")


def _music(content: LessonContent, text: Catalogue) -> Markup:
    xml = staves.pupil_score(content.composition, content.tasks)
    return el(
        "section",
        el("h2", text("page.music"), id="music"),
        el("p", text("look.play"), *_leader(content, text)),
        *_score(content, xml, text, head_mm=_MUSIC_HEAD_MM),
        class_="newpage",
        aria_labelledby="music",
    )


def _leader(content: LessonContent, text: Catalogue) -> tuple[str, ...]:
    """Who has the melody, where there are several players."""
    plan, track = content.composition.plan, melody_track(content.composition.score)
    name = instrument_name(track.instrument, text)
    return (" ", text("look.melody", instrument=name)) if name != instruments_text(plan, text) else ()


def _score(content: LessonContent, xml: bytes, text: Catalogue, *, head_mm: float) -> list[Markup]:
    layout, plan = content.layout, content.composition.plan
    room = layout.height_mm - head_mm * layout.font_pt / 11.5
    size = staves.Size(width_mm=layout.width_mm, height_mm=room, staff_mm=layout.staff_mm)
    pictures = staves.pictures(xml, size)
    alts = [text("look.score-alt", instruments=instruments_text(plan, text), meter=plan.meter, bars=plan.bars)]
    alts += [text("look.score-alt-page", page=page, pages=len(pictures)) for page in range(2, len(pictures) + 1)]
    return [el("figure", picture_image(picture, alt)) for picture, alt in zip(pictures, alts, strict=True)]


def _asked(number: int, part: Activity, text: Catalogue) -> Markup:
    heading = el("h3", _title(number, part, text), id=part.name)
    return el("section", heading, part.ask, class_="activity")


def _answers(content: LessonContent, parts: Sequence[Activity], text: Catalogue, *, paper: bool) -> Markup:
    answers = [
        el("section", el("h3", _title(number, part, text), id=f"answer-{part.name}"), part.answer, class_="answer")
        for number, part in enumerate(parts, start=1)
    ]  # fmt: skip
    xml = staves.answer_score(content.composition)
    score = el(
        "section",
        el("h3", text("page.answer-score"), id="answer-score"),
        *_score(content, xml, text, head_mm=_ANSWER_HEAD_MM),
        class_="newpage",
        aria_labelledby="answer-score",
    )
    # On paper the score comes last, on a page of its own; large print has no room for the files on its first page.
    files = _files_on_paper(content, text) if paper and content.layout.large_print else ()
    inside = (el("p", text("page.answers-note")), *files, *answers, score)
    hidden = inside if paper else (el("details", el("summary", text("page.answers-open")), *inside),)
    heading = el("h2", text("page.answers"), id="answers")
    return el("section", heading, *hidden, class_="newpage", aria_labelledby="answers")


def _files_on_paper(content: LessonContent, text: Catalogue) -> tuple[Markup, ...]:
    return (el("section", *_files(content, text, level="h3"), class_="files"),)


def _files(content: LessonContent, text: Catalogue, *, level: str = "h2") -> tuple[Markup, ...]:
    seed = content.composition.provenance.get("seed", "")
    files = [(content.pupil_file, "page.file-pupil"), (content.answer_file, "page.file-answers")]
    links = (el("li", el("a", file.name, href=file.as_posix()), f" - {text(key)}") for file, key in files)
    return (
        el(level, text("page.files")),
        el("ul", *links),
        el("p", text("page.files-note"), " ", text("page.colophon", version=__version__, seed=seed)),
    )
