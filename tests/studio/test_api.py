"""From a picture to files through the API of the studio."""

from __future__ import annotations

import io
import json
import re
import zipfile

import mido
import pytest

from composer import ComposeOptions, compose, save

PLAN = {"valence": 0.4, "arousal": -0.2, "overrides": {"bars": 4, "instruments": "flute,piano"}, "seed": 7}


@pytest.fixture(scope="module")
def plan(studio):
    answer = studio.post("/api/plans", json=PLAN)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def version(studio, wait, plan):
    answer = studio.post("/api/versions", json={"plan": plan["id"]})
    assert answer.status_code == 202, answer.text
    job = wait(studio, answer.json())
    assert job["state"] == "done", job
    return studio.get(f"/api/versions/{job['result']['version']}").json()


def notes(studio, version):
    return studio.get(f"/api/versions/{version['id']}/notes").json()


def test_a_picture_is_read_planned_and_composed(studio, wait):
    picture = studio.post("/api/pictures?example=storm-at-night", content=b"").json()
    assert studio.get(f"/api/pictures/{picture['id']}/preview").status_code == 409
    job = wait(studio, studio.post("/api/perceptions", json={"picture": picture["id"], "title": "Storm"}).json())
    assert job["state"] == "done", job
    perception = studio.get(f"/api/perceptions/{job['result']['perception']}").json()
    assert perception["perception"]["caption"]
    assert perception["perception"]["palette"]["swatches"]
    preview = studio.get(f"/api/pictures/{picture['id']}/preview")
    assert preview.content.startswith(b"\x89PNG")
    made = studio.post("/api/plans", json={"perception": perception["id"], "overrides": {"bars": 2}}).json()
    assert (made["plan"]["bars"], made["picture"], made["plan"]["title"]) == (2, picture["id"], "Storm")
    job = wait(studio, studio.post("/api/versions", json={"plan": made["id"]}).json())
    version = studio.get(f"/api/versions/{job['result']['version']}").json()
    assert version["provenance"]["image"]["sha256"] == picture["sha256"]
    whole = studio.get(f"/api/versions/{version['id']}/files/json").json()
    assert whole["perception"]["caption"] == perception["perception"]["caption"]


def test_a_reading_without_its_picture_is_enough(studio, wait):
    picture = studio.post("/api/pictures?example=quiet-interior", content=b"").json()
    job = wait(studio, studio.post("/api/perceptions", json={"picture": picture["id"]}).json())
    reading = studio.get(f"/api/perceptions/{job['result']['perception']}").json()["perception"]
    sent = studio.post("/api/perceptions", json={"perception": reading})
    assert sent.status_code == 201, sent.text
    made = studio.post("/api/plans", json={"perception": sent.json()["id"], "seed": 3, "overrides": {"bars": 4}})
    here = studio.post(
        "/api/plans", json={"perception": job["result"]["perception"], "seed": 3, "overrides": {"bars": 4}}
    )
    assert {**made.json()["plan"], "title": ""} == {**here.json()["plan"], "title": ""}
    broken = studio.post("/api/perceptions", json={"perception": {**reading, "valence": "high"}})
    assert (broken.status_code, broken.json()["error"]["code"]) == (422, "usage")


def test_a_file_that_is_no_picture_fails_with_a_hint(studio, wait):
    sent = studio.post("/api/pictures", content=b"nothing to see", headers={"Content-Type": "image/png"})
    job = wait(studio, studio.post("/api/perceptions", json={"picture": sent.json()["id"]}).json())
    assert (job["state"], job["error"]["code"], job["error"]["job"]) == ("failed", "image", job["id"])
    assert job["error"]["hint"]


def test_every_file_opens(studio, version):
    whole = notes(studio, version)
    place = f"/api/versions/{version['id']}/files"
    answer = studio.get(f"{place}/mid")
    assert answer.headers["content-disposition"].startswith("attachment")
    messages = [message for track in mido.MidiFile(file=io.BytesIO(answer.content)).tracks for message in track]
    struck = [message for message in messages if message.type == "note_on" and message.velocity]
    assert len(struck) == sum(len(track["notes"]) for track in whole["tracks"])
    assert b"score-partwise" in studio.get(f"{place}/musicxml").content
    assert studio.get(f"{place}/pdf").content.startswith(b"%PDF")
    assert studio.get(f"{place}/wav").content.startswith(b"RIFF")
    with zipfile.ZipFile(io.BytesIO(studio.get(f"{place}/zip").content)) as bundle:
        assert bundle.testzip() is None
    assert studio.get(f"{place}/exe").status_code == 404


def test_the_score_follows_the_notes(studio, version):
    score = studio.get(f"/api/versions/{version['id']}/score?width=500").json()
    assert list(score["bars"]) == ["1", "2", "3", "4"]
    drawing = "".join(score["pages"])
    assert "<script" not in drawing
    assert "<style" not in drawing
    assert not re.search(r"systemMilestone\"[^>]*>\s*<ellipse", drawing)
    assert "Leipzig" not in drawing  # no sign waits for a font that the page has not
    assert 'id="' + score["bars"]["3"] + '"' in drawing
    sounding = [name for moment in score["timemap"] for name in moment["on"]]
    assert sounding
    assert all(f'id="{name}"' in drawing for name in sounding)
    assert studio.get(f"/api/versions/{version['id']}/score?width=9").status_code == 422


def test_a_rewrite_changes_its_bars_and_nothing_else(studio, wait, version):
    before = notes(studio, version)
    body = {"bars": [2, 3], "tracks": [0], "seed": 5}
    job = wait(studio, studio.post(f"/api/versions/{version['id']}/rewrites", json=body).json())
    assert job["state"] == "done", job
    made = studio.get(f"/api/versions/{job['result']['version']}").json()
    assert (made["parent"], made["kind"], made["bars_changed"]) == (version["id"], "rewritten", [2, 3])
    after = notes(studio, made)
    low, high = before["bars"][1]["start"], before["bars"][3]["start"]
    outside = [[n for n in piece["tracks"][0]["notes"] if not low <= n[0] < high] for piece in (before, after)]
    assert outside[0] == outside[1]
    assert before["tracks"][1:] == after["tracks"][1:]
    assert before["tracks"][0]["notes"] != after["tracks"][0]["notes"]
    assert studio.get(f"/api/versions/{made['id']}/score").json()["pages"]  # new notes have written lengths
    wrong = wait(studio, studio.post(f"/api/versions/{version['id']}/rewrites", json={"bars": [3, 9]}).json())
    assert (wrong["state"], wrong["error"]["code"]) == ("failed", "usage")


def test_a_nudge_moves_the_feeling_and_keeps_what_was_fixed(studio, wait, version, plan):
    job = studio.post(f"/api/versions/{version['id']}/nudges", json={"direction": "livelier", "locks": ["tonic"]})
    job = wait(studio, job.json())
    assert job["state"] == "done", job
    made = studio.get(f"/api/versions/{job['result']['version']}").json()
    assert made["plan"]["arousal"] == pytest.approx(plan["plan"]["arousal"] + 0.4)
    assert made["plan"]["tempo_bpm"] > plan["plan"]["tempo_bpm"]
    for kept in ("tonic", "bars"):
        assert made["plan"][kept] == plan["plan"][kept]
    assert [p["name"] for p in made["plan"]["instruments"]] == [p["name"] for p in plan["plan"]["instruments"]]
    assert studio.get(f"/api/plans/{job['result']['plan']}").json()["plan"] == made["plan"]
    log = [json.loads(line) for line in _log(studio).splitlines()]
    assert {"nudged", "composed"} <= {line["kind"] for line in log}


def test_sparser_thins_every_section(studio, wait, version, plan):
    job = wait(studio, studio.post(f"/api/versions/{version['id']}/nudges", json={"direction": "sparser"}).json())
    made = studio.get(f"/api/versions/{job['result']['version']}").json()["plan"]["sections"]
    assert all(s["density"] <= t["density"] for s, t in zip(made, plan["plan"]["sections"], strict=True))


def test_an_edit_by_hand_survives_a_nudge(studio, wait):
    made = studio.post("/api/plans", json=PLAN).json()
    edited = {**made["plan"], "tempo_bpm": 61.0}
    place = f"/api/plans/{made['id']}"
    assert studio.put(place, json={"plan": edited}, headers={"If-Match": '"9"'}).status_code == 409
    changed = studio.put(place, json={"plan": edited}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["revision"], changed.headers["etag"]) == (200, 2, '"2"')
    job = wait(studio, studio.post("/api/versions", json={"plan": made["id"]}).json())
    job = wait(
        studio, studio.post(f"/api/versions/{job['result']['version']}/nudges", json={"direction": "darker"}).json()
    )
    assert studio.get(f"/api/versions/{job['result']['version']}").json()["plan"]["tempo_bpm"] == 61.0


@pytest.mark.parametrize(
    "body",
    [{}, {"valence": 3, "arousal": 0}, {"mood": "calm", "colour": 1}, {**PLAN, "overrides": {"meter": "17/32"}}],
)
def test_a_wrong_wish_is_refused(studio, body):
    answer = studio.post("/api/plans", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


def _log(studio):
    return (studio.folder / "pieces.jsonl").read_text()


@pytest.fixture(autouse=True)
def _folder(studio, folder):
    studio.folder = folder


def test_stages_have_the_names_that_the_page_translates(studio, wait, version, repository):
    words = json.loads((repository / "composer/studio/page/locales/en.json").read_text())
    job = wait(studio, studio.post(f"/api/versions/{version['id']}/rewrites", json={"bars": [1, 1]}).json())
    assert job["stage"] == "rewrite"
    assert f"working.{job['stage']}" in words


def test_a_downloaded_recipe_reproduces_a_piece_with_rewritten_bars(studio, wait, version, tmp_path):
    made = version["id"]
    for body in ({"bars": [2, 3], "tracks": [1], "seed": 5}, {"bars": [1, 2], "seed": 6, "candidates": 2}):
        made = wait(studio, studio.post(f"/api/versions/{made}/rewrites", json=body).json())["result"]["version"]
    downloads = {name: studio.get(f"/api/versions/{made}/files/{name}").content for name in ("json", "mid", "musicxml")}
    (tmp_path / "recipe.json").write_bytes(downloads["json"])
    piece = compose(ComposeOptions(recipe=tmp_path / "recipe.json"))
    for name, data in downloads.items():
        save(piece, [tmp_path / f"again.{name}"])
        assert (tmp_path / f"again.{name}").read_bytes() == data
