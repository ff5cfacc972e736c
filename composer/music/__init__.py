"""Plan to score: representation, transformer, rules, sampling; `composer.music.infill` for bars of MIDI files."""

from __future__ import annotations

from composer.music.generate import Commission, Draft, Generation, generate, generate_together, lay_out_commission

__all__ = ["Commission", "Draft", "Generation", "generate", "generate_together", "lay_out_commission"]
