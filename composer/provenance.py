"""The provenance of a piece: seed, picture, sampling, models and versions.

No clock, no host name and no path: the same run gives the same bytes.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

from composer.options import ComposeOptions
from composer.types import Painting, Perception, Region
from composer.version import __version__

__all__ = ["provenance"]

_LOG = logging.getLogger(__name__)
_VERSIONED = ("numpy", "onnxruntime", "Pillow", "scipy")
_OF_PUBLIC_MODELS = ("open_clip_torch", "torch")
"""Named only where one of them has read the picture: an extra that lies unused changes no result."""


def provenance(
    options: ComposeOptions,
    *,
    painting: Painting | None,
    perception: Perception | None,
    plan_sha256: str | None,
    seed: int,
    generation: Mapping[str, Any],
    originality: Mapping[str, Any],
    profile: Mapping[str, Any] | None = None,
    regions: Sequence[Region] = (),
) -> dict[str, Any]:
    """Collect what a result says about its making.

    Parameters
    ----------
    options : ComposeOptions
        Only the sampling settings are taken from here; what else they chose is in the plan.
    painting, perception : optional
        The picture and its reading.
    plan_sha256 : str, optional
        Hex digest of the plan file that was given.
    seed : int
        The seed that was used.
    generation : mapping
        What the music stage says: weights and tokenizer with their checksums, scores of the candidates.
    originality : mapping
        What the piece shares with the training set.
    profile : mapping, optional
        Whose preferences were followed; left out without a profile.
    regions : sequence of Region
        The way through the picture that the sections follow; left out without one.

    Returns
    -------
    dict
        Plain JSON data.
    """
    return {
        "composer": __version__,
        "seed": seed,
        "image": _image(painting) if painting is not None else None,
        "plan_sha256": plan_sha256,
        "sampling": {
            "candidates": options.candidates,
            "temperature": options.temperature,
            "top_p": options.top_p,
        },
        "perception": dict(perception.sources) if perception is not None else None,
        "music": dict(generation),
        **({"profile": dict(profile)} if profile is not None else {}),
        **({"regions": [_region(region) for region in regions]} if regions else {}),
        "originality": dict(originality),
        "versions": _versions(public=perception is not None and "open_clip" in str(dict(perception.sources))),
    }


def _image(painting: Painting) -> dict[str, Any]:
    return {
        "name": painting.name,
        "sha256": painting.sha256,
        "format": painting.format,
        "size": [painting.width, painting.height],
    }


def _region(region: Region) -> dict[str, Any]:
    return {
        "name": region.name,
        "box": [region.left, region.top, region.right, region.bottom],
        "valence": round(region.valence, 4),
        "arousal": round(region.arousal, 4),
    }


def _versions(*, public: bool) -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in (*_VERSIONED, *(_OF_PUBLIC_MODELS if public else ())):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            _LOG.info("%s has no version information", package)
    return found
