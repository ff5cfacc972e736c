"""Who may reach the studio, and what is refused before it costs anything."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from composer.studio.security import PICTURE_BYTES


def test_a_token_opens_the_studio_once(studio):
    other = TestClient(studio.app, base_url=str(studio.base_url))
    assert other.get("/api/state").status_code == 401
    assert other.get("/?token=once", follow_redirects=False).status_code == 401
    assert other.get("/?token=guess", follow_redirects=False).status_code == 401
    assert studio.get("/?token=once", follow_redirects=False).status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(tmp_path):
    from composer.studio.server import app

    with TestClient(app(tmp_path, token="t"), base_url="http://127.0.0.1:8765") as browser:
        cookie = browser.get("/?token=t", follow_redirects=False).headers["set-cookie"].lower()
    assert cookie.startswith("composer_8765=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:80", "evil.example:8765", ""])
def test_another_host_is_refused(studio, host):
    answer = studio.get("/api/state", headers={"Host": host})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "host")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "https://127.0.0.1:8765", "http://localhost:8765"]
)
def test_a_write_from_another_page_is_refused(studio, origin):
    answer = studio.post("/api/plans", json={"mood": "calm"}, headers={"Origin": origin})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin")


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "multipart/form-data", ""])
def test_what_is_no_picture_is_refused(studio, kind):
    answer = studio.post("/api/pictures", content=b"<svg onload='x()'/>", headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "type")


def test_a_body_that_is_too_large_is_refused_and_not_kept(studio, folder):
    def endless():
        for _ in range(PICTURE_BYTES // 2**20 + 1):
            yield b"\0" * 2**20

    answer = studio.post("/api/pictures", content=endless(), headers={"Content-Type": "image/png"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "size")
    said = studio.post("/api/plans", content=b"{}", headers={"Content-Length": str(10**9)})
    assert said.status_code == 413
    assert not [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 10**7]


@pytest.mark.parametrize("path", ["/api/pictures/../../x", "/../pyproject.toml", "/%2e%2e/server.py"])
def test_no_path_leads_out(studio, path):
    assert studio.get(path).status_code == 404


def test_every_answer_says_what_a_page_may_do(studio):
    for path in ("/", "/api/state", "/api/none"):
        headers = studio.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_the_page_is_served(studio):
    answer = studio.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    assert "<title>" in answer.text
