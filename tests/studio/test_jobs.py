"""Jobs of the studio: a full queue, cancelling, a worker that dies, a restart."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest
from fastapi.testclient import TestClient

from composer.studio.events import EventLog
from composer.studio.server import app
from composer.studio.store import Store
from composer.studio.workshop import Limits

ADDRESS = "http://127.0.0.1:8765"
LONG = {"valence": 0.4, "arousal": 0.2, "overrides": {"bars": 200}, "seed": 7}


def open_studio(folder, **limits):
    guarded = app(folder, token="t", limits=Limits(candidates=8, **limits))
    return TestClient(guarded, base_url=ADDRESS, headers={"Origin": ADDRESS})


def enter(browser):
    browser.get("/?token=t")
    return browser


def composing(browser):
    """A long job, once it has begun to write notes."""
    plan = browser.post("/api/plans", json=LONG).json()
    job = browser.post("/api/versions", json={"plan": plan["id"]}).json()
    end = time.monotonic() + 90
    while browser.get(f"/api/jobs/{job['id']}").json()["state"] != "running":
        assert time.monotonic() < end
        time.sleep(0.05)
    return plan, job


def test_a_full_queue_says_when_to_come_back_and_a_job_can_be_cancelled(tmp_path, wait):
    with open_studio(tmp_path, queue=2) as browser:
        plan, running = composing(enter(browser))
        body = {"plan": plan["id"]}
        waiting = [browser.post("/api/versions", json=body).json() for _ in range(2)]
        refused = browser.post("/api/versions", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "full")
        assert int(refused.headers["retry-after"]) > 0
        for job in (waiting[1], waiting[0], running):
            assert browser.delete(f"/api/jobs/{job['id']}").status_code == 202
            assert wait(browser, job, seconds=20)["state"] == "cancelled"
        assert browser.delete(f"/api/jobs/{running['id']}").status_code == 409
        assert browser.get("/api/state").json()["versions"] == []


def test_a_worker_that_is_killed_fails_its_job_and_is_replaced(tmp_path, wait):
    with open_studio(tmp_path) as browser:
        _, job = composing(enter(browser))
        os.kill(_worker(), signal.SIGKILL)
        failed = wait(browser, job)
        assert (failed["state"], failed["error"]["code"]) == ("failed", "stopped")
        small = browser.post("/api/plans", json={**LONG, "overrides": {"bars": 2}}).json()
        asked = {"plan": small["id"], "candidates": 1}
        assert wait(browser, browser.post("/api/versions", json=asked).json())["state"] == "done"


def test_a_job_past_its_time_is_stopped(tmp_path, wait):
    with open_studio(tmp_path, job_s=0.5) as browser:
        plan = enter(browser).post("/api/plans", json=LONG).json()
        failed = wait(browser, browser.post("/api/versions", json={"plan": plan["id"]}).json())
        assert (failed["state"], failed["error"]["code"]) == ("failed", "stopped")


def test_a_restart_keeps_the_history_and_says_what_was_broken_off(tmp_path, wait):
    with open_studio(tmp_path) as browser:
        enter(browser)
        small = browser.post("/api/plans", json={**LONG, "overrides": {"bars": 2}}).json()
        asked = {"plan": small["id"], "candidates": 1}
        done = wait(browser, browser.post("/api/versions", json=asked).json())
        _, broken = composing(browser)
    with open_studio(tmp_path) as browser:
        enter(browser)
        assert [v["id"] for v in browser.get("/api/state").json()["versions"]] == [done["result"]["version"]]
        assert browser.get(f"/api/versions/{done['result']['version']}/notes").json()["tracks"][0]["notes"]
        again = browser.get(f"/api/jobs/{broken['id']}").json()
        assert (again["state"], again["error"]["code"]) == ("failed", "stopped")
        assert again["request"]["path"] == "/api/versions"


def test_data_of_a_later_version_is_left_alone(tmp_path):
    from composer.errors import OutputError

    store = Store(tmp_path)
    store._database.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(OutputError, match="later version"):
        Store(tmp_path)


def test_a_page_that_comes_back_hears_what_it_missed():
    log = EventLog()
    for number in range(3):
        log.publish("job.progress", {"share": number})
    assert [event[0] for event in log.since(1)] == [2, 3]
    assert log.since(9) == [(3, "resync", {})]
    for _ in range(2000):
        log.publish("job.progress", {})
    assert [event[1] for event in log.since(1)] == ["resync"]


def test_the_stream_of_events_is_numbered():
    async def first() -> list[str]:
        log = EventLog()
        log.publish("artifact.ready", {"kind": "plan", "id": "ab"})
        stream = log.stream(0)
        return [await anext(stream), await anext(stream)]

    assert asyncio.run(first())[1] == 'id: 1\nevent: artifact.ready\ndata: {"kind": "plan", "id": "ab"}\n\n'


def _worker():
    import multiprocessing

    return next(child.pid for child in multiprocessing.active_children())
