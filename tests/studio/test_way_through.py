"""A way through the picture in the studio, and the lesson about a piece."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def reading(studio, wait, repository):
    picture = studio.post("/api/pictures?example=sunny-meadow").json()
    return wait(studio, studio.post("/api/perceptions", json={"picture": picture["id"]}).json())["result"]["perception"]


def test_the_regions_of_a_picture_become_its_sections(studio, wait, reading):
    body = {"perception": reading, "journey": True, "overrides": {"bars": 8, "instruments": "piano"}}
    plan = studio.post("/api/plans", json=body).json()
    job = wait(studio, studio.post("/api/versions", json={"plan": plan["id"]}).json())
    version = studio.get(f"/api/versions/{job['result']['version']}").json()
    regions = version["provenance"]["regions"]
    assert len(regions) >= 3
    for region in regions:
        left, top, right, bottom = region["box"]
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
    letters = list(dict.fromkeys(section["name"].rstrip("'") for section in version["plan"]["sections"]))
    assert len(letters) == len(regions) + 1
    assert len({section["valence"] for section in version["plan"]["sections"]}) > 1

    job = wait(studio, studio.post(f"/api/versions/{version['id']}/nudges", json={"direction": "darker"}).json())
    darker = studio.get(f"/api/versions/{job['result']['version']}").json()
    assert darker["provenance"]["regions"] == regions
    assert [section["name"] for section in darker["plan"]["sections"]] == [
        section["name"] for section in version["plan"]["sections"]
    ]


@pytest.mark.parametrize("body", [{"mood": "calm"}, {"valence": 0.1, "arousal": 0.1}])
def test_without_a_picture_there_is_no_way_through_it(studio, body):
    answer = studio.post("/api/plans", json={**body, "journey": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "usage")


def test_the_parts_of_the_players(studio, wait, reading):
    plan = studio.post(
        "/api/plans", json={"perception": reading, "overrides": {"bars": 2, "instruments": "violin,cello"}}
    )
    job = wait(studio, studio.post("/api/versions", json={"plan": plan.json()["id"]}).json())
    answer = studio.get(f"/api/versions/{job['result']['version']}/parts")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        assert sorted(Path(name).suffix for name in parts.namelist()) == [".pdf", ".pdf"]
        assert all(parts.read(name).startswith(b"%PDF-") for name in parts.namelist())


def test_the_lesson_about_a_piece(studio, wait, reading):
    plan = studio.post("/api/plans", json={"perception": reading, "overrides": {"bars": 8, "level": "1"}}).json()
    job = wait(studio, studio.post("/api/versions", json={"plan": plan["id"]}).json())
    answer = studio.get(f"/api/versions/{job['result']['version']}/lesson?language=es")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        names = packed.namelist()
        page = packed.read(next(name for name in names if name.endswith(".pdf")))
    assert page.startswith(b"%PDF-")
    assert {name.rsplit("-", 1)[-1] for name in names} >= {"pupil.musicxml", "answers.musicxml", "a.mid"}
    assert studio.get(f"/api/versions/{job['result']['version']}/lesson?language=xx").status_code == 422
