"""Write the music model's vocabulary to ``tokenizers/composer-compound-1.json``; run it when the vocabulary changes."""

from __future__ import annotations

import json
from pathlib import Path

from composer.music.tokens import fingerprint, vocabulary

if __name__ == "__main__":
    folder = Path(__file__).resolve().parents[1] / "tokenizers"
    text = json.dumps({"sha256": fingerprint(), **vocabulary()}, indent=2)
    (folder / "composer-compound-1.json").write_text(text + "\n", encoding="utf-8")
