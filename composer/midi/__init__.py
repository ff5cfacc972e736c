"""Standard MIDI Files of any origin, below the stages: read once, and seen as each stage needs them."""
