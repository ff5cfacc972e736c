"""The answers in the key against the printed notes, as music21 reads them from the MusicXML."""

from __future__ import annotations

from itertools import pairwise

import pytest

from composer.theory import parse_note_name


def name(pitch) -> str:
    return pitch.name.replace("-", "b")


def sounding(piece, bar: int):
    """Pitches of a bar in all parts."""
    return [pitch for measure in piece.bar(bar) for chord in measure.recurse().notes if "Harmony" not in chord.classes
            for pitch in chord.pitches]  # fmt: skip


def melody(piece, bar: int):
    """(offset, pitch) of the notes that begin in a bar of the top staff, the highest at each offset."""
    measure = next(iter(piece.bar(bar)))
    top = {}
    for item in measure.recurse().notes:
        if "Harmony" in item.classes:
            continue
        offset = float(item.getOffsetInHierarchy(measure))
        starting = [note for note in item.notes if note.tie is None or note.tie.type == "start"] if item.isChord else (
            [item] if item.tie is None or item.tie.type == "start" else [])  # fmt: skip
        for note in starting:
            top[offset] = max(top.get(offset, 0), note.pitch.midi)
    return sorted(top.items())


def symbols(measure):
    return list(measure.recurse().getElementsByClass("ChordSymbol"))


def test_the_home_note_is_the_lowest_at_the_end_and_the_signature_is_that_of_the_mode(music) -> None:
    from music21 import interval, key, pitch

    home = music.tasks.home
    last = music.composition.plan.bars
    lowest = min(sounding(music, last), key=lambda tone: tone.ps)
    assert name(lowest) == home.last_bass
    assert home.last_bass == home.tonic
    signature = music.full.parts[0].recurse().getElementsByClass("KeySignature")[0]
    assert signature.sharps == home.fifths
    mode = {"harmonic-minor": "minor"}.get(home.mode, home.mode)
    assert key.Key(home.tonic.replace("b", "-"), mode).sharps == home.fifths
    third = interval.Interval(pitch.Pitch(home.tonic.replace("b", "-")), pitch.Pitch(home.third.replace("b", "-")))
    assert third.simpleName in ("m3" if home.minor else "M3", "M6" if home.minor else "m6")


def test_the_pupils_score_does_not_say_the_mode_but_the_teachers_may(music) -> None:
    assert not music.pupil.recurse().getElementsByClass("Key")
    assert music.pupil.recurse().getElementsByClass("KeySignature")[0].sharps == music.tasks.home.fifths
    assert not music.pupil.recurse().getElementsByClass("RehearsalMark")
    assert len(music.full.recurse().getElementsByClass("RehearsalMark")) == len(music.composition.plan.sections)


def test_both_editions_have_the_same_notes(music) -> None:
    for bar in range(1, music.composition.plan.bars + 1):
        assert melody(music, bar) == melody_of(music.pupil, bar)


def melody_of(stream, bar: int):
    from types import SimpleNamespace

    return melody(SimpleNamespace(bar=lambda number: (part.measure(number) for part in stream.parts)), bar)


def test_the_chords_in_the_key_are_those_of_the_score_and_all_their_tones_sound(music) -> None:
    from music21 import harmony

    task = music.tasks.chords
    assert task is not None
    assert len({chord.symbol for chord in task.bars}) == len(task.bars) >= 2
    for asked in task.bars:
        figure = asked.symbol.replace("m7b5", "ø7").replace("m(maj7)", "mM7")
        root, slash, bass = figure.partition("/")
        spelled = root[:1] + root[1:].replace("b", "-", 1) if root[1:2] == "b" else root
        expected = harmony.ChordSymbol(spelled + slash + bass.replace("b", "-"))
        assert {name(tone) for tone in expected.pitches} == {*asked.tones, *([bass] if bass else [])}
        assert asked.tones[0] == name(expected.root())
        heard = {tone.pitchClass for tone in sounding(music, asked.bar)}
        assert {parse_note_name(tone) for tone in asked.tones} <= heard
        printed = latest_symbol(music.full, asked.bar)
        assert printed.root().name == expected.root().name
        assert set(printed.pitchClasses) == set(expected.pitchClasses)


def latest_symbol(stream, bar: int):
    """The chord symbol in force at the beginning of a bar."""
    found = None
    for number in range(1, bar + 1):
        for symbol in symbols(stream.parts[0].measure(number)):
            if number < bar or symbol.offset == 0:
                found = symbol
    return found


def test_asked_bars_have_no_symbol_in_the_pupils_score_and_the_others_keep_theirs(music) -> None:
    asked = {chord.bar for chord in music.tasks.chords.bars}
    for bar in range(1, music.composition.plan.bars + 1):
        full, pupil = (symbols(next(iter(music.bar(bar, pupil=flag)))) for flag in (False, True))
        assert len(pupil) == (0 if bar in asked else len(full))


def test_the_rhythm_is_that_of_the_printed_bar_and_the_bars_alike_share_it(music) -> None:
    task = music.tasks.rhythm
    assert task is not None
    beat = music.full.parts[0].recurse().getElementsByClass("TimeSignature")[0].denominator
    offsets = [offset for offset, _ in melody(music, task.bar)]
    counted = [((number - 1) + (place / 4 if place >= 0 else -place / 3)) * 4 / beat for number, place in task.counts]
    assert counted == pytest.approx(offsets, abs=0.01)
    for bar in task.alike:
        assert [offset for offset, _ in melody(music, bar)] == offsets


def test_what_comes_back_has_the_same_notes_where_the_key_says_so(music) -> None:
    task = music.tasks.returns
    assert task is not None
    assert task.form == tuple(section.name for section in music.composition.plan.sections)
    for back in task.returns:
        assert back.same or back.rhythm
        assert back.bars[0] > back.of[1]
        for bar in back.same:
            assert melody(music, bar) == melody(music, bar - back.bars[0] + back.of[0])
        for bar in back.rhythm:
            here, there = melody(music, bar), melody(music, bar - back.bars[0] + back.of[0])
            assert [offset for offset, _ in here] == [offset for offset, _ in there]
            assert here != there


def test_the_phrase_to_be_invented_follows_the_question_and_closes_at_home(music) -> None:
    task, plan = music.tasks.phrase, music.composition.plan
    assert task is not None
    assert task.answer[0] == task.question[1] + 1
    starts = [section.start_bar for section in plan.sections]
    lengths = [length for section in plan.sections for length in section.phrases]
    ends = [sum(lengths[: index + 1]) for index in range(len(lengths))]
    assert task.answer[1] in ends
    assert task.question[0] in [*starts, *(end + 1 for end in ends)]
    assert task.chords[-1].tones[0] == music.tasks.home.tonic
    assert all(first.bar <= second.bar for first, second in pairwise(task.chords))
