"""The light client: it reads the picture itself, and the server never sees it."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from PIL import Image

from composer import ComposeOptions, compose, save
from composer.errors import ExternalToolError, UsageError
from composer.studio import client, connection
from composer.studio.client import compose_remotely
from composer.studio.log import read_log
from composer.studio.server import app
from composer.studio.users import add_user
from composer.studio.workshop import Limits

SHORT = ("--bars", "4", "--candidates", "1")


@dataclass
class Museum:
    """A server with a user, and what was sent to it."""

    address: str
    token: str
    folder: Path
    requests: list[str] = field(default_factory=list)
    sent: bytearray = field(default_factory=bytearray)


def listening(guarded: Any, museum: Museum) -> Any:
    """The application, and beside it every body that arrives."""

    async def heard(scope: Any, receive: Any, send: Any) -> None:
        async def told() -> Any:
            message = await receive()
            museum.sent.extend(message.get("body", b""))
            return message

        if scope["type"] == "http":
            museum.requests.append(f"{scope['method']} {scope['path']}")
        await guarded(scope, told, send)

    return heard


@pytest.fixture(scope="module")
def museum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Museum]:
    folder = tmp_path_factory.mktemp("museum")
    token = add_user(folder, "ada")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        found = Museum(f"http://127.0.0.1:{port}", token, folder)
        guarded = app(folder, port=port, limits=Limits(candidates=1, quota=1000))
        server = uvicorn.Server(uvicorn.Config(listening(guarded, found), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield found
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def remote(museum: Museum, run_cli: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("COMPOSER_TOKEN", museum.token)
    museum.requests.clear()
    museum.sent.clear()
    return lambda *arguments: run_cli("--server", museum.address, *arguments)


def test_the_picture_never_leaves_and_the_piece_is_the_one_made_here(
    museum: Museum, remote: Any, examples: dict[str, Path], tmp_path: Path
) -> None:
    picture = examples["storm-at-night"]
    done = remote(
        "--image", picture, *SHORT, "--title", "Storm", "--out", tmp_path / "far.mid", "--out", tmp_path / "far.json"
    )
    assert done.code == 0, done.err
    assert "4 bars" in done.err
    assert not [line for line in museum.requests if "pictures" in line]
    data, pixels = picture.read_bytes(), np.asarray(Image.open(picture).convert("RGB"))
    assert len(data) > 5000
    for start in range(0, len(data) - 48, 101):
        assert data[start : start + 48] not in museum.sent
        assert base64.b64encode(data[start : start + 48])[4:-4] not in museum.sent
    for row in pixels:
        assert row.tobytes() not in museum.sent
    assert len(museum.sent) < 30_000
    near = compose(ComposeOptions(image=picture, bars=4, candidates=1, title="Storm"))
    for name in ("mid", "json"):
        save(near, [tmp_path / f"near.{name}"])
        assert (tmp_path / f"far.{name}").read_bytes() == (tmp_path / f"near.{name}").read_bytes()
    line = [line for line in read_log(museum.folder) if line][-1]
    assert (line["who"], line["picture_sha256"]) == ("ada", near.provenance["image"]["sha256"])


def test_a_feeling_needs_no_picture(remote: Any, tmp_path: Path) -> None:
    done = remote("--mood", "quiet grief", *SHORT, "--key", "D", "--out", tmp_path / "a.musicxml", "--json")
    assert done.code == 0, done.err
    assert '"tonic": "D"' in done.out
    assert b"score-partwise" in (tmp_path / "a.musicxml").read_bytes()


def test_what_a_server_cannot_do_is_said_before_anything_is_sent(
    museum: Museum, remote: Any, examples: dict[str, Path], tmp_path: Path
) -> None:
    image = ("--image", examples["quiet-interior"])
    for wrong in (
        ("--soundfont", "a.sf2", "--out", "a.mid"), ("--humanize", "--out", "a.mid"), ("--out", "a.mp4"),
        ("--profile", "ada", "--out", "a.mid"), ("--out", tmp_path / "none" / "a.mid"),
    ):  # fmt: skip
        done = remote(*image, *wrong)
        assert done.code in (1, 2), wrong
        assert [line.split(":")[0] for line in done.error_lines] == ["compose", "hint"]
    assert museum.requests == []


def test_a_wrong_wish_comes_back_in_two_lines_and_leaves_no_file(remote: Any, tmp_path: Path) -> None:
    done = remote("--mood", "calm", "--meter", "17/32", "--out", tmp_path / "a.mid")
    assert done.code in (1, 2)
    assert "17/32" in done.error_lines[0]
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_token_is_said(museum: Museum, run_cli: Any) -> None:
    for token in (["--token", "guess"], []):
        done = run_cli("--server", museum.address, *token, "--mood", "calm", "--out", "a.mid")
        assert (done.code, done.error_lines[0]) == (2, "compose: error: --server: the token is wrong or missing")
    assert run_cli("--token", "x", "--mood", "calm", "--out", "a.mid").code == 2


@pytest.mark.parametrize(
    "address", ["museum.example", "ftp://a", "http://", "http://a/b", "http://a?token=x", "http://u:p@a", "http://a:b"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="no address"):
        compose_remotely(ComposeOptions(mood="calm", outs=("a.mid",)), server=address)


def test_the_network_is_only_used_where_it_may_be() -> None:
    with pytest.raises(UsageError, match="COMPOSER_OFFLINE forbids"):
        compose_remotely(ComposeOptions(mood="calm", outs=("a.mid",)), server="https://museum.example")


def strange_server(answer: bytes) -> tuple[socket.socket, str]:
    """A server that says the same to everybody."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer = listener.accept()[0]
            except OSError:
                return
            with peer:
                peer.recv(65536)
                peer.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 502 Bad\r\nContent-Length: 2\r\n\r\nno", b"HTTP/1.1 200 OK\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\n\r\n<html>", b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"HTTP/1.1 429 No\r\nRetry-After: 99999\r\n\r\n{}",
    ],
)  # fmt: skip
def test_a_server_that_is_no_studio_gets_two_lines(answer: bytes) -> None:
    listener, address = strange_server(answer)
    with listener, pytest.raises(ExternalToolError) as raised:
        compose_remotely(ComposeOptions(mood="calm", outs=("a.mid",)), server=address, token="t")
    assert raised.value.hint


def test_nobody_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ExternalToolError, match="cannot be reached"):
        compose_remotely(ComposeOptions(mood="calm", outs=("a.mid",)), server=address)


def test_a_server_without_room_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_MOST_WAITS", 3)
    monkeypatch.setattr(connection, "sleep", lambda _seconds: None)
    waits: list[int] = []
    listener, address = strange_server(b"HTTP/1.1 429 Full\r\nRetry-After: 5\r\nContent-Length: 2\r\n\r\n{}")
    with listener, pytest.raises(ExternalToolError, match="has no room"):
        connection.Connection(address, "t", waiting=waits.append).get("state")
    assert waits == [5, 5, 5]


def test_a_job_that_nobody_waits_for_is_cancelled(
    museum: Museum, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(client, "sleep", interrupted)
    museum.requests.clear()
    options = ComposeOptions(mood="calm", bars=200, outs=(tmp_path / "a.mid",))
    with pytest.raises(KeyboardInterrupt):
        compose_remotely(options, server=museum.address, token=museum.token)
    assert museum.requests[-1].startswith("DELETE /api/jobs/")
    assert list(tmp_path.iterdir()) == []
