"""The training of touch: marks as printed scores have them, timing and loudness as players have them."""
