"""Recipes, corpora and trainers. Nothing outside this package imports it."""
