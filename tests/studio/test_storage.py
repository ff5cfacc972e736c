"""What a studio keeps on its disk: nothing half, nothing of nobody, and a word when the disk is full."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from composer.errors import OutputError
from composer.studio import picture_routes
from composer.studio.server import app
from composer.studio.store import Store
from composer.studio.workshop import Limits

ADDRESS = "http://127.0.0.1:8765"
PLAN = {"valence": 0.4, "arousal": -0.2, "overrides": {"bars": 2, "instruments": "flute,piano"}, "seed": 7}
PNG = {"Content-Type": "image/png"}


@pytest.fixture
def browser(tmp_path: Path) -> Any:
    guarded = app(tmp_path, token="t", limits=Limits(candidates=1))
    with TestClient(guarded, base_url=ADDRESS, headers={"Origin": ADDRESS}, raise_server_exceptions=False) as opened:
        opened.get("/?token=t")
        yield opened


def files(folder: Path) -> list[Path]:
    """Pictures and pieces on the disk."""
    return [path for kind in ("pictures", "versions") for path in (folder / kind).rglob("*") if path.is_file()]


def test_a_file_that_is_no_picture_is_not_kept(browser: Any, tmp_path: Path, wait: Any) -> None:
    sent = browser.post("/api/pictures", content=b"nothing to see", headers=PNG).json()
    job = wait(browser, browser.post("/api/perceptions", json={"picture": sent["id"]}).json())
    assert (job["state"], job["error"]["code"]) == ("failed", "image")
    assert files(tmp_path) == []
    assert browser.get(f"/api/pictures/{sent['id']}").status_code == 404


def test_pictures_that_nobody_had_read_go_after_a_day(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = browser.post("/api/pictures", content=b"x", headers=PNG).json()
    assert browser.post("/api/pictures", content=b"y", headers=PNG).status_code == 201
    assert browser.get(f"/api/pictures/{first['id']}").status_code == 200
    monkeypatch.setattr(picture_routes, "_UNREAD_S", -1.0)
    assert browser.post("/api/pictures", content=b"z", headers=PNG).status_code == 201
    assert len(files(tmp_path)) == 1
    assert browser.get(f"/api/pictures/{first['id']}").status_code == 404


def test_a_picture_that_is_deleted_while_it_is_read_fails_its_job_and_stops_nothing(browser: Any, wait: Any) -> None:
    picture = browser.post("/api/pictures?example=storm-at-night", content=b"").json()
    job = browser.post("/api/perceptions", json={"picture": picture["id"]}).json()
    assert browser.delete(f"/api/pictures/{picture['id']}").status_code == 204
    assert wait(browser, job)["state"] == "failed"
    plan = browser.post("/api/plans", json=PLAN).json()
    assert wait(browser, browser.post("/api/versions", json={"plan": plan["id"]}).json())["state"] == "done"


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("version", {"id": "aa"})
    store.keep_file("version", "aa", "piece.mid", b"whole")
    store.path("version", "aa", ".piece-12345678.part.pdf").write_bytes(b"half")
    store.keep_file("picture", "bb", "image", b"of no record")
    store.close()
    Store(tmp_path).close()
    assert [path.name for path in files(tmp_path)] == ["piece.mid"]


def test_two_studios_do_not_share_their_data(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(OutputError, match="another studio is open"):
        Store(tmp_path)
    store.close()
    Store(tmp_path).close()
    (tmp_path / "other" / "lock").mkdir(parents=True)
    with pytest.raises(OutputError, match="cannot keep the studio's data"):
        Store(tmp_path / "other")


def test_a_full_disk_is_said_before_work_begins(browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = browser.post("/api/plans", json=PLAN).json()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 10**9, 10**6))
    for answer in (
        browser.post("/api/pictures", content=b"x", headers=PNG),
        browser.post("/api/versions", json={"plan": plan["id"]}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (507, "output")
        assert "full" in answer.json()["error"]["message"]
    assert files(tmp_path) == []
    assert browser.get("/api/state").status_code == 200


def test_a_disk_that_fills_up_meanwhile_fails_the_job_and_says_so(tmp_path: Path, wait: Any) -> None:
    from composer.studio import workshop

    with pytest.MonkeyPatch.context() as patch:
        shops: list[Any] = []
        made = workshop.open_workshop
        patch.setattr("composer.studio.server.open_workshop", lambda *given: shops.append(made(*given)) or shops[0])
        guarded = app(tmp_path, token="t", limits=Limits(candidates=1))
    with TestClient(guarded, base_url=ADDRESS, headers={"Origin": ADDRESS}) as browser:
        browser.get("/?token=t")
        plan = browser.post("/api/plans", json=PLAN).json()
        job = browser.post("/api/versions", json={"plan": plan["id"]}).json()
        database = shops[0].store._database
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages}")
        failed = wait(browser, job)
        assert (failed["state"], failed["error"]["code"]) == ("failed", "output")
        assert "full" in failed["error"]["message"]
        full = browser.post("/api/plans", json=PLAN)
        assert (full.status_code, full.json()["error"]["code"]) == (507, "output")
        database.execute(f"PRAGMA max_page_count = {pages + 1000}")
        again = wait(browser, browser.post(failed["request"]["path"], json=failed["request"]["body"]).json())
        assert again["state"] == "done"
