"""Part of benchmarks/studio: hostile requests, a crowd of clients, and processes that are killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks" / "studio"
if not (FOLDER / "serving.py").is_file():
    pytest.skip("the benchmarks are not part of a source distribution", allow_module_level=True)
sys.path[:0] = [str(FOLDER), str(FOLDER.parent)]

import clients  # noqa: E402
import hostile  # noqa: E402
from serving import Studio, workers_of  # noqa: E402

PLAN = {"valence": 0.4, "arousal": 0.2, "overrides": {"bars": 2, "instruments": "flute,piano"}, "seed": 7}
on_linux = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are looked up in /proc")


def test_hostile_requests_get_no_5xx_and_leave_no_file(tmp_path: Path) -> None:
    report = hostile.attack(5 * len(hostile.KINDS), 2, tmp_path / "studio")
    assert report.failures == []
    assert report.left == []
    assert report.composes
    assert report.server_mb is None or report.server_mb < 300


def test_a_crowd_gets_2xx_or_429_and_loses_no_job(tmp_path: Path) -> None:
    tally = clients.crowd(20, 1, tmp_path / "studio")
    assert tally.failures == []
    assert tally.done == 20
    assert set(tally.statuses) <= {200, 201, 202, 429}
    assert tally.statuses[429] > 0
    assert max(tally.server_mb, default=0.0) < 300


def piece(studio: Studio) -> str:
    """Id of a short piece."""
    plan = studio.send("POST", "/api/plans", PLAN).json()
    job = studio.send("POST", "/api/versions", {"plan": plan["id"], "candidates": 1}).json()
    done = studio.wait(job["id"])
    assert done["state"] == "done", done
    return str(done["result"]["version"])


def long_job(studio: Studio) -> dict[str, Any]:
    """A job that takes minutes, once it has begun."""
    plan = studio.send("POST", "/api/plans", {**PLAN, "overrides": {"bars": 200}}).json()
    job: dict[str, Any] = studio.send("POST", "/api/versions", {"plan": plan["id"], "candidates": 8}).json()
    end = time.monotonic() + 90
    while studio.send("GET", f"/api/jobs/{job['id']}").json()["state"] != "running":
        assert time.monotonic() < end
        time.sleep(0.05)
    return job


def repeat(studio: Studio, failed: dict[str, Any]) -> None:
    """A failed job can be asked for again as it was; it is not waited for."""
    assert (failed["state"], failed["error"]["code"]) == ("failed", "stopped")
    again = studio.send("POST", failed["request"]["path"], failed["request"]["body"])
    assert again.status == 202
    assert studio.send("DELETE", f"/api/jobs/{again.json()['id']}").status == 202
    assert studio.wait(again.json()["id"])["state"] in ("cancelled", "done")  # the end may come first


@on_linux
def test_a_worker_that_is_killed_fails_its_job_and_nothing_else(tmp_path: Path) -> None:
    with Studio(tmp_path / "studio") as studio:
        first = piece(studio)
        job = long_job(studio)
        (worker,) = workers_of(studio.process.pid)
        os.kill(worker, signal.SIGKILL)
        repeat(studio, studio.wait(job["id"], seconds=20))
        second = piece(studio)
        assert [v["id"] for v in studio.send("GET", "/api/state").json()["versions"]] == [second, first]


@on_linux
def test_a_server_that_is_killed_keeps_the_history_and_says_what_failed(tmp_path: Path) -> None:
    with Studio(tmp_path / "studio") as studio:
        first = piece(studio)
        midi = studio.send("GET", f"/api/versions/{first}/files/mid").body
        picture = studio.send("POST", "/api/pictures?example=storm-at-night", b"").json()
        job = long_job(studio)
        waiting = studio.send("POST", "/api/perceptions", {"picture": picture["id"]}).json()
        workers = workers_of(studio.process.pid)
        studio.kill()
    with Studio(tmp_path / "studio") as studio:
        state = studio.send("GET", "/api/state").json()
        assert [v["id"] for v in state["versions"]] == [first]
        assert [p["id"] for p in state["pictures"]] == [picture["id"]]
        assert studio.send("GET", f"/api/versions/{first}/files/mid").body == midi
        for broken in (job, waiting):
            repeat(studio, studio.send("GET", f"/api/jobs/{broken['id']}").json())
        assert piece(studio)
    end = time.monotonic() + 60
    while any(Path(f"/proc/{worker}").exists() for worker in workers):  # an orphan ends by itself
        assert time.monotonic() < end
        time.sleep(0.2)
