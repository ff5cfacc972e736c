"""Compositions as files: MIDI, audio, JSON, MusicXML, engraved pages.

What is exported here is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from composer.rendering.audio.rendering import AudioFacts, composition_events, render_midi, stem_names
    from composer.rendering.audio.soundfont import find_soundfont
    from composer.rendering.engraving import engrave
    from composer.rendering.json_file import composition_to_json
    from composer.rendering.midi import score_to_midi, write_midi
    from composer.rendering.musicxml.document import score_to_musicxml, write_musicxml
    from composer.rendering.sheet import Sheet
    from composer.rendering.writers import (
        OutputFacts,
        check_extension,
        check_notation,
        extensions,
        is_played,
        part_names,
        shows_picture,
        write,
        write_events,
        write_stems,
    )

__all__ = [
    "AudioFacts",
    "OutputFacts",
    "Sheet",
    "check_extension",
    "check_notation",
    "composition_events",
    "composition_to_json",
    "engrave",
    "extensions",
    "find_soundfont",
    "is_played",
    "part_names",
    "render_midi",
    "score_to_midi",
    "score_to_musicxml",
    "shows_picture",
    "stem_names",
    "write",
    "write_events",
    "write_midi",
    "write_musicxml",
    "write_stems",
]

_HOMES = {
    "AudioFacts": "audio.rendering",
    "OutputFacts": "writers",
    "Sheet": "sheet",
    "check_extension": "writers",
    "check_notation": "writers",
    "composition_events": "audio.rendering",
    "composition_to_json": "json_file",
    "engrave": "engraving",
    "extensions": "writers",
    "find_soundfont": "audio.soundfont",
    "is_played": "writers",
    "part_names": "writers",
    "render_midi": "audio.rendering",
    "score_to_midi": "midi",
    "score_to_musicxml": "musicxml.document",
    "shows_picture": "writers",
    "stem_names": "audio.rendering",
    "write": "writers",
    "write_events": "writers",
    "write_midi": "midi",
    "write_musicxml": "musicxml.document",
    "write_stems": "writers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
