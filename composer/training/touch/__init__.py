"""The training of touch: the timing and loudness of players, measured in performances."""
