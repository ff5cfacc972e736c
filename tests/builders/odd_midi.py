"""Damaged and odd MIDI files, byte by byte: what other programs write, and what happens to files on their way.

Everything is made here, so that no code of ours and no library stands between a test and its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["ACCEPTED", "END", "REFUSED", "OddFile", "by_name", "clip", "meta", "name", "note", "riff", "smf", "track"]

Timed = tuple[int, bytes]
"""Tick from the beginning, and an event without its time."""
END = b"\xff\x2f\x00"


def variable(number: int) -> bytes:
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))


def meta(kind: int, data: bytes) -> bytes:
    return bytes([0xFF, kind]) + variable(len(data)) + data


def name(text: str, encoding: str = "utf-8") -> bytes:
    return meta(3, text.encode(encoding))


def sysex(*data: int) -> bytes:
    return b"\xf0" + variable(len(data)) + bytes(data)


def clip(events: Iterable[Timed], *, end: bytes = b"\x00" + END) -> bytes:
    """A track's bytes; ``end`` stands behind its events."""
    body, now = b"", 0
    for tick, event in sorted(events, key=lambda item: item[0]):
        body += variable(tick - now) + event
        now = tick
    return body + end


def track(events: Iterable[Timed], *, end: bytes = b"\x00" + END, size: int | None = None) -> bytes:
    body = clip(events, end=end)
    return b"MTrk" + (len(body) if size is None else size).to_bytes(4) + body


def smf(*chunks: bytes, kind: int = 1, division: int = 480, count: int | None = None) -> bytes:
    tracks = sum(chunk[:4] == b"MTrk" for chunk in chunks) if count is None else count
    return b"MThd" + (6).to_bytes(4) + b"".join(n.to_bytes(2) for n in (kind, tracks, division)) + b"".join(chunks)


def riff(*chunks: tuple[bytes, bytes], form: bytes = b"RMID") -> bytes:
    body = b"".join(k + len(d).to_bytes(4, "little") + d + b"\0" * (len(d) % 2) for k, d in chunks)
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + form + body


def note(tick: int, length: int, pitch: int, *, channel: int = 0, velocity: int = 80) -> list[Timed]:
    return [
        (tick, bytes([0x90 | channel, pitch, velocity])),
        (tick + length, bytes([0x80 | channel, pitch, 64])),
    ]


def scale(*, channel: int = 0, base: int = 60, bars: int = 4, quarter: int = 480) -> list[Timed]:
    steps = (0, 2, 4, 5, 7, 9, 11, 12)
    return [
        event for at in range(4 * bars) for event in note(at * quarter, quarter, base + steps[at % 8], channel=channel)
    ]


def beat(*, channel: int, bars: int = 4) -> list[Timed]:
    keys = (36, 42, 38, 42)
    return [event for at in range(8 * bars) for event in note(at * 240, 240, keys[at % 4], channel=channel)]


TEMPO, METER, KEY = meta(0x51, b"\x07\xa1\x20"), meta(0x58, b"\x04\x02\x18\x08"), meta(0x59, b"\x00\x00")
HEAD = track([(0, TEMPO), (0, METER)])
PIANO = track([(0, b"\xc0\x00"), *scale()])


def with_head(*events: bytes) -> bytes:
    return smf(track([(0, TEMPO), (0, METER), *((0, event) for event in events)]), PIANO)


def with_piano(*events: Timed, end: bytes = b"\x00" + END) -> bytes:
    return smf(HEAD, track([(0, b"\xc0\x00"), *events, *scale()], end=end))


def with_body(body: bytes, **header: int) -> bytes:
    return smf(HEAD, b"MTrk" + len(body).to_bytes(4) + body, **header)


@dataclass(frozen=True, kw_only=True)
class OddFile:
    """A file by name; what is said about it: ``repairs`` it is read with, or ``refused``, why it is not read.

    ``same`` says that an edit leaves every byte that it does not touch.
    """

    name: str
    data: bytes
    repairs: tuple[str, ...] = ()
    refused: str = ""
    same: bool = True


def _good(name: str, data: bytes, *repairs: str, same: bool = True) -> OddFile:
    return OddFile(name=name, data=data, repairs=repairs, same=same)


def _bad(name: str, data: bytes, refused: str) -> OddFile:
    return OddFile(name=name, data=data, refused=refused)


PLAIN = smf(HEAD, PIANO)
_KEY_PASSED, _TEMPO_PASSED = "a key signature that says nothing possible", "a tempo that says nothing possible"
_METER_PASSED, _CLIPPED = "a time signature that says nothing possible", "data bytes over 127 count as 127"
_CUT, _NO_END = "the track is cut short", "the track has no end"
_LIST = b"INFOINAM\x05\x00\x00\x00Song\x00\x00"
RUNNING = b"".join(
    b"\x00\x90\x3c\x50" * (at == 0) + b"\x00\x3c\x50" * (at > 0) + b"\x83\x60\x3c\x00" for at in range(16)
)

ACCEPTED: Sequence[OddFile] = (
    _good("plain", PLAIN),
    # keys, meters and tempi
    _good("key of 14 sharps", with_head(meta(0x59, b"\x0e\x00")), _KEY_PASSED),
    _good("key of 8 flats", with_head(meta(0x59, b"\xf8\x00")), _KEY_PASSED),
    _good("key in mode 7", with_head(meta(0x59, b"\x02\x07")), _KEY_PASSED),
    _good("key of one byte", with_head(meta(0x59, b"\x00")), _KEY_PASSED),
    _good("key of no byte", with_head(meta(0x59, b"")), _KEY_PASSED),
    _good("key with a byte too many", with_head(meta(0x59, b"\x02\x00\x00"))),
    _good("tempo of no byte", with_head(meta(0x51, b"")), _TEMPO_PASSED),
    _good("tempo of 0", with_head(meta(0x51, bytes(3))), _TEMPO_PASSED),
    _good("meter of one byte", with_head(meta(0x58, b"\x03")), _METER_PASSED),
    _good("meter of two bytes", with_head(meta(0x58, b"\x04\x02"))),
    _good("meter of 0/4", with_head(meta(0x58, b"\x00\x02\x18\x08")), _METER_PASSED),
    _good("meter with an endless unit", with_head(meta(0x58, b"\x04\xff\x18\x08")), _METER_PASSED),
    _good("SMPTE offset", with_head(meta(0x54, b"\x60\x00\x00\x00\x00"))),
    _good("SMPTE offset of one byte", with_head(meta(0x54, b"\x60"))),
    _good("sequence number of no byte", with_head(meta(0x00, b""))),
    _good("channel prefix of no byte", with_head(meta(0x20, b""))),
    _good("port of no byte", with_head(meta(0x21, b""))),
    _good("unknown meta event", with_head(meta(0x60, b"\x01\x02\x03"))),
    # bytes
    _good("volume of 168", with_piano((0, b"\xb0\x07\xa8")), _CLIPPED, same=False),
    _good("velocity of 200", with_piano((0, b"\x90\x40\xc8"), (480, b"\x80\x40\x40")), _CLIPPED, same=False),
    _good("program of 200", with_piano((0, b"\xc0\xc8")), _CLIPPED, same=False),
    _good("clock", with_piano((960, b"\xf8"), (1440, b"\xf8")), "the byte 0xf8 in a track plays nothing"),
    _good("active sensing", with_piano((960, b"\xfe")), "the byte 0xfe in a track plays nothing"),
    _good("song position", with_piano((960, b"\xf2\x00\x01")), "the byte 0xf2 in a track plays nothing"),
    _good("running status", with_body(RUNNING + b"\x00" + END)),
    _good(
        "running status behind a text",
        with_body(RUNNING[:8] + b"\x00" + meta(1, b"la") + RUNNING[8:] + b"\x00" + END),
        same=False,
    ),
    _good("long times", with_piano(*note(0x1FFFF, 480, 60))),
    _good("padded times", with_body(b"\x80\x80\x00\x90\x3c\x50\x83\x60\x80\x3c\x40" + RUNNING + b"\x00" + END)),
    # system exclusive messages
    _good("split message", with_piano((0, b"\xf0\x04\x43\x12\x00\x07"), (10, b"\xf7\x03\x01\x02\xf7"))),
    _good("message without an end", with_piano((0, sysex(0x43, 0x12, 0x00)))),
    _good("escaped bytes", with_piano((0, b"\xf7\x02\xf3\x01"))),
    _good("empty message", with_piano((0, b"\xf0\x00"))),
    _good("reset", with_piano((0, sysex(0x7E, 0x7F, 0x09, 0x01, 0xF7)))),
    # chunks
    _good("type 0", smf(track([(0, TEMPO), (0, METER), (0, b"\xc0\x00"), *scale()]), kind=0)),
    _good("type 0 with two tracks", smf(HEAD, PIANO, kind=0), "a type 0 file holds 2 tracks", same=False),
    _good("RIFF wrapping", riff((b"data", PLAIN))),
    _good("RIFF wrapping of an odd length", riff((b"data", with_piano((0, meta(1, b"la")))))),
    _good("RIFF wrapping with INFO before", riff((b"LIST", _LIST), (b"data", PLAIN))),
    _good("RIFF wrapping with INFO behind", riff((b"data", PLAIN), (b"LIST", _LIST))),
    _good("unknown chunk", smf(b"XFIH" + (4).to_bytes(4) + b"abcd", HEAD, PIANO)),
    _good("unknown chunk of an odd length between", smf(HEAD, b"XFKM" + (3).to_bytes(4) + b"abc", PIANO)),
    _good("unknown chunk at the end", smf(HEAD, PIANO, b"CASM" + (3).to_bytes(4) + b"abc")),
    _good("bytes at the end", PLAIN + b"\0\0\0"),
    _good("long header", b"MThd" + (8).to_bytes(4) + PLAIN[8:14] + b"\1\2" + PLAIN[14:]),
    _good("two files in one", PLAIN + PLAIN, "a second MIDI file"),
    _good("65535 tracks claimed", smf(HEAD, PIANO, count=65535), "the header names 65535 tracks", same=False),
    _good("one track claimed", smf(HEAD, PIANO, count=1), "the header names 1 tracks", same=False),
    _good("no track claimed", smf(HEAD, PIANO, count=0), "the header names 0 tracks", same=False),
    _good("empty track", smf(HEAD, track([]), PIANO)),
    _good("track of no byte", smf(HEAD, b"MTrk" + bytes(4), PIANO), _NO_END, same=False),
    _good("no end of a track", with_piano(end=b""), _NO_END, same=False),
    _good("bytes behind the end of a track", with_piano(end=b"\x00" + END + b"\x00\x90\x3c\x50")),
    _good("cut in a track", PLAIN[:-60], _CUT, same=False),
    _good("cut behind an event", PLAIN[:-4], _CUT, same=False),
    _good(
        "cut in the name of a chunk",
        PLAIN + b"MTr",
    ),
    _good("track longer than the file", smf(HEAD, track([*scale()], size=70_000)), _CUT, same=False),
    _good("text longer than its track", with_piano(end=b"\x00\xff\x01\x7fab"), _CUT, same=False),
    _good("a number cut short", with_piano(end=b"\x81"), _CUT, same=False),
    # notes
    _good("note without an end", with_piano((0, b"\x90\x30\x50"))),
    _good("end without a note", with_piano((0, b"\x80\x30\x40"))),
    _good("one pitch twice at once", with_piano(*note(0, 960, 48), *note(480, 960, 48))),
    _good("note of no length", with_piano(*note(480, 0, 48))),
    _good("note ended by velocity 0", with_body(RUNNING + b"\x00" + END)),
    _good("two ports", smf(HEAD, PIANO, track([(0, meta(0x21, b"\x01")), (0, b"\xc0\x28"), *scale(base=48)]))),
    # time
    _good("one tick a quarter note", smf(HEAD, track(scale(quarter=1)), division=1)),
    _good("32767 ticks a quarter note", smf(HEAD, track(scale(quarter=32767)), division=32767)),
    _good("film frames", smf(HEAD, track(scale(quarter=500)), division=0xE728), "time counted in film frames"),
    _good("drop frames", smf(HEAD, track(scale(quarter=600)), division=0xE328), "time counted in film frames"),
    # texts
    _good("name in UTF-8", with_head(name("Frühling – 春"))),
    _good("name in code page 1252", with_head(name("Frühling – für Elise", "cp1252"))),
    _good("name in Shift-JIS", with_head(name("ピアノ", "cp932"))),
    _good("name in UTF-16", with_head(name("Frühling", "utf-16"))),
    _good("name with zeros", with_head(meta(3, b"Song\0\0\0\0"))),
    _good("name of half a character", with_head(meta(3, "Flöte".encode()[:3]))),
    _good(
        "karaoke", with_head(meta(1, b"@KMIDI KARAOKE FILE"), meta(1, b"@TTitle"), meta(5, b"/La"), meta(1, b"\\la"))
    ),
    # drums
    _good("drums alone", smf(HEAD, track(beat(channel=9)))),
    _good("drums alone in XG", smf(HEAD, track([(0, b"\xb2\x00\x7f"), (0, b"\xc2\x00"), *beat(channel=2)]))),
    _good("kit in XG", smf(HEAD, PIANO, track([(0, b"\xb2\x00\x7f"), (0, b"\xc2\x00"), *beat(channel=2)]))),
)

REFUSED: Sequence[OddFile] = (
    _bad("empty", b"", "it is empty"),
    _bad("text", b"just some words\n", "it begins with b'just'"),
    _bad("picture", b"\x89PNG\r\n\x1a\n" + bytes(50), "it begins with"),
    _bad("four letters", b"MThd", "its header is cut short"),
    _bad("header cut short", PLAIN[:12], "its header is cut short"),
    _bad("short header", b"MThd" + (2).to_bytes(4) + PLAIN[8:], "its header is cut short"),
    _bad("header alone", PLAIN[:14], "it holds none of the 2 tracks"),
    _bad("no track", smf(), "it holds none of the 0 tracks"),
    _bad("type 2", smf(HEAD, PIANO, kind=2), "it is of type 2"),
    _bad("type 500", smf(HEAD, PIANO, kind=500), "it is of type 500"),
    _bad("no time", smf(HEAD, PIANO, division=0), "its time division is 0"),
    _bad("31 frames a second", smf(HEAD, PIANO, division=0xE128), "its time division is 0xe128"),
    _bad("no tick in a frame", smf(HEAD, PIANO, division=0xE700), "its time division is 0xe700"),
    _bad("no note", smf(HEAD, track([])), "holds no note"),
    _bad("notes of velocity 0", with_body(b"\x00\x90\x3c\x00" + b"\x00" + END), "holds no note"),
    _bad("data without a status", with_body(b"\x00\x3c\x50\x00" + END), "without a status byte (track 2, byte 0)"),
    _bad("unknown status", with_piano((960, b"\xf4\x01")), "the status byte 0xf4"),
    _bad("long number", with_body(b"\xff\xff\xff\xff\x7f\x90\x3c\x50"), "a number is longer than four bytes"),
    _bad("years", with_piano((0x0FFFFFFF, b"\x90\x3c\x50")), "longer than the 60 minutes"),
    _bad(
        "a bar a tick",
        smf(track([(0, meta(0x58, b"\x01\x06\x18\x08"))]), track(note(0, 480, 60) + note(99_999, 1, 60)), division=16),
        "20000 bars",
    ),
    _bad("RIFF sound", riff((b"data", PLAIN), form=b"WAVE"), "it begins with b'RIFF'"),
    _bad("RIFF wrapping of nothing", riff((b"LIST", _LIST)), "a RIFF file without a data chunk"),
    _bad("RIFF wrapping of text", riff((b"data", b"just some words")), "it begins with b'just'"),
)


def by_name(name: str) -> OddFile:
    """One of the files."""
    return next(file for file in (*ACCEPTED, *REFUSED) if file.name == name)
