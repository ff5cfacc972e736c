"""Training of the reading of texts: what people feel on reading a title, a label, a mood."""
