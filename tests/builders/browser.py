"""A real browser, and a studio of its own that it opens: Debian's Chromium, driven by Playwright.

Chromium is installed with apt where that may be done; without it, or without Playwright, the tests are skipped.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

__all__ = ["drop", "opened", "running_studio"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_APT = ("apt-get", "-y", "-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20")
_APT_S = 300
_ARGUMENTS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage"]
_SERVE = """
import sys
from pathlib import Path
from composer.studio.server import app, serve
from composer.studio.workshop import Limits
folder, port = Path(sys.argv[1]), int(sys.argv[2])
serve(app(folder, port=port, token="once", limits=Limits(candidates=1)), host="127.0.0.1", port=port)
"""
_REPOSITORY = Path(__file__).resolve().parents[2]


@cache
def _chromium() -> str | None:
    """Path of Chromium, installed first where root may; None where it cannot be had."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is not None or shutil.which("apt-get") is None or os.geteuid() != 0:
        return found
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (("install", "--no-install-recommends", "chromium"), ("update",)) * 2:
        try:
            done = subprocess.run(
                [*_APT, *step], env=environment, capture_output=True, timeout=_APT_S, check=False
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return None
        if step[0] == "install" and done.returncode == 0:
            return next(filter(None, map(shutil.which, _NAMES)), None)
    return None


@contextmanager
def opened() -> Iterator[Any]:
    """A running Chromium (Playwright's ``Browser``); the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = _chromium()
    if path is None:
        pytest.skip("there is no Chromium, and apt could not install it")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def running_studio(folder: Path) -> Iterator[str]:
    """A studio in a process of its own, with its data in `folder`; its address with the token.

    It is what ``compose studio`` serves, but for one candidate a piece: that is a quarter of the time.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", _SERVE, str(folder / "data"), str(port)]
    environment = {**os.environ, "COMPOSER_HOME": str(folder / "home"), "PYTHONPATH": str(_REPOSITORY)}
    server = subprocess.Popen(command, env=environment)
    try:
        _wait_for(server, port)
        yield f"http://127.0.0.1:{port}/?token=once"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(1200):
        assert server.poll() is None, "the studio does not start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the studio does not listen")


def drop(page: Any, picture: Path) -> None:
    """Drop a picture's file on the page, as a mouse would."""
    data = base64.b64encode(picture.read_bytes()).decode()
    transfer = page.evaluate_handle(
        """([name, data]) => {
          const transfer = new DataTransfer();
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          transfer.items.add(new File([bytes], name, { type: "image/png" }));
          return transfer;
        }""",
        [picture.name, data],
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
