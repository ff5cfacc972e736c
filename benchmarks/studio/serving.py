"""A studio as a process of its own, and what it costs: for the programs beside and for the tests."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

__all__ = ["Answer", "Studio", "peak_mb", "workers_of"]

_ENDED = ("done", "failed", "cancelled")
_COMMAND = "from composer.cli import entry; entry()"


class Answer:
    """Status, headers and body of an answer."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.body)


class Studio:
    """A running `compose studio`.

    Parameters
    ----------
    folder : Path
        Its data.
    arguments : str
        Further options.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self._arguments = folder, arguments
        self.cookie = ""

    def __enter__(self) -> Studio:
        """Start it and come in as its owner."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self._errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, "studio", "--no-open", "--port", str(self.port), "--data",
             str(self.folder), *self._arguments],
            stdout=subprocess.PIPE, stderr=self._errors, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        token = parse_qs(urlsplit(self.address).query)["token"][0]
        self._wait_until_open()
        self.cookie = self.send("GET", f"/?token={token}").headers["set-cookie"].split(";")[0]
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._errors.close()

    def kill(self) -> None:
        """End it as the system does when memory is short (SIGKILL)."""
        self.process.kill()
        self.process.wait()

    def said(self) -> str:
        """What it has written on its standard error so far."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        token: str | None = None,
    ) -> Answer:
        """A request as its own page sends it, or as a program with a token does; `headers` replace others."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        usual = {"Host": self.host, "Content-Type": "application/json"}
        usual |= (
            {"Authorization": f"Bearer {token}"} if token else {"Cookie": self.cookie, "Origin": f"http://{self.host}"}
        )
        usual |= headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in usual.items():
                if value is not None:
                    connection.putheader(name, value)
            if data is not None and "Content-Length" not in usual:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def raw(self, data: bytes, *, seconds: float = 5.0) -> int | None:
        """The status that answers these bytes; None where the connection is closed or nothing comes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as peer:
            try:
                peer.sendall(data)
                first = peer.recv(4096).split(b"\r\n", 1)[0].split()
            except OSError:
                return None
        return int(first[1]) if len(first) > 1 and first[0].startswith(b"HTTP/") and first[1].isdigit() else None

    def wait(self, job: str, *, token: str | None = None, seconds: float = 600) -> dict[str, Any]:
        """A job once it has ended; `TimeoutError` where it does not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = self.send("GET", f"/api/jobs/{job}", token=token)
            found: dict[str, Any] = answer.json()
            if answer.status == 200 and found["state"] in _ENDED:
                return found
            time.sleep(0.1)
        raise TimeoutError(f"the job {job} does not end")

    def _wait_until_open(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("the studio does not open its port")


def workers_of(pid: int) -> list[int]:
    """Numbers of the worker processes of a studio (Linux)."""
    found = []
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    for child in [child for thread in threads for child in thread.read_text().split()]:
        command = Path(f"/proc/{child}/cmdline").read_bytes()
        if b"spawn_main" in command:
            found.append(int(child))
    return found


def peak_mb(pid: int) -> float | None:
    """The most memory that a process had so far, in MB; None where it has gone or the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)
    return round(kilobytes / 1024, 1) if kilobytes is not None else None
