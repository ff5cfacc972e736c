"""Plan to score, and bars of MIDI files written anew: representation, transformer, grammar and sampling loop."""

from __future__ import annotations

from composer.music.continuing import extend
from composer.music.generate import Generation, generate
from composer.music.region import Rewrite
from composer.music.rewriting import infill

__all__ = ["Generation", "Rewrite", "extend", "generate", "infill"]
