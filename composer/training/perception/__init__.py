"""Training of the painting encoder and of the affect regression on top of it."""
