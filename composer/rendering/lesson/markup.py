"""HTML as values: text is escaped where it enters, so that nothing of a title or caption can become markup."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape

__all__ = ["Markup", "el", "image", "join"]

_VOID = frozenset({"img", "br", "meta", "link"})


class Markup(str):
    """HTML that is ready to be put into a page."""

    __slots__ = ()


def el(tag: str, *children: str, **attributes: object) -> Markup:
    """An element; plain strings among the children are escaped.

    A trailing underscore of an attribute's name is dropped (``class_``), other underscores become hyphens; True writes
    the bare name, None and False leave it out.
    """
    written = "".join(
        f" {_name(name)}" if value is True else f' {_name(name)}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{join(children)}</{tag}>")


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def join(children: Iterable[str]) -> Markup:
    """Several pieces one after the other; plain strings are escaped."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def image(data: bytes, kind: str, alt: str, **attributes: object) -> Markup:
    """A picture inside the page: `kind` is ``"jpeg"`` or ``"svg+xml"``."""
    return el("img", src=f"data:image/{kind};base64,{b64encode(data).decode()}", alt=alt, **attributes)
