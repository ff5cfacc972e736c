"""Painting in, perception out: colours, words, emotions and an embedding, each with its source."""
