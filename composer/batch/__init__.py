"""Collections: many pictures composed by several processes, each exactly once. What ``compose batch`` does."""

from __future__ import annotations

from composer.batch.collection import Batch, Piece, Summary, plan_batch, run_batch

__all__ = ["Batch", "Piece", "Summary", "plan_batch", "run_batch"]
