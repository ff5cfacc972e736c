"""What the studio keeps of a person's choices: nothing before consent, all of it forgotten on request, learnt from."""

from __future__ import annotations

import json

import pytest

from composer.feedback import FeedbackStore, default_path

PLAN = {"valence": 0.3, "arousal": 0.2, "overrides": {"bars": 4, "instruments": "piano"}}


@pytest.fixture(scope="module")
def version(studio, wait):
    plan = studio.post("/api/plans", json=PLAN).json()
    job = wait(studio, studio.post("/api/versions", json={"plan": plan["id"]}).json())
    return studio.get(f"/api/versions/{job['result']['version']}").json()


@pytest.fixture
def forgotten(studio):
    """A studio that keeps nothing, before and after."""
    studio.put("/api/feedback", json={"consent": False})
    yield studio
    studio.put("/api/feedback", json={"consent": False})


def test_nothing_is_kept_before_consent(forgotten, version, wait):
    for path, body in (
        ("choices", {"a": version["id"], "b": version["id"], "winner": "a"}),
        ("ratings", {"version": version["id"], "stars": 4}),
    ):
        answer = forgotten.post(f"/api/{path}", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "consent")
    wait(forgotten, forgotten.post(f"/api/versions/{version['id']}/nudges", json={"direction": "calmer"}).json())
    assert forgotten.get("/api/feedback").json()["events"] == 0
    assert forgotten.get("/api/choices").json() == {"choices": []}
    if default_path().exists():
        with FeedbackStore() as store:
            assert "studio" not in store.names()


def test_choices_ratings_and_nudges_are_kept_learnt_from_and_forgotten(forgotten, version, wait):
    studio = forgotten
    assert studio.put("/api/feedback", json={"consent": True}).json()["consent"]
    path = f"/api/versions/{version['id']}/nudges"
    job = wait(studio, studio.post(path, json={"direction": "brighter", "amount": 1.0}).json())
    brighter = job["result"]["version"]
    studio.post("/api/choices", json={"a": version["id"], "b": brighter, "winner": "b"})
    studio.post("/api/ratings", json={"version": brighter, "stars": 5})
    kept = studio.get("/api/feedback").json()
    assert (kept["events"], kept["learnt_from"]) == (3, 3)
    assert studio.get("/api/state").json()["feedback"] == kept

    picture = studio.post("/api/pictures?example=storm-at-night").json()
    job = wait(studio, studio.post("/api/perceptions", json={"picture": picture["id"]}).json())
    wish = {"perception": job["result"]["perception"], "overrides": PLAN["overrides"]}
    shipped, mine = (studio.post("/api/plans", json={**wish, "learnt": learnt}).json() for learnt in (False, True))
    assert mine["plan"]["valence"] > shipped["plan"]["valence"]
    job = wait(studio, studio.post("/api/versions", json={"plan": mine["id"]}).json())
    provenance = studio.get(f"/api/versions/{job['result']['version']}").json()["provenance"]
    assert (provenance["profile"]["name"], provenance["profile"]["choices"]) == ("studio", 3)

    assert studio.put("/api/feedback", json={"consent": False}).json()["events"] == 0
    assert studio.get("/api/choices").json() == {"choices": []}
    assert studio.post("/api/plans", json={**wish, "learnt": True}).json()["plan"] == shipped["plan"]


def test_no_name_of_a_picture_is_kept(forgotten, version):
    forgotten.put("/api/feedback", json={"consent": True})
    forgotten.post("/api/ratings", json={"version": version["id"], "stars": 2})
    with FeedbackStore() as store:
        (row,) = store.record("studio").rows
    assert set(json.loads(json.dumps(row.event.__class__.__dataclass_fields__, default=str))) == {"piece", "stars"}
