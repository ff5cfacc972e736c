#!/usr/bin/env python3
"""Write ``manifest.json``: the list of weight and tokenizer files with their checksums.

scripts/hash_weights.py                 the list of the embedded files
scripts/hash_weights.py --check         exit with 1 when that list is not up to date
scripts/hash_weights.py --root DIR      a list for weights of your own, in a folder used as COMPOSER_HOME
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from composer.assets import MANIFEST_FORMAT, sha256_of
from composer.files import atomic_write
from composer.version import __version__

REPOSITORY = Path(__file__).resolve().parents[1]
SUFFIXES = {".safetensors": "weights", ".json": "config", ".npz": "weights", ".onnx": "weights", ".txt": "tokenizer"}
BUDGET_BYTES = 60_000_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--root", type=Path, help="folder of your own weights")
    arguments = parser.parse_args()
    roots = (
        [(arguments.root, "")]
        if arguments.root
        else [
            (REPOSITORY / "composer" / "weights", ""),
            (REPOSITORY / "tokenizers", "tokenizers/"),
        ]
    )
    target = roots[0][0] / "manifest.json"
    text = manifest(roots)
    if arguments.check:
        if target.is_file() and target.read_text(encoding="utf-8") == text:
            return 0
        print(f"{target} is not up to date: run scripts/hash_weights.py", file=sys.stderr)
        return 1
    with atomic_write(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    print(f"{target}: {text.count('sha256')} files")
    return 0


def manifest(roots: list[tuple[Path, str]]) -> str:
    """The list as text, sorted by name."""
    entries = [
        entry(path, prefix + path.relative_to(root).as_posix()) for root, prefix in roots for path in files(root)
    ]
    total = sum(int(str(item["size"])) for item in entries)
    if total > BUDGET_BYTES:
        print(f"warning: {total} bytes of weights; the budget is {BUDGET_BYTES}", file=sys.stderr)
    entries.sort(key=lambda item: str(item["name"]))
    return json.dumps({"format": MANIFEST_FORMAT, "assets": entries}, indent=2) + "\n"


def files(root: Path) -> list[Path]:
    """What counts as an asset: known kinds of files, nothing hidden, not the list itself."""
    return [
        path
        for path in sorted(root.rglob("*"))
        if path.suffix in SUFFIXES
        and path.is_file()
        and path.name != "manifest.json"
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    ]


def entry(path: Path, name: str) -> dict[str, object]:
    """One file's record; see `composer.assets.Asset`."""
    kind = "tokenizer" if name.startswith("tokenizers/") else SUFFIXES[path.suffix]
    return {
        "name": name,
        "kind": kind,
        "sha256": sha256_of(path),
        "size": path.stat().st_size,
        "licence": "Apache-2.0",
        "source": "composer",
        "revision": __version__,
    }


if __name__ == "__main__":
    sys.exit(main())
