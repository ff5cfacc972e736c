"""A model that describes a picture in its own words: open_clip's CoCa.

CoCa (Yu et al. 2022) was trained on photographs and their captions from the web; of paintings it tells what a
photograph would show. Its sentence takes the place of the subject in our caption, the manner and the mood stay ours.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from composer.errors import UsageError
from composer.extras import need
from composer.perception.open_clip_encoder import build_model, find_weights

if TYPE_CHECKING:
    from composer.types import Painting

__all__ = ["COCA", "Captioner", "CocaCaptioner", "load_captioner", "tidy"]

COCA = "coca_ViT-B-32/laion2b_s13b_b90k"
"""The model that ``coca`` stands for; its weights are pinned in `composer.assets.PUBLIC`."""
_BEAMS = 4
_LEAST, _MOST = 4, 24
"""Tokens of a description, its marks of start and end aside."""
_START, _END = 49406, 49407
_MAX_CHARACTERS = 140


class Captioner(Protocol):
    """Something that describes pictures."""

    @property
    def name(self) -> str:
        """Name of the model, for the record of what a caption came from."""

    def describe(self, painting: Painting) -> str:
        """Return a phrase without capital and full stop, or an empty text when nothing usable came out."""


@lru_cache(maxsize=1)
def load_captioner(name: str) -> Captioner:
    """Return a captioner, ready to use.

    Parameters
    ----------
    name : ``"coca"``, or ``MODEL/PRETRAINED`` of one of open_clip's CoCa models; PRETRAINED may be the path of a file.

    Raises
    ------
    UsageError
        There is no such captioner.
    AssetError
        Its weights are not on this machine, or do not fit the model.
    ExternalToolError
        The extra ``clip`` is not installed.
    """
    need("clip", "--captioner")
    import open_clip

    spec = COCA if name == "coca" else name
    model, _, pretrained = spec.partition("/")
    config = open_clip.get_model_config(model) if model in open_clip.list_models() else None
    if not pretrained or config is None or "multimodal_cfg" not in config:
        raise UsageError(
            f"--captioner: {name!r} is no captioner; allowed: coca, or MODEL/PRETRAINED of a CoCa model of open_clip",
            hint="say --captioner coca, or leave it out for the embedded words",
        )
    weights = find_weights(model, pretrained, option="--captioner")
    return CocaCaptioner(spec, *build_model(spec, model, pretrained, weights))


class CocaCaptioner:
    """A CoCa model that is read by beam search.

    Parameters
    ----------
    spec : its name.
    model : the open_clip model, for inference.
    prepare : its picture preparation.
    tokenizer : its tokenizer.
    """

    def __init__(self, spec: str, model: Any, prepare: Any, tokenizer: Any) -> None:
        self._spec, self._model, self._prepare, self._tokenizer = spec, model, prepare, tokenizer

    @property
    def name(self) -> str:
        """``open_clip MODEL/PRETRAINED``."""
        return f"open_clip {self._spec}"

    def describe(self, painting: Painting) -> str:
        """Return the likeliest description that the search finds; the same picture always gives the same."""
        import torch
        from PIL import Image

        with torch.inference_mode():
            picture = self._prepare(Image.fromarray(painting.rgb))[None]  # (1, 3, H, W)
            latent, patches = self._model._encode_image(picture)  # as its own generate does
            tokens = self._search(picture, latent, patches)
        return tidy(self._tokenizer.decode(tokens))

    def _search(self, picture: Any, latent: Any, patches: Any) -> list[int]:
        """Beam search; finished beams compare by the mean log-probability of their tokens."""
        beams: list[tuple[float, list[int]]] = [(0.0, [_START])]
        done: list[tuple[float, list[int]]] = []
        for length in range(1, _MOST + 1):
            scores = self._next(beams, picture, latent, patches)  # (B, V)
            if length <= _LEAST:
                scores[:, _END] = -1e9
            totals = scores + scores.new_tensor([[score] for score, _ in beams])
            best, places = totals.flatten().topk(2 * _BEAMS)
            grown: list[tuple[float, list[int]]] = []
            for score, place in zip(best.tolist(), places.tolist(), strict=True):
                beam, token = divmod(place, scores.shape[1])
                if token == _END:
                    done.append((score / length, beams[beam][1][1:]))
                elif len(grown) < _BEAMS:
                    grown.append((score, [*beams[beam][1], token]))
            beams = grown
            if len(done) >= _BEAMS:
                break
        done += [(score / _MOST, tokens[1:]) for score, tokens in beams] if not done else []
        return max(done, key=lambda item: item[0])[1]

    def _next(self, beams: list[tuple[float, list[int]]], picture: Any, latent: Any, patches: Any) -> Any:
        """Log-probabilities of the next token of each beam, (B, V)."""
        import torch

        count = len(beams)
        text = torch.tensor([tokens for _, tokens in beams])  # (B, T)
        found = self._model(
            picture.expand(count, -1, -1, -1),
            text,
            image_latent=latent.expand(count, -1),
            image_embs=patches.expand(count, -1, -1),
            output_labels=False,
        )
        return torch.log_softmax(found["logits"][:, -1].float(), dim=-1)


def tidy(text: str) -> str:
    """Make a model's description a phrase that fits into a caption: no marks, no doubled words, no loose ends.

    What has nothing but marks in it becomes an empty text.
    """
    plain = re.sub(r"<[a-z_]+>", " ", text)
    plain = re.sub(r"[^\w\s,'-]", " ", plain)
    plain = re.sub(r"\s+([,'])", r"\1", " ".join(plain.split()))
    plain = re.sub(r"\b(\w+)(?: \1\b)+", r"\1", plain)
    plain = re.sub(r",(?:\s*,)+", ",", plain)
    if len(plain) > _MAX_CHARACTERS:
        plain = plain[:_MAX_CHARACTERS].rsplit(" ", 1)[0]
    plain = re.sub(r"(?:[\s,'-]|\b(?:a|an|the|of|in|on|with|and|by|at)\b)+$", "", plain).lstrip(" ,'-")
    return plain if re.search(r"[A-Za-z]{2}", plain) else ""
