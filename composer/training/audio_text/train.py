"""Train the Composer audio-text encoder and its tagger on the renders' spectra.

    python -m composer.training.audio_text.train --cache runs/audio-text --out DIR

InfoNCE in both directions between passages and sentences (van den Oord et al. 2018); a passage that fits another's
sentence as well, in all that the sentence names, counts neither for nor against. The tagger's heads learn beside it.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from composer.metrics.sound_words import TONICS, Facts, SoundWords, words
from composer.metrics.tags import GROUPS, tag_names
from composer.sentences import embed_sentences
from composer.training.audio_text.captions import QUALITIES, Caption, caption
from composer.training.audio_text.network import SoundNetwork

__all__ = ["RECIPE", "Renders", "full_captions", "load_renders", "ranks", "save", "train"]

RECIPE = Path(__file__).parents[1] / "recipes" / "audio_text_encoder.toml"
_SILENCE = -13.8


@dataclass(frozen=True, kw_only=True)
class Renders:
    """Rows of a cache: spectra (float16, n, 148, 312), words, and the fonts that played them."""

    spectra: NDArray[np.float16]
    words: Sequence[SoundWords]
    fonts: NDArray[np.str_]
    pieces: Sequence[str]


def load_renders(cache: Path, split: str) -> Renders:
    """Read what `composer.training.audio_text.render` wrote, as far as it got."""
    with (cache / f"renders-{split}.jsonl").open(encoding="utf-8") as table:
        rows = [json.loads(line) for line in table if line.endswith("\n")]
    array = np.load(cache / f"renders-{split}.npy", mmap_mode="r")[: len(rows)]
    fonts, pieces = [row.pop("font") for row in rows], [row.pop("piece") for row in rows]
    found = [words(Facts(**row | {"instruments": tuple(row["instruments"])})) for row in rows]
    return Renders(spectra=np.asarray(array), words=found, fonts=np.array(fonts), pieces=pieces)


# --------------------------------------------------------------------------------------------- targets


def _codes(found: Sequence[SoundWords]) -> NDArray[np.int64]:
    """Every quality's value as a number, shape (n, qualities)."""
    table = [[str(getattr(each, name)) for name in QUALITIES] for each in found]
    return np.stack([np.unique(column, return_inverse=True)[1] for column in zip(*table, strict=True)], axis=1)


def _said(captions: Sequence[Caption]) -> NDArray[np.bool_]:
    return np.array([[name in each.said for name in QUALITIES] for each in captions])


def _targets(found: Sequence[SoundWords]) -> Tensor:
    """Index of each group's tag, -1 where there is none, shape (n, groups)."""
    rows = []
    for each in found:
        values = {name: each.instruments[0] if name == "instrument" else getattr(each, name) for name in GROUPS}
        rows.append([tags.index(values[name]) if values[name] in tags else -1 for name, tags in GROUPS.items()])
    return torch.tensor(rows)


def _tag_loss(logits: Tensor, target: Tensor) -> Tensor:
    losses, at = [], 0
    for column, tags in enumerate(GROUPS.values()):
        part = logits[:, at : at + len(tags)]
        losses.append(functional.cross_entropy(part, target[:, column], ignore_index=-1))
        at += len(tags)
    return torch.stack(losses).mean()


def _keys(found: Sequence[SoundWords]) -> Tensor:
    """The twelve major keys from C on, then the minor ones; -1 where the key is not sure."""
    names = [f"{tonic} {mode}" for mode in ("major", "minor") for tonic in TONICS]
    return torch.tensor([names.index(each.key) if each.key else -1 for each in found])


def _contrast(network: SoundNetwork, sounds: Tensor, texts: Tensor, fits: Tensor) -> Tensor:
    """InfoNCE; ``fits[i, j]``: passage j fits sentence i as well, and is left out."""
    logits = network.log_scale.exp().clamp(max=60) * texts @ sounds.T
    logits = logits.masked_fill(fits & ~torch.eye(len(fits), dtype=torch.bool), -1e4)
    target = torch.arange(len(logits))
    return (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)) / 2


# --------------------------------------------------------------------------------------------- training


def train(
    renders: Renders, held_out: Renders, recipe: Mapping[str, Any], start: Mapping[str, Tensor] | None = None
) -> SoundNetwork:
    """Train the network, from the weights `start` if there are any; prints losses and held-out ranks on the way."""
    choice = recipe["optimiser"]
    torch.manual_seed(choice["seed"])
    rng = np.random.default_rng(choice["seed"])
    network = SoundNetwork(len(tag_names())).to(memory_format=torch.channels_last)
    if start is not None:
        network.load_state_dict({name: tensor.float() for name, tensor in start.items()})
    each, share = recipe["captions"]["each"], recipe["captions"]["full"]
    captions = [[caption(one, rng, full=bool(rng.random() < share)) for _ in range(each)] for one in renders.words]
    flat = [sentence for group in captions for sentence in group]
    texts = torch.from_numpy(embed_sentences([sentence.text for sentence in flat])).view(len(captions), each, -1)
    said = _said(flat).reshape(len(captions), each, -1)
    codes, targets, keys = _codes(renders.words), _targets(renders.words), _keys(renders.words)
    size = min(choice["batch"], len(captions))
    steps = choice["epochs"] * (len(captions) // size)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=choice["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, choice["learning_rate"], total_steps=steps, pct_start=0.15
    )
    judge = full_captions(held_out.words, seed=1)
    for epoch in range(choice["epochs"]):
        for batch in _batches(len(captions), size, rng):
            pick = rng.integers(each, size=size)
            view = _view(renders.spectra[batch], choice, rng)
            hidden = network.hidden(view)
            fits = ((codes[batch][None] == codes[batch][:, None]) | ~said[batch, pick][:, None]).all(2)
            told = _contrast(
                network, network.embed_sound(hidden), network.embed_text(texts[batch, pick]), torch.from_numpy(fits)
            )
            tagged = _tag_loss(network.tagger(hidden), targets[batch])
            tuned = functional.cross_entropy(network.key_logits(view), keys[batch], ignore_index=-1)
            loss = told + choice["tags"] * tagged + choice["keys"] * tuned
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        if epoch % 4 == 3 or epoch + 1 == choice["epochs"]:
            found = ranks(network.eval(), held_out.spectra, judge)
            network.train()
            print(
                f"epoch {epoch + 1}: contrast {told.item():.3f} tags {tagged.item():.3f} keys {tuned.item():.3f}; "
                f"held out, among 100: R@1 {(found < 1).mean():.3f} R@10 {(found < 10).mean():.3f}",
                flush=True,
            )
    return network.eval()


def _batches(count: int, size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    order = rng.permutation(count)
    yield from (order[at : at + size] for at in range(0, count - size + 1, size))


def _view(spectra: NDArray[np.float16], choice: Mapping[str, Any], rng: np.random.Generator) -> Tensor:
    """A stretch of each passage with some of its times and bands blanked out (SpecAugment, Park et al. 2019)."""
    length = choice["crop"]
    start = int(rng.integers(spectra.shape[2] - length + 1))
    view = spectra[:, :, start : start + length].astype(np.float32)
    view += rng.normal(0, 0.4, (len(view), 1, 1)).astype(np.float32)
    for row in view:
        for _ in range(choice["masks"]):
            at, width = int(rng.integers(length - 16)), int(rng.integers(0, 16))
            row[:, at : at + width] = _SILENCE
            at, width = int(rng.integers(len(row) - 8)), int(rng.integers(0, 8))
            row[at : at + width] = _SILENCE
    return torch.from_numpy(view)


# -------------------------------------------------------------------------------------------- measuring


def full_captions(found: Sequence[SoundWords], *, seed: int) -> list[str]:
    """A sentence with every quality for each passage."""
    rng = np.random.default_rng(seed)
    return [caption(each, rng, full=True).text for each in found]


@torch.inference_mode()
def ranks(
    network: SoundNetwork, spectra: NDArray[np.float16], texts: Sequence[str], *, among: int = 100
) -> NDArray[np.int64]:
    """How many of `among` sentences fit each passage better than its own; groups of successive rows."""
    sounds = torch.cat(
        [
            network.embed_sound(network.hidden(torch.from_numpy(spectra[at : at + 64].astype(np.float32))))
            for at in range(0, len(spectra), 64)
        ]
    )
    said = network.embed_text(torch.from_numpy(embed_sentences(texts)))
    found = []
    for at in range(0, len(sounds) - among + 1, among):
        table = sounds[at : at + among] @ said[at : at + among].T
        found.append((table > table.diagonal()[:, None]).sum(1))
    return torch.cat(found).numpy()


def save(network: SoundNetwork, path: Path) -> None:
    """Write the weights: float16, statistics of normalisation in float32."""
    from safetensors.torch import save_file

    state = network.state_dict()
    exact = ("running_mean", "running_var", "log_scale", "num_batches_tracked")
    stored = {k: v.clone() if k.endswith(exact) else v.half().contiguous() for k, v in state.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(stored, path, metadata={"format": "pt"})


def main() -> None:
    """Run from the command line."""
    from safetensors.torch import load_file

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, default=Path("runs/audio-text"))
    parser.add_argument("--out", type=Path, required=True, help="folder for model.safetensors")
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    options = parser.parse_args()
    recipe = tomllib.loads(options.recipe.read_text(encoding="utf-8"))
    start = load_file(options.start) if options.start else None
    network = train(load_renders(options.cache, "train"), load_renders(options.cache, "val"), recipe, start)
    save(network, options.out / "model.safetensors")


if __name__ == "__main__":
    main()
