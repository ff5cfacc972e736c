"""Plan to score: representation, transformer, rules, sampling; `composer.music.infill` for bars of MIDI files."""

from __future__ import annotations

from composer.music.generate import Generation, generate

__all__ = ["Generation", "generate"]
