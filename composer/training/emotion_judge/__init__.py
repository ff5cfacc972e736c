"""Fitting the judge of emotion; its weights are never shipped."""
