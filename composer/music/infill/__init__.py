"""Bars of MIDI files written anew or added, in the terms that the model was trained on."""

from __future__ import annotations

from composer.music.infill.continuation import extend
from composer.music.infill.infilling import infill
from composer.music.infill.search import Rewrite

__all__ = ["Rewrite", "extend", "infill"]
