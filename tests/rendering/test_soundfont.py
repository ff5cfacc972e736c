from __future__ import annotations

from pathlib import Path

import pytest

from composer.errors import AssetError
from composer.rendering import find_soundfont
from composer.rendering.audio import soundfont


def font(path: Path, *, body: bytes = b"", size: int | None = None) -> Path:
    """A file with a soundfont's beginning; enough to be found, not to be played."""
    path.parent.mkdir(parents=True, exist_ok=True)
    length = len(body) + 4 if size is None else size
    path.write_bytes(b"RIFF" + length.to_bytes(4, "little") + b"sfbk" + body)
    return path


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPOSER_SOUNDFONT", raising=False)
    monkeypatch.setenv("COMPOSER_HOME", str(tmp_path / "home"))


def test_the_option_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, other = font(tmp_path / "a.sf2"), font(tmp_path / "b.sf2")
    monkeypatch.setenv("COMPOSER_SOUNDFONT", str(other))
    assert find_soundfont(chosen) == chosen
    assert find_soundfont() == other


def test_the_soundfonts_folder_comes_before_pretty_midi(tmp_path: Path) -> None:
    assert find_soundfont().name == "TimGM6mb.sf2"
    font(tmp_path / "home" / "soundfonts" / "b.sf2")
    compressed = font(tmp_path / "home" / "soundfonts" / "a.sf3")
    assert find_soundfont().name == "b.sf2"
    (tmp_path / "home" / "soundfonts" / "b.sf2").write_bytes(b"broken")
    assert find_soundfont() == compressed


def test_the_system_s_font_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfont.importlib.util, "find_spec", lambda name: None)
    folder = tmp_path / "system"
    font(folder / "aaa.sf2")
    default = font(folder / "default-GM.sf2")
    monkeypatch.setattr(soundfont, "_SYSTEM_FOLDERS", (str(folder),))
    assert find_soundfont() == default
    monkeypatch.setattr(soundfont, "_SYSTEM_FOLDERS", ())
    with pytest.raises(AssetError, match="no soundfont was found") as caught:
        find_soundfont()
    assert "--soundfont" in caught.value.hint


@pytest.mark.parametrize("by", ["option", "variable"])
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot be read"),
        (b"", "does not begin with RIFF"),
        (b"a text file, named .sf2 by somebody", "does not begin with RIFF"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(32), "does not begin with RIFF"),
        (b"RIFF\xff\xff\x00\x00sfbk" + bytes(500), "cut short"),
    ],
)
def test_a_font_asked_for_must_be_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str, content: bytes | None, complaint: str
) -> None:
    path = tmp_path / "asked.sf2"
    if content is not None:
        path.write_bytes(content)
    option = path if by == "option" else None
    if option is None:
        monkeypatch.setenv("COMPOSER_SOUNDFONT", str(path))
    with pytest.raises(AssetError, match=complaint) as caught:
        find_soundfont(option)
    assert "asked.sf2" in caught.value.message
    assert caught.value.exit_code == 3
