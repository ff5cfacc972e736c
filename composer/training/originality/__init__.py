"""Indexing the melodic figures of the training split."""
