"""Files appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from composer.errors import OutputError, UsageError
from composer.files import atomic_group, atomic_write, check_local, check_writable


def test_a_file_appears_with_its_content(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "a.mid") as temporary:
        temporary.write_bytes(b"notes")
        assert not (tmp_path / "a.mid").exists()
        assert temporary.suffix == ".mid"
    assert (tmp_path / "a.mid").read_bytes() == b"notes"
    assert os.listdir(tmp_path) == ["a.mid"]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_older_file_and_nothing_else(tmp_path: Path, failure: type[BaseException]) -> None:
    (tmp_path / "a.mid").write_bytes(b"older")
    with pytest.raises(failure), atomic_write(tmp_path / "a.mid") as temporary:
        temporary.write_bytes(b"half")
        raise failure
    assert (tmp_path / "a.mid").read_bytes() == b"older"
    assert os.listdir(tmp_path) == ["a.mid"]


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("missing/a.mid", "does not exist"),
        ("file/a.mid", "is a file"),
        (".", "is a folder"),
        ("n" * 300 + ".mid", "too long"),
        ("a\0b.mid", "null byte"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_beforehand(tmp_path: Path, place: str, reason: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=reason) as caught:
        check_writable(tmp_path / place)
    assert caught.value.hint
    assert os.listdir(tmp_path) == ["file"]


def test_checking_leaves_an_existing_file_alone(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(b"older")
    check_writable(tmp_path / "a.mid")
    assert (tmp_path / "a.mid").read_bytes() == b"older"
    assert os.listdir(tmp_path) == ["a.mid"]


def test_a_full_disk_is_an_output_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="no space"), atomic_write(tmp_path / "a.wav") as temporary:
        temporary.write_bytes(b"samples")
    assert os.listdir(tmp_path) == []


def test_a_full_disk_names_the_file_that_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a writer of one format is handed the temporary name of a group."""

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(OutputError, match="no space") as caught,
        atomic_group([tmp_path / "a.mid", tmp_path / "b.wav"]) as (_, second),
        atomic_write(second) as temporary,
    ):
        temporary.write_bytes(b"samples")
    assert repr(str(tmp_path / "b.wav")) in caught.value.message
    assert os.listdir(tmp_path) == []


def test_a_failing_write_of_a_group_names_its_file(tmp_path: Path) -> None:
    names = [tmp_path / name for name in ("a.mid", "b.wav", "c.json")]
    with pytest.raises(OutputError) as caught, atomic_group(names) as (_, second, _):
        raise OSError(28, "No space left on device", str(second))
    assert repr(str(names[1])) in caught.value.message


@pytest.mark.parametrize(
    "address", ["https://museum.example/night-watch.jpg", "HTTP://x/" + "y" * 400, "ftp://x/y.mid"]
)
def test_a_web_address_is_no_file(address: str) -> None:
    with pytest.raises(UsageError, match="web address") as caught:
        check_local(Path(address))
    assert len(caught.value.message) < 120
    assert "download" in caught.value.hint
    check_local("https.png")
    check_local("C:/pictures/http.jpg")


def test_a_group_appears_together(tmp_path: Path) -> None:
    names = [tmp_path / "a.mid", tmp_path / "a.json"]
    with atomic_group(names) as temporaries:
        for temporary in temporaries:
            temporary.write_text("x")
        assert not any(path.exists() for path in names)
    assert sorted(os.listdir(tmp_path)) == ["a.json", "a.mid"]


def test_a_group_with_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="second"), atomic_group([tmp_path / "a", tmp_path / "b"]) as (first, _):
        first.write_text("x")
        raise ValueError("second")
    assert os.listdir(tmp_path) == []


def test_a_group_whose_last_rename_fails_takes_the_first_back(tmp_path: Path) -> None:
    with pytest.raises(OutputError), atomic_group([tmp_path / "a", tmp_path / "b"]) as (first, second):
        first.write_text("x")
        second.write_text("y")
        (tmp_path / "b").mkdir()  # someone makes a folder of that name meanwhile
    assert os.listdir(tmp_path) == ["b"]


def test_a_name_twice_in_a_group_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="twice"), atomic_group([tmp_path / "a", tmp_path / "." / "a"]):
        pass
