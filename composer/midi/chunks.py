"""The chunks of a MIDI file: header, tracks, what other programs put beside them, and the RIFF wrapping of Windows.

Everything is kept, so that a file with other tracks can be written in the old one's place. Sources of the formats:
*Standard MIDI Files 1.0*, MIDI Manufacturers Association, RP-001 (1996); *Multimedia Programming Interface and Data
Specifications 1.0*, IBM and Microsoft (1991), for RIFF and its form RMID.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["BrokenError", "Chunk", "Chunks", "plain_midi", "read_chunks", "riff_midi", "write_chunks"]

_TRACK, _HEADER = b"MTrk", b"MThd"
_MOST_CHUNKS = 100_000


class BrokenError(ValueError):
    """What is wrong with the bytes, to stand after a colon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Four letters and bytes; ``cut`` says that the file ends before the chunk does."""

    kind: bytes
    body: bytes
    cut: bool = False

    @property
    def is_track(self) -> bool:
        """True for tracks; everything else is to be skipped, says the standard."""
        return self.kind == _TRACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunks:
    """A MIDI file in chunks.

    Attributes
    ----------
    format, claimed, division : the header's numbers: 0, 1 or 2; how many tracks it names; how time is counted.
    header_rest : bytes of the header beyond these.
    chunks : those that follow, however many tracks the header names.
    rest : bytes after them: less than a chunk, or another MIDI file.
    riff : the RIFF file's bytes before and after the MIDI file, None without the wrapping.
    """

    format: int
    claimed: int
    division: int
    header_rest: bytes
    chunks: tuple[Chunk, ...]
    rest: bytes
    riff: tuple[bytes, bytes] | None

    @property
    def tracks(self) -> tuple[Chunk, ...]:
        """The tracks among the chunks."""
        return tuple(chunk for chunk in self.chunks if chunk.is_track)


def read_chunks(data: bytes) -> Chunks:
    """Take a MIDI file apart.

    Raises
    ------
    BrokenError
        It is empty, begins with something else, or its header is cut short.
    """
    if not data:
        raise BrokenError("it is empty")
    data, riff = _unwrapped(data)
    if data[:4] != _HEADER:
        raise BrokenError(f"it begins with {data[:4]!r}, expected {_HEADER!r}")
    size = int.from_bytes(data[4:8])
    if len(data) < 14 or size < 6:
        raise BrokenError("its header is cut short")
    format_, claimed, division = (int.from_bytes(data[at : at + 2]) for at in (8, 10, 12))
    chunks: list[Chunk] = []
    at = 8 + size
    while len(data) >= at + 8 and data[at : at + 4] != _HEADER and len(chunks) < _MOST_CHUNKS:
        length = int.from_bytes(data[at + 4 : at + 8])
        body = data[at + 8 : at + 8 + length]
        chunks.append(Chunk(kind=data[at : at + 4], body=body, cut=len(body) < length))
        at += 8 + length
    return Chunks(
        format=format_,
        claimed=claimed,
        division=division,
        header_rest=data[14 : 8 + size],
        chunks=tuple(chunks),
        rest=data[at:],
        riff=riff,
    )


def write_chunks(file: Chunks, tracks: Sequence[bytes]) -> bytes:
    """The bytes of a file whose tracks hold other events; a type 0 file with several tracks becomes one of type 1."""
    format_ = 1 if file.format == 0 and len(tracks) != 1 else file.format
    header = b"".join(number.to_bytes(2) for number in (format_, len(tracks), file.division)) + file.header_rest
    new: Iterator[bytes] = iter(tracks)
    body = [_chunk(_HEADER, header)]
    body += [_chunk(chunk.kind, next(new) if chunk.is_track else chunk.body) for chunk in file.chunks]
    body.append(file.rest)
    data = b"".join(body)
    return data if file.riff is None else _wrapped(data, *file.riff)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4) + body


# -------------------------------------------------------------------------------------- RIFF wrapping


def _unwrapped(data: bytes) -> tuple[bytes, tuple[bytes, bytes] | None]:
    """The MIDI file within a RIFF file of the form RMID, and what stands before and after it there."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return data, None
    at = 12
    while len(data) >= at + 8:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            end = at + 8 + size
            return data[at + 8 : end], (data[12:at], data[end + size % 2 :])
        at += 8 + size + size % 2
    raise BrokenError("it is a RIFF file without a data chunk")


def _wrapped(data: bytes, before: bytes, after: bytes) -> bytes:
    body = before + b"data" + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2) + after
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"RMID" + body


def plain_midi(data: bytes) -> bytes:
    """A MIDI file without the RIFF wrapping; one that has none stays as it is."""
    return _unwrapped(data)[0]


def riff_midi(data: bytes) -> bytes:
    """A MIDI file in the RIFF wrapping; one that has it stays as it is."""
    return data if _unwrapped(data)[1] is not None else _wrapped(data, b"", b"")
