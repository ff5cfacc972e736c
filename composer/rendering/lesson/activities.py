"""The activities as HTML: for each task what is asked and what is true, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from composer.rendering.lesson import score_pictures as staves
from composer.rendering.lesson.caption_words import CaptionPart
from composer.rendering.lesson.catalogue import Catalogue
from composer.rendering.lesson.content import LessonContent
from composer.rendering.lesson.localized_names import (
    bars_text,
    caption_text,
    key_text,
    note_text,
    part_text,
    pretty,
    value_text,
)
from composer.rendering.lesson.markup import Markup, el, image, join
from composer.rendering.lesson.melody import melody_bars
from composer.rendering.lesson.plan_words import means_text
from composer.rendering.lesson.rhythm_line import rhythm_values
from composer.rendering.lesson.tasks import (
    ChordTask,
    FeelingTask,
    HomeTask,
    ListeningTask,
    PhraseTask,
    ReturnTask,
    RhythmTask,
    Version,
    WordTask,
)

__all__ = ["Activity", "activities", "picture_image"]

_PLACES = {
    1: "counts.e", 2: "counts.and", 3: "counts.a", -1: "counts.triplet-second", -2: "counts.triplet-third",
}  # fmt: skip
"""Place in the beat, in quarters or (negative) thirds of it -> how it is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """An activity: `name` is its table in the catalogue; `ask` and `answer` are HTML."""

    name: str
    ask: Markup
    answer: Markup


def activities(content: LessonContent, text: Catalogue) -> Iterator[Activity]:
    """The activities of a lesson in the order in which they are done."""
    tasks = content.tasks
    yield _home(tasks.home, text)
    if tasks.chords is not None:
        yield _chords(tasks.chords, text)
    if tasks.rhythm is not None:
        yield _rhythm(content, tasks.rhythm, text)
    if tasks.returns is not None:
        yield _returns(tasks.returns, text)
    if tasks.words is not None:
        yield _words(content, tasks.words, text)
    if tasks.phrase is not None:
        yield _phrase(content, tasks.phrase, text)
    if tasks.listening is not None:
        yield _listening(tasks.listening, tasks.home, text)
    if tasks.feelings is not None:
        yield _feelings(tasks.feelings, text)


# ------------------------------------------------------------------------------------------- pieces


def picture_image(picture: staves.Picture, alt: str) -> Markup:
    """A stretch of engraved music."""
    return image(picture.svg.encode(), "svg+xml", alt, style=f"width:{picture.width_mm:g}mm")


def _music(xml: bytes, content: LessonContent, alt: str, *, share: float = 1.0) -> Markup:
    """A line or two of music as wide as the text, or a `share` of it."""
    layout = content.layout
    size = staves.Size(width_mm=layout.width_mm * share, height_mm=layout.height_mm, staff_mm=layout.staff_mm)
    return join(el("figure", picture_image(picture, alt)) for picture in staves.pictures(xml, size, strip=True))


def _line(text: Catalogue, *, short: bool = False) -> Markup:
    return el("span", class_="lines short" if short else "lines", role="img", aria_label=text("page.blank"))


def _items(items: Sequence[str], tag: str = "ul") -> Markup:
    return el(tag, *(el("li", item) for item in items))


def _header(*cells: str) -> Markup:
    return el("thead", el("tr", *(el("th", cell, scope="col") for cell in cells)))


def _blank_cell(text: Catalogue) -> Markup:
    return el("td", el("span", role="img", aria_label=text("page.blank")), class_="write")


# ------------------------------------------------------------------------------------ the activities


def _home(task: HomeTask, text: Catalogue) -> Activity:
    asked = [text("home.signature"), text("home.bass")]
    if task.third:
        asked.append(text("home.third"))
    asked.append(text("home.key"))
    ask = join((el("p", text("home.ask")), el("ol", *(el("li", item, " ", _line(text, short=True)) for item in asked))))
    tonic, bass = note_text(task.tonic, text), note_text(task.last_bass, text)
    at_home = task.last_bass == task.tonic
    facts = [
        text("home.answer-signature", signature=_signature(task.fifths, text)),
        text("home.answer-bass", note=bass) if at_home else text("home.answer-bass-other", note=bass, tonic=tonic),
        _third(task, tonic, text),
        text(f"explain.{task.mode}"),
    ]
    key = el("p", text("home.answer", key=key_text(task.tonic, task.mode, text)), class_="key")
    return Activity(name="home", ask=ask, answer=join((key, _items(facts))))


def _third(task: HomeTask, tonic: str, text: Catalogue) -> str:
    if not task.third:
        return text("home.answer-third-none")
    kind = "minor" if task.minor else "major"
    return text(f"home.answer-third-{kind}", tonic=tonic, third=note_text(task.third, text))


def _signature(fifths: int, text: Catalogue) -> str:
    if fifths == 0:
        return text("signature.none")
    kind = "sharp" if fifths > 0 else "flat"
    return text(f"signature.{kind}-{'one' if abs(fifths) == 1 else 'many'}", count=abs(fifths))


def _chords(task: ChordTask, text: Catalogue) -> Activity:
    bars = bars_text((chord.bar for chord in task.bars), text)
    rows = (
        el("tr", el("th", str(chord.bar), scope="row"), _blank_cell(text), _blank_cell(text)) for chord in task.bars
    )
    head = _header(text("chords.bar"), text("chords.notes"), text("chords.symbol"))
    ask = join(
        (
            el("p", text("chords.ask", bars=bars)),
            el("table", head, el("tbody", *rows)),
            el("p", text("chords.hint"), class_="hint"),
        )
    )
    answers = (
        el(
            "tr",
            el("th", str(chord.bar), scope="row"),
            el("td", _notes(chord.tones, text)),
            el("td", pretty(chord.symbol), class_="key"),
        )
        for chord in task.bars
    )
    return Activity(name="chords", ask=ask, answer=el("table", head, el("tbody", *answers)))


def _notes(names: Sequence[str], text: Catalogue) -> str:
    return " ".join(note_text(name, text) for name in names)


def _rhythm(content: LessonContent, task: RhythmTask, text: Catalogue) -> Activity:
    counts = _counts(task, text)
    score, meter = content.composition, content.composition.score.plan.meter
    written = rhythm_values(melody_bars(score.score)[task.bar - 1], meter)
    values = text("list.comma").join(value_text(note, text) for note in written)
    alt = text("rhythm.alt", bar=task.bar, meter=meter, values=values)
    ask = join(
        (
            el("p", text("rhythm.ask", bar=task.bar)),
            _music(staves.rhythm_score(score, task), content, alt, share=0.75),
            el("p", text("rhythm.write")),
            el("p", text("rhythm.find"), " ", _line(text, short=True)),
        )
    )
    alike = text("rhythm.answer-alone")
    if task.alike:
        alike = text("rhythm.answer-alike", bars=bars_text(task.alike, text))
    answer = join(
        (
            el("p", text("rhythm.answer-counts", counts=" ".join(counts)), class_="key"),
            _music(staves.rhythm_score(score, task, counts=counts), content, alt, share=0.75),
            el("p", alike),
        )
    )
    return Activity(name="rhythm", ask=ask, answer=answer)


def _counts(task: RhythmTask, text: Catalogue) -> list[str]:
    """What is said on each note; beats on which none begins are counted in brackets where the next one needs them."""
    said, last = [], 0
    for beat, place in task.counts:
        name = str(beat) if place == 0 else text(_PLACES.get(place, "counts.other"))
        said.append(f"({beat}) {name}" if place != 0 and beat != last else name)
        last = beat
    return said


def _returns(task: ReturnTask, text: Catalogue) -> Activity:
    first = task.returns[0].of
    asked = [text("returns.first", first=first[0], last=first[1]), text("returns.new"), text("returns.name")]
    ask = join(
        (
            el("p", text("returns.ask", count=len(task.form))),
            el("ol", *(el("li", item, _line(text)) for item in asked)),
        )
    )
    facts: list[str] = []
    for back in task.returns:
        said = [
            text("returns.answer-return", name=_letter(back.name), first=back.bars[0], last=back.bars[1],
                 of=_letter(back.of_name))
        ]  # fmt: skip
        if back.same:
            said.append(text("returns.answer-same", bars=bars_text(back.same, text)))
        if back.rhythm:
            said.append(text("returns.answer-rhythm", bars=bars_text(back.rhythm, text)))
        facts.append(text("list.sentence").join(said))
    facts += [text("returns.answer-new", first=bars[0], last=bars[1]) for bars in task.new]
    form = text("returns.answer-form", form=" ".join(_letter(name) for name in task.form))
    return Activity(name="returns", ask=ask, answer=join((el("p", form, class_="key"), _items(facts))))


def _letter(name: str) -> str:
    return name.replace("'", "′")


def _words(content: LessonContent, task: WordTask, text: Catalogue) -> Activity:
    plan = content.composition.plan
    translated = caption_text(plan.caption, text)
    shown = [
        part_text(CaptionPart(kind=word.kind, text=word.text), text) if translated else word.text for word in task.words
    ]
    language = None if translated or text.language == "en" else "en"
    names = [
        el("th", name or word.text, scope="row", lang=language) for name, word in zip(shown, task.words, strict=True)
    ]
    head = _header(text("words.word"), text("words.heard"), text("words.means"))
    ask = join(
        (
            el("p", text("words.ask")),
            el("blockquote", el("p", translated or plan.caption), lang=language),
            el("p", text("words.task")),
            el(
                "table",
                head,
                el("tbody", *(el("tr", n, _blank_cell(text), _blank_cell(text)) for n in names)),
                class_="heard",
            ),
        )
    )
    rows = []
    for name, word in zip(names, task.words, strict=True):
        if word.means:
            how = text("list.comma").join(means_text(means, plan, text) for means in word.means)
        else:
            how = text("words.colours-means" if word.kind == "colours" else "words.no-means")
        rows.append(el("tr", name, el("td", text("words.yes" if word.means else "words.no")), el("td", how)))
    answer = join((el("table", head, el("tbody", *rows), class_="heard"), el("p", text("words.note"), class_="hint")))
    return Activity(name="words", ask=ask, answer=answer)


def _phrase(content: LessonContent, task: PhraseTask, text: Catalogue) -> Activity:
    piece, tonic = content.composition, note_text(content.tasks.home.tonic, text)

    span = {"question": _range(task.question, text), "own": _range(task.answer, text)}
    symbols = [pretty(chord.symbol) for chord in task.chords]
    blank_alt = text(
        "phrase.blank-alt", count=task.answer[1] - task.answer[0] + 1, chords=text("list.comma").join(symbols)
    )
    tones = {pretty(chord.symbol): _notes(chord.tones, text) for chord in task.chords}
    ask = join(
        (
            el("p", text("phrase.ask", bars=span["question"])),
            _music(
                staves.phrase_score(piece, task.question, chords=False), content,
                text("phrase.question-alt", bars=span["question"]),
            ),
            el("p", text("phrase.write", tonic=tonic)),
            _music(staves.phrase_score(piece, task.answer, chords=True, empty=True), content, blank_alt),
            el("p", text("phrase.tones"), class_="hint"),
            el("ul", *(el("li", text("phrase.tone-row", symbol=s, notes=n)) for s, n in tones.items()), class_="words"),
        )
    )  # fmt: skip
    checks = [text("phrase.check-start"), text("phrase.check-beats"), text("phrase.check-steps"),
              text("phrase.check-end", tonic=tonic)]  # fmt: skip
    answer = join(
        (
            el("p", text("phrase.answer")),
            _items(checks),
            el("p", text("phrase.own", bars=span["own"])),
            _music(
                staves.phrase_score(piece, task.answer, chords=True), content,
                text("phrase.question-alt", bars=span["own"]),
            ),
        )
    )  # fmt: skip
    return Activity(name="phrase", ask=ask, answer=answer)


def _range(bars: tuple[int, int], text: Catalogue) -> str:
    first, last = bars
    return text("bars.one", bars=first) if first == last else text("bars.range", first=first, last=last)


def _listening(task: ListeningTask, home: HomeTask, text: Catalogue) -> Activity:
    letters = text.join([version.letter for version in task.versions])
    asked = [text("listening.which"), text("listening.what"), text("listening.mood")]
    ask = join(
        (
            el("p", text("listening.ask", letters=letters)),
            el("ul", *(_recording(version, text) for version in task.versions)),
            el("ol", *(el("li", item, _line(text)) for item in asked)),
            el("p", text("listening.hint"), class_="hint"),
        )
    )
    printed = next(version for version in task.versions if version.change == "none")
    facts = [_change(version, printed, home, text) for version in task.versions]
    return Activity(name="listening", ask=ask, answer=_items(facts))


def _recording(version: Version, text: Catalogue) -> Markup:
    label = text("listening.play", letter=version.letter)
    links = [el("a", file, href=file) for file in version.files]
    shown = [piece for link in links for piece in (link, " ")]
    sounds = [file for file in version.files if file.endswith(".wav")]
    players = [el("audio", controls=True, preload="none", src=file, aria_label=label) for file in sounds]
    return el("li", el("strong", label), ": ", *shown, *players)


def _change(version: Version, printed: Version, home: HomeTask, text: Catalogue) -> str:
    if version.change == "none":
        return text("listening.answer-none", letter=version.letter)
    if version.change == "mode":
        return text("listening.answer-mode", letter=version.letter, key=key_text(home.tonic, version.mode, text))
    kind = "slower" if version.tempo_bpm < printed.tempo_bpm else "faster"
    return text(
        f"listening.answer-{kind}",
        letter=version.letter,
        bpm=f"{version.tempo_bpm:g}",
        printed=f"{printed.tempo_bpm:g}",
    )


_CORNERS = ("glad", "sad", "wild", "calm")


def _feelings(task: FeelingTask, text: Catalogue) -> Activity:
    lists = {corner: _separate(text(f"feelings.{corner}"), text) for corner in _CORNERS}
    # One word of each corner after the other, so that those that belong together do not stand together.
    mixed = [lists[corner][place] for place in range(min(map(len, lists.values()))) for corner in _CORNERS]
    ask = join(
        (
            el("p", text("feelings.ask")),
            el("ul", *(el("li", word) for word in mixed), class_="words"),
            el("p", text("feelings.sentence"), " ", _line(text, short=True), " ", text("feelings.because")),
            el("p", _line(text)),
        )
    )
    answer = join(
        (
            el("p", text("feelings.answer", words=text(f"feelings.{task.corner}")), class_="key"),
            el("p", text("feelings.answer-note")),
        )
    )
    return Activity(name="feelings", ask=ask, answer=answer)


def _separate(words: str, text: Catalogue) -> list[str]:
    return [word.strip() for word in words.split(text("list.comma").strip())]
