"""Training of the Composer audio-text encoder: renders of openly licensed music with sentences about them."""
