"""The gallery of a collection: a static site that works from a folder. What ``compose gallery`` does."""

from __future__ import annotations

from composer.gallery.site import Gallery, make_gallery

__all__ = ["Gallery", "make_gallery"]
