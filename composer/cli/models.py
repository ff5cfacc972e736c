"""``compose models``: the files that Composer works with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from composer import assets
from composer.assets import Asset
from composer.cli.console import emit_json, progress_bar, say
from composer.cli.group import ComposeCommand, ComposeGroup
from composer.cli.parameters import talk_options
from composer.errors import AssetError

if TYPE_CHECKING:
    from composer.rendering.font_registry import FontState

__all__ = ["command"]


class _ModelsGroup(ComposeGroup):
    """``models``: a slip in its place is a wrong subcommand, never a picture."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a subcommand (click's hook)."""
        return click.Group.resolve_command(self, ctx, args)


@click.group("models", cls=_ModelsGroup, invoke_without_command=True, short_help="List, verify or fetch model files.")
@talk_options
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the model files, verify them, or fetch one of the large public ones.

    \b
    Examples:
      compose models
      compose models verify
      compose models pull ViT-B-32/laion2b_s34b_b79k
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_command)


@command.command("list", cls=ComposeCommand, short_help="What is known, and what is here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@talk_options
def list_command(*, as_json: bool = False) -> None:
    """List every model file: its name, size, licence and whether it is here; then the soundfonts.

    Soundfonts are not part of Composer. Those named here are free; put one into the folder soundfonts/, or install the
    package that is named, and it is found. 'in use' is the one that plays when --soundfont names none.
    """
    from composer.rendering.font_registry import font_states

    rows = [(asset, assets.find(asset.name)) for asset in assets.registry()]
    fonts = list(font_states())
    if as_json:
        emit_json([*(_record(asset, path) for asset, path in rows), *map(_font_record, fonts)])
        return
    for asset, path in rows:
        click.echo(f"{_state(asset, path):<10} {_size(asset.size):>9}  {asset.licence:<11} {asset.name}")
    click.echo("\nSoundfonts:")
    for font in fonts:
        click.echo(f"{_font_state(font):<10} {_size(font.size):>9}  {font.licence:<11} {font.name} - {font.source}")


def _font_record(font: FontState) -> dict[str, object]:
    return {
        "name": font.name,
        "kind": "soundfont",
        "state": _font_state(font),
        "size": font.size,
        "sha256": None if font.path is None else assets.sha256_of(font.path),
        "licence": font.licence,
        "source": font.source,
        "revision": "",
    }


def _font_state(font: FontState) -> str:
    if font.path is None:
        return "not here"
    return "in use" if font.in_use else "here"


def _record(asset: Asset, path: Path | None) -> dict[str, object]:
    return {
        "name": asset.name,
        "kind": asset.kind,
        "state": _state(asset, path),
        "size": asset.size,
        "sha256": asset.sha256,
        "licence": asset.licence,
        "source": asset.source,
        "revision": asset.revision,
    }


def _state(asset: Asset, path: Path | None) -> str:
    if path is None:
        return "missing" if asset.embedded else "not here"
    if asset.embedded:
        return "own" if path == assets.home() / asset.name else "embedded"
    return "fetched"


def _size(size: int | None) -> str:
    if size is None:
        return "?"
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.1f} kB"


@command.command("verify", cls=ComposeCommand, short_help="Check every file's checksum.")
@talk_options
def verify_command() -> None:
    """Check every file that is here against its checksum. Public models that were not fetched are not an error.

    Exits with 3 when an embedded file is missing or any file is damaged.
    """
    wrong: list[str] = []
    for asset in assets.registry():
        line = _check(asset)
        click.echo(f"{line:<10} {asset.name}")
        if line in ("damaged", "missing"):
            wrong.append(asset.name)
    if wrong:
        raise AssetError(
            f"{len(wrong)} of {len(assets.registry())} files are missing or damaged: {', '.join(wrong)}",
            hint="install Composer again; remove files of your own from COMPOSER_HOME",
        )


def _check(asset: Asset) -> str:
    path = assets.find(asset.name)
    if path is None:
        return _state(asset, path)
    try:
        assets.verified(asset.name)
    except AssetError:
        return "damaged"
    return "ok" if asset.sha256 else "unchecked"


@command.command("pull", cls=ComposeCommand, short_help="Fetch a public model.")
@click.argument("name")
@talk_options
def pull_command(name: str) -> None:
    """Fetch the public model NAME (see 'compose models list') at its pinned revision and check it."""
    from composer import downloads

    with progress_bar() as progress:
        paths = downloads.pull(name, progress)
    say(f"{name}: {len(paths)} file(s) in {paths[0].parent}")
