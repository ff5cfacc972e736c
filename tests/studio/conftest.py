"""A studio in this process: a browser that has opened it, and waiting for its jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
from fastapi.testclient import TestClient

from composer.studio.server import app
from composer.studio.workshop import Limits

ADDRESS = "http://127.0.0.1:8765"
Browser = TestClient


def browser(guarded: Any) -> TestClient:
    """A browser at the studio's address that has not opened it yet."""
    return TestClient(guarded, base_url=ADDRESS, headers={"Origin": ADDRESS}, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def studio(folder: Path) -> Iterator[TestClient]:
    """A browser that has opened a studio with its token."""
    with browser(app(folder, token="once", limits=Limits(candidates=1, queue=3))) as client:
        assert client.get("/?token=once", follow_redirects=False).status_code == 303
        yield client


def wait(studio: TestClient, job: dict[str, Any], *, seconds: float = 120) -> dict[str, Any]:
    """The job once it has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found: dict[str, Any] = studio.get(f"/api/jobs/{job['id']}").json()
        if found["state"] in ("done", "failed", "cancelled"):
            return found
        time.sleep(0.05)
    raise AssertionError(f"the job does not end: {found}")


@pytest.fixture(name="wait", scope="session")
def _wait() -> Callable[..., dict[str, Any]]:
    return wait
