"""Several users of one studio: a token each, what is theirs alone, and how much an hour allows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from composer.errors import UsageError
from composer.studio.log import read_log
from composer.studio.server import app
from composer.studio.users import add_user, remove_user
from composer.studio.workshop import Limits

ADDRESS = "http://127.0.0.1:8765"
PLAN = {"valence": 0.4, "arousal": -0.2, "overrides": {"bars": 2, "instruments": "flute,piano"}, "seed": 7}


def client(guarded: Any, token: str | None = None, address: str = ADDRESS) -> TestClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return TestClient(guarded, base_url=address, headers=headers, raise_server_exceptions=False)


@pytest.fixture
def museum(tmp_path: Path) -> Any:
    """A studio with two users; its tokens by name stand in `tokens`."""
    tokens = {name: add_user(tmp_path, name) for name in ("ada", "ben")}
    limits = Limits(candidates=1, waiting=1, quota=2)
    guarded = app(tmp_path, token="once", limits=limits, addresses=["https://museum.example"])
    with client(guarded):
        guarded.tokens = tokens
        yield guarded


def test_a_token_is_enough_for_a_program_and_a_wrong_one_is_not(museum: Any) -> None:
    ada = client(museum, museum.tokens["ada"])
    assert ada.get("/api/state").json()["user"] == "ada"
    assert ada.post("/api/plans", json=PLAN).status_code == 201
    assert client(museum, "guess").get("/api/state").status_code == 401
    assert client(museum).get("/api/state").status_code == 401
    # A page of another site, and a program without a token, write nothing.
    assert ada.post("/api/plans", json=PLAN, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client(museum, "guess").post("/api/plans", json=PLAN).status_code == 403


def test_a_token_is_not_kept_and_can_be_taken_back(museum: Any, tmp_path: Path) -> None:
    token = museum.tokens["ada"]
    assert token not in (tmp_path / "users.json").read_text()
    assert (tmp_path / "users.json").stat().st_mode & 0o077 == 0
    browser = client(museum)
    assert browser.get(f"/?token={token}", follow_redirects=False).status_code == 303
    assert browser.get("/api/state").json()["user"] == "ada"
    remove_user(tmp_path, "ada")
    assert client(museum, token).get("/api/state").status_code == 401
    assert browser.get("/api/state").status_code == 401
    with pytest.raises(UsageError, match="there is no user 'ada'"):
        remove_user(tmp_path, "ada")
    for name in ("studio", "", "../x", "a b", "x" * 65):
        with pytest.raises(UsageError, match="no user's name"):
            add_user(tmp_path, name)


def test_a_cookie_of_one_user_is_not_good_for_another(museum: Any) -> None:
    browser = client(museum)
    browser.get(f"/?token={museum.tokens['ada']}", follow_redirects=False)
    (value,) = browser.cookies.values()
    forged = client(museum)
    for name in ("ben", "studio"):
        forged.cookies.set("composer_8765", value.replace("ada", name))
        assert forged.get("/api/state").status_code == 401


def test_nobody_sees_what_another_has_made(museum: Any, wait: Any, tmp_path: Path) -> None:
    ada, ben = (client(museum, museum.tokens[name]) for name in ("ada", "ben"))
    plan = ada.post("/api/plans", json=PLAN).json()
    job = ada.post("/api/versions", json={"plan": plan["id"]}).json()
    done = wait(ada, job)
    assert done["state"] == "done", done
    version = done["result"]["version"]
    assert len(ada.get("/api/state").json()["versions"]) == 1
    ada.put("/api/feedback", json={"consent": True})
    ada.post("/api/choices", json={"a": version, "b": version, "winner": "a"})
    seen = ben.get("/api/state").json()
    assert [seen[name] for name in ("versions", "plans", "jobs", "choices")] == [[], [], [], 0]
    for path in (f"plans/{plan['id']}", f"versions/{version}", f"versions/{version}/files/mid", f"jobs/{job['id']}"):
        assert ada.get(f"/api/{path}").status_code == 200
        assert ben.get(f"/api/{path}").status_code == 404
    for path in (f"versions/{version}", f"jobs/{job['id']}"):
        assert ben.delete(f"/api/{path}").status_code == 404
    assert ben.delete("/api/choices").status_code == 204
    assert ada.get("/api/state").json()["choices"] == 1
    (line,) = read_log(tmp_path)
    assert line is not None
    assert (line["who"], line["version"], line["options"]["valence"]) == ("ada", version, 0.4)


def test_an_event_is_heard_by_its_user_alone() -> None:
    from composer.studio.events import EventLog

    log = EventLog()
    log.publish("job.queued", {"id": "1"}, user="ada")
    log.publish("job.queued", {"id": "2"}, user="ben")
    assert [data["id"] for _, _, data in log.since(0, "ada")] == ["1"]
    assert log.since(0) == []


def test_an_hour_allows_so_much_and_says_when_more(museum: Any, wait: Any) -> None:
    ada, ben = (client(museum, museum.tokens[name]) for name in ("ada", "ben"))
    plan = ada.post("/api/plans", json=PLAN).json()
    for _ in range(2):
        wait(ada, ada.post("/api/versions", json={"plan": plan["id"]}).json())
    refused = ada.post("/api/versions", json={"plan": plan["id"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "quota")
    assert 3000 < int(refused.headers["retry-after"]) <= 3600
    assert ben.post("/api/plans", json=PLAN).status_code == 201
    owner = client(museum)
    owner.get("/?token=once", follow_redirects=False)
    for _ in range(25):
        assert owner.post("/api/plans", json=PLAN, headers={"Origin": ADDRESS}).status_code == 201


def test_one_user_does_not_fill_the_queue(museum: Any, wait: Any) -> None:
    ada, ben = (client(museum, museum.tokens[name]) for name in ("ada", "ben"))
    plans = [user.post("/api/plans", json={**PLAN, "overrides": {"bars": 64}}).json()["id"] for user in (ada, ben)]
    first = ada.post("/api/versions", json={"plan": plans[0]}).json()
    second = ada.post("/api/versions", json={"plan": plans[0]})
    assert (second.status_code, second.json()["error"]["code"]) == (429, "full")
    assert int(second.headers["retry-after"]) > 0
    other = ben.post("/api/versions", json={"plan": plans[1]})
    assert other.status_code == 202
    for user, job in ((ada, first), (ben, other.json())):
        user.delete(f"/api/jobs/{job['id']}")
        assert wait(user, job)["state"] == "cancelled"


def test_an_address_behind_a_proxy_has_its_own_origin_and_a_secure_cookie(museum: Any) -> None:
    far = client(museum, address="https://museum.example")
    entered = far.get(f"/?token={museum.tokens['ada']}", follow_redirects=False)
    assert "secure" in entered.headers["set-cookie"].lower()
    assert far.post("/api/plans", json=PLAN, headers={"Origin": "https://museum.example"}).status_code == 201
    assert far.post("/api/plans", json=PLAN, headers={"Origin": "http://museum.example"}).status_code == 403


@pytest.mark.parametrize(
    "address", ["museum.example", "ftp://a", "http://a/b", "http://a?x", "http://u@a", "http://a:b"]
)
def test_an_address_that_is_none_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no address"):
        app(tmp_path, addresses=[address])


def test_the_command_adds_and_removes_users(tmp_path: Path, run_cli: Any) -> None:
    made = run_cli("studio", "--data", tmp_path / "new", "--add-user", "ada")
    assert (made.code, len(made.out.strip())) == (0, 43)
    assert "ada" in json.loads((tmp_path / "new" / "users.json").read_text())
    assert run_cli("studio", "--data", tmp_path / "new", "--remove-user", "ada").code == 0
    again = run_cli("studio", "--data", tmp_path / "new", "--remove-user", "ada")
    assert (again.code, again.error_lines[1]) == (2, "hint: known: nobody")
    open_to_all = run_cli("studio", "--host", "0.0.0.0", "--no-open", "--data", tmp_path / "new")
    assert (open_to_all.code, "--address" in open_to_all.error_lines[1]) == (2, True)
