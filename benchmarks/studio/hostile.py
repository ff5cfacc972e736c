"""A thousand hostile uploads and requests to a studio: no answer of 500 or above, no file left.

Wrong hosts, origins, cookies and tokens; bodies too large, endless, empty or of another kind; SVG under every type;
decompression bombs; pictures cut off; paths that lead out; JSON that is broken, deep, not finite, of wrong types;
readings and plans with a value exchanged; requests that are no HTTP. A picture that is taken is also asked to be read,
a plan that is taken to be composed. At the end the studio must still compose, its folder must hold no picture and no
piece, and its standard error no traceback.
"""

from __future__ import annotations

import base64
import copy
import io
import random
import struct
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from serving import Answer, Studio, peak_mb, workers_of  # noqa: E402

from common import add_number, add_out, argument_parser, progress, write_csv, write_summary  # noqa: E402

__all__ = ["KINDS", "Attack", "Report", "attack"]

EXAMPLES = HERE.parents[1] / "examples"
KEPT = {"studio.sqlite", "studio.sqlite-wal", "studio.sqlite-shm", "lock", "lock-journal", "users.json", "pieces.jsonl"}
PLAN = {"valence": 0.4, "arousal": -0.2, "overrides": {"bars": 2, "instruments": "flute,piano"}, "seed": 7}
TYPES = ("png", "jpeg", "webp", "tiff", "bmp", "gif", "avif", "jp2", "heic")
PLACES = (
    "state", "vocabulary", "soundfont", "pictures", "pictures/{}", "pictures/{}/preview", "perceptions",
    "perceptions/{}", "plans", "plans/{}", "versions", "versions/{}", "versions/{}/rewrites", "versions/{}/nudges",
    "versions/{}/notes",
    "versions/{}/score", "versions/{}/files/mid", "jobs/{}", "choices", "none",
)  # fmt: skip


@dataclass
class Attack:
    """What an attacker has: a running studio, a source of chance, a plan and a reading to exchange values in."""

    studio: Studio
    rng: random.Random
    plan: dict[str, Any]
    reading: dict[str, Any]
    taken: list[str] = field(default_factory=list)

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> int | None:
        """Status of an answer."""
        return self.note(self.studio.send(method, path, body, **more))

    def note(self, answer: Answer) -> int:
        """The status; a picture that was taken is remembered."""
        if answer.status == 201 and b'"sha256"' in answer.body:
            self.taken.append(answer.json()["id"])
        return answer.status

    def upload(self, data: bytes, kind: str) -> int | None:
        """Send a picture and have it read, as a page would."""
        status = self.send("POST", "/api/pictures", data, headers={"Content-Type": kind})
        if status == 201:
            self.read(self.taken[-1])
        return status

    def read(self, picture: str) -> None:
        """Have a picture read; one that could be read is deleted, as nobody wants it."""
        while (answer := self.studio.send("POST", "/api/perceptions", {"picture": picture})).status == 429:
            time.sleep(float(answer.headers["retry-after"]))
        if answer.status == 202:
            self.end(answer.json()["id"], seconds=600)
        self.studio.send("DELETE", f"/api/pictures/{picture}")

    def end(self, job: str, *, seconds: float) -> None:
        """Wait for a job, cancel it after a while, and let no unforeseen error pass."""
        try:
            done = self.studio.wait(job, seconds=seconds)
        except TimeoutError:
            self.studio.send("DELETE", f"/api/jobs/{job}")
            done = self.studio.wait(job)
        if done["error"] and done["error"]["code"] == "internal":
            raise AssertionError(f"a job failed with {done['error']['message']}")
        if done["result"] and "version" in done["result"]:
            self.studio.send("DELETE", f"/api/versions/{done['result']['version']}")

    def any_place(self) -> str:
        """An address of the API with an id that is none, or somebody's."""
        names = (
            "0" * 16, "../../etc/passwd", "%2e%2e%2f%2e%2e", "' OR 1=1 --", "a" * 5000, "%00", "%c3%a9",
            self.plan["id"], "..;/", "%c0%ae%c0%ae/", "{}", "__proto__",
        )  # fmt: skip
        quoted = self.rng.choice(names).replace(" ", "%20")
        return "/api/" + self.rng.choice(PLACES).replace("{}", quoted)


# ------------------------------------------------------------------------------------------------ who asks


def wrong_host(a: Attack) -> int | None:
    """Another name, port or none in ``Host``."""
    host = a.rng.choice(
        ["evil.example", "127.0.0.1", f"evil.example:{a.studio.port}", "", "[::1]", f"127.0.0.1.:{a.studio.port}",
         f"127.0.0.1:{a.studio.port}@evil", f"127.0.0.1:{a.studio.port}/", "x" * 3000, "127.0.0.1:99999"]
    )  # fmt: skip
    return a.send(a.rng.choice(["GET", "POST", "DELETE"]), a.any_place(), {}, headers={"Host": host})


def wrong_origin(a: Attack) -> int | None:
    """A write from another page."""
    origin = a.rng.choice(
        ["null", "", "http://evil.example", f"https://{a.studio.host}", f"http://{a.studio.host}.evil.example",
         f"http://localhost:{a.studio.port}", "file://", "javascript:1", "x" * 3000]
    )  # fmt: skip
    method, place = a.rng.choice(
        [("POST", "plans"), ("POST", "pictures?example=storm-at-night"), ("DELETE", "choices")]
    )
    return a.send(method, f"/api/{place}", PLAN, headers={"Origin": origin})


def wrong_token(a: Attack) -> int | None:
    """No cookie, a forged one, a guessed token."""
    name, value = a.studio.cookie.split("=", 1)
    cookie = a.rng.choice(
        ["", f"{name}=", f"{name}={value[:-1]}", f"{name}=root.{value[7:]}", f"{name}={value}x", "a" * 5000,
         f"{name}; ;=",
         f'{name}="', f"x_{name}={value}", f"{name}=studio."]
    )  # fmt: skip
    token = a.rng.choice(
        ["", "Bearer", "Bearer ", f"Bearer {value}", "Basic YTpi", "Bearer " + "x" * 4000, "Bearer \xe9"]
    )
    place = a.rng.choice([a.any_place(), "/?token=guess", "/?token=", "/?token=%ff&token=x"])
    return a.send(a.rng.choice(["GET", "POST"]), place, PLAN, headers={"Cookie": cookie, "Authorization": token})


# ------------------------------------------------------------------------------------------------ bodies


def wrong_size(a: Attack) -> int | None:
    """A length that is too large, a lie, or not said."""
    place = a.rng.choice(["plans", "perceptions", "versions", "pictures"])
    head = (
        f"POST /api/{place} HTTP/1.1\r\nHost: {a.studio.host}\r\nOrigin: http://{a.studio.host}\r\n"
        f"Cookie: {a.studio.cookie}\r\nContent-Type: {'image/png' if place == 'pictures' else 'application/json'}\r\n"
    ).encode()
    tail = a.rng.choice(
        [
            b"Content-Length: 99999999999\r\n\r\n{}", b"Content-Length: -1\r\n\r\n{}", b"Content-Length: 1e3\r\n\r\n{}",
            b"Content-Length: 0\r\n\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n100000\r\n" + b"x" * 0x100000 + b"\r\n",
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            b"Transfer-Encoding: chunked\r\n\r\n" + (b"100000\r\n" + b"x" * 0x100000 + b"\r\n") * 5 + b"0\r\n\r\n",
        ]
    )  # fmt: skip
    return a.studio.raw(head + tail, seconds=2.0)


def wrong_type(a: Attack) -> int | None:
    """A picture's body that says it is something else."""
    kind = a.rng.choice(
        ["image/svg+xml", "text/html", "multipart/form-data; boundary=x", "", "application/json", "image/",
         "image/x-icon",
         "image/png, text/html", "IMAGE/SVG+XML; charset=utf-8", "image/*", "x" * 2000]
    )  # fmt: skip
    return a.send("POST", "/api/pictures", b"<svg onload='x()'/>", headers={"Content-Type": kind})


def svg(a: Attack) -> int | None:
    """SVG, HTML, PDF, PostScript, fonts and programs under a picture's type."""
    body = a.rng.choice(
        [
            b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/><script>alert(1)</script></svg>',
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg>&b;</svg>',
            b"<html><script>1</script>", b"%PDF-1.7\n%%EOF", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nquit",
            b"GIF89a<script>alert(1)</script>", b"\x7fELF" + bytes(60), b"PK\x03\x04" + bytes(60), b"wOFF" + bytes(60),
            b"\0", b"push graphic-context\nimage over 0,0 0,0 'https://evil.example'\npop graphic-context",
        ]
    )  # fmt: skip
    return a.upload(body, f"image/{a.rng.choice(TYPES)}")


def bomb(a: Attack) -> int | None:
    """A few bytes that would be gigabytes of pixels."""
    side = a.rng.choice([20_000, 65_535, 2_000_000, 2**31 - 1])
    makers: list[Callable[[], tuple[bytes, str]]] = [
        lambda: (_png(side, side, b"\0" * 64), "png"),
        lambda: (_png(30_000, 30_000, zlib.compress(bytes(30_000), 9) * 3), "png"),
        lambda: (b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\xf7\0\0" + bytes(768) + b",", "gif"),
        lambda: (
            b"BM" + struct.pack("<IHHIIiiHHIIiiII", 200, 0, 0, 54, 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0),
            "bmp",
        ),
        lambda: (_tiff(side % 2**31, side % 2**31), "tiff"),
        lambda: (_png(64, 64, b"\0" * 64, text=zlib.compress(b"a" * 50_000_000, 9)), "png"),
    ]
    data, kind = a.rng.choice(makers)()
    return a.upload(data, f"image/{kind}")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, data: bytes, *, text: bytes | None = None) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    words = _chunk(b"zTXt", b"Title\0\0" + text) if text is not None else b""
    return b"\x89PNG\r\n\x1a\n" + head + words + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _tiff(width: int, height: int) -> bytes:
    tags = [
        (256, width),
        (257, height),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, height),
        (279, 2**31 - 1),
    ]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + bytes(4)


def cut_off(a: Attack) -> int | None:
    """A real picture that ends early, or has some bytes exchanged."""
    from PIL import Image

    data = a.rng.choice(sorted(EXAMPLES.glob("*.png"))).read_bytes()
    kind = a.rng.choice(["png", "jpeg", "webp", "bmp", "gif", "tiff"])
    if kind != "png":
        held = io.BytesIO()
        Image.open(io.BytesIO(data)).convert("RGB").resize((80, 60)).save(held, kind.upper())
        data = held.getvalue()
    if a.rng.random() < 0.7:
        return a.upload(data[: a.rng.randrange(1, max(2, len(data) // 3))], f"image/{kind}")
    torn = bytearray(data)
    for _ in range(a.rng.randrange(1, 200)):
        torn[a.rng.randrange(min(len(torn), 400))] = a.rng.randrange(256)
    return a.upload(bytes(torn), f"image/{kind}")


def interrupted(a: Attack) -> int | None:
    """An upload whose sender goes away."""
    head = (
        f"POST /api/pictures HTTP/1.1\r\nHost: {a.studio.host}\r\nOrigin: http://{a.studio.host}\r\n"
        f"Cookie: {a.studio.cookie}\r\nContent-Type: image/png\r\nContent-Length: 1000000\r\n\r\n"
    ).encode()
    return a.studio.raw(head + bytes(a.rng.randrange(100_000)), seconds=0.05)


# ------------------------------------------------------------------------------------------------ paths and values


def traversal(a: Attack) -> int | None:
    """A path that would lead out of the page's folder."""
    step = a.rng.choice(
        ["..", "%2e%2e", "..%2f", "%252e%252e", "..\\", "..%5c", ".%00.", "%c0%ae%c0%ae", "....//", "/"]
    )
    aim = a.rng.choice(["etc/passwd", "server.py", "pyproject.toml", "studio.sqlite", "users.json", "windows/win.ini"])
    start = a.rng.choice(["", "components/", "locales/", "api/pictures/", "api/versions/", "api/versions/x/files/"])
    path = f"/{start}{'/'.join([step] * a.rng.randrange(1, 7))}/{aim}".replace("\\", a.rng.choice(["\\", "%5c"]))
    answer = a.studio.send("GET", path)
    if b"root:" in answer.body or b"sqlite" in answer.body[:100].lower() or b"[project]" in answer.body:
        raise AssertionError(f"{path} leads out")
    return answer.status


def any_method(a: Attack) -> int | None:
    """Every address with methods that it may not know."""
    method = a.rng.choice(
        ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "x"]
    )
    return a.send(method, a.any_place(), a.rng.choice([None, {}, [], 3, "x", None]))


def broken_json(a: Attack) -> int | None:
    """Bodies that are no JSON, or JSON that nothing can hold."""
    body = a.rng.choice(
        [
            b"", b"{", b"[" * 200_000, b'{"a":' * 100_000, b"\xff\xfe{}", b"null", b"true", b'"x"', b"[]",
            b'{"seed": NaN}', b'{"valence": Infinity, "arousal": 0}', b'{"valence": 1e999, "arousal": 0}',
            b'{"seed": ' + b"9" * 5000 + b"}", b'{"mood": "\\ud800"}', b'{"\\ud800": 1}', bytes(1000),
            b'{"title": "\\u0000", "mood": "calm"}', b'{"mood": "' + b"a" * 10**6 + b'"}', b"\xef\xbb\xbf{}",
            b'{"mood": "calm", "mood": {}}', b'{"valence": -1e-999, "arousal": 0, "seed": -1}',
            b'{"perception": {"valence": ' + b"9" * 400 + b"}}", b'{"perception": {"caption": "\\udfff"}}',
        ]
    )  # fmt: skip
    place = a.rng.choice(
        ["plans", "perceptions", "versions", f"plans/{a.plan['id']}", "choices", "versions/0/rewrites"]
    )
    method = "PUT" if "/" in place and "plans" in place else "POST"
    return a.send(method, f"/api/{place}", body, headers={"If-Match": '"1"'})


def wrong_values(a: Attack) -> int | None:
    """Right bodies with a value exchanged for another kind or size."""
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("plans", {**PLAN, "mood": None}), ("plans", {"mood": "calm", "title": "x", "locks": ["bars"]}),
        ("versions", {"plan": a.plan["id"], "seed": 1, "candidates": 1, "parent": None}),
        ("perceptions", {"picture": "0" * 16, "title": "x", "artist": "y", "about": "z", "ignore_words": True}),
        ("choices", {"a": "0" * 16, "b": "0" * 16, "winner": "a"}),
        ("versions/0/nudges", {"direction": "calmer", "amount": 0.5}),
        ("versions/0/rewrites", {"bars": [1, 2], "tracks": [0]}),
    ]  # fmt: skip
    place, body = a.rng.choice(bodies)
    body = copy.deepcopy(body)
    home = a.rng.choice([body, body.get("overrides", body)])
    home[a.rng.choice([*home, "extra"])] = _odd(a.rng)
    return a.send("POST", f"/api/{place}", body)


def _odd(rng: random.Random) -> Any:
    return rng.choice(
        [None, True, -1, 0, 2**62, 2**70, -(10**300), 1.5, 1e308, "", "x" * 401, "\0", "é" * 200, "\U0001f3b5", [],
         [[]],
         {}, {"a": {}}, [None] * 50, ["x" * 400] * 30, "../x", "<script>", "%s%n", "${7*7}", "9" * 300, [2**40, 1],
         ["drums"] * 9]
    )  # fmt: skip


def exchanged(a: Attack) -> int | None:
    """A reading or a plan of somebody's own with some values exchanged."""
    plan = a.rng.random() < 0.5
    data = copy.deepcopy(a.plan["plan"] if plan else a.reading)
    for _ in range(a.rng.randrange(1, 3)):
        _exchange(data, a.rng)
    if not plan:
        answer = a.studio.send("POST", "/api/perceptions", {"perception": data})
        if answer.status != 201:
            return answer.status
        return a.send("POST", "/api/plans", {"perception": answer.json()["id"], "overrides": {"bars": 2}})
    made = a.studio.send("POST", "/api/plans", PLAN).json()
    status = a.send("PUT", f"/api/plans/{made['id']}", {"plan": data}, headers={"If-Match": '"1"'})
    if status == 200:
        job = a.studio.send("POST", "/api/versions", {"plan": made["id"], "candidates": 1})
        if job.status == 202:
            a.end(job.json()["id"], seconds=3)
    return status


def _exchange(data: Any, rng: random.Random) -> None:
    """Exchange one value, anywhere."""
    while isinstance(data, dict | list) and data:
        key = rng.choice(sorted(data)) if isinstance(data, dict) else rng.randrange(len(data))
        inner = data[key]
        if not isinstance(inner, dict | list) or not inner or rng.random() < 0.3:
            if isinstance(data, dict) and rng.random() < 0.2:
                del data[key]
            else:
                data[key] = _odd(rng)
            return
        data = inner


def queries(a: Attack) -> int | None:
    """Odd values behind the question mark."""
    value = a.rng.choice(
        ["-1", "0", "9" * 400, "1e9", "%00", "%ff", "x" * 5000, "../../x", "storm-at-night%00", "'", "NaN"]
    )
    place = a.rng.choice(
        ["pictures?example={}", "pictures?title={}&example=storm-at-night&example=x", "versions/0/score?width={}",
         "state?{}", "pictures?artist={}", "versions/0/files/{}", "versions/0/files/mid?{}"]
    )  # fmt: skip
    method = "POST" if place.startswith("pictures") else "GET"
    answer = a.studio.send(method, f"/api/{place.replace('{}', value)}", b"", headers={"Content-Type": "image/png"})
    status = a.note(answer)
    if status == 201:
        a.studio.send("DELETE", f"/api/pictures/{a.taken[-1]}")
    return status


def no_http(a: Attack) -> int | None:
    """Bytes that are no request, or two in one."""
    host = a.studio.host.encode()
    body = a.rng.choice(
        [
            b"\0" * 100, b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
            b"G" * 70_000, b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nHost: evil.example\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n", b"GET / HTTP/1.1\r\nHost : " + host + b"\r\n\r\n",
            b"POST /api/plans HTTP/1.1\r\nHost: " + host
            + b"\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET",
            b"GET http://evil.example/ HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
            b"GET /\xff\xfe HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            b"GET /api/events HTTP/1.1\r\nHost: " + host + b"\r\nLast-Event-ID: -9\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            base64.b64encode(bytes(a.rng.randrange(256) for _ in range(300))) + b"\r\n\r\n",
        ]
    )  # fmt: skip
    return a.studio.raw(body, seconds=1.0)


KINDS = (
    wrong_host, wrong_origin, wrong_token, wrong_size, wrong_type, svg, bomb, cut_off, interrupted, traversal,
    any_method,
    broken_json, wrong_values, exchanged, queries, no_http,
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ the whole


@dataclass
class Report:
    """What came of it."""

    statuses: dict[str, Counter[int | None]]
    failures: list[str]
    left: list[str]
    composes: bool
    server_mb: float | None
    worker_mb: float | None


def attack(n: int, seed: int, folder: Path, count: Callable[[Iterable[int]], Iterable[int]] = iter) -> Report:
    """Send `n` hostile requests, kind after kind, to a studio with its data in `folder`."""
    statuses: dict[str, Counter[int | None]] = {kind.__name__: Counter() for kind in KINDS}
    failures = []
    with Studio(folder) as studio:
        plan = studio.send("POST", "/api/plans", PLAN).json()
        picture = studio.send("POST", "/api/pictures?example=quiet-interior", b"").json()["id"]
        job = studio.wait(studio.send("POST", "/api/perceptions", {"picture": picture}).json()["id"])
        reading = studio.send("GET", f"/api/perceptions/{job['result']['perception']}").json()["perception"]
        studio.send("DELETE", f"/api/pictures/{picture}")
        for number in count(range(n)):
            kind = KINDS[number % len(KINDS)]
            aim = Attack(studio, random.Random(f"{seed} {number}"), plan, reading)
            try:
                status = kind(aim)
            except (AssertionError, OSError, ValueError, KeyError, TimeoutError) as error:
                failures.append(f"{kind.__name__} {number}: {type(error).__name__}: {error}")
                continue
            statuses[kind.__name__][status] += 1
            if status is not None and status >= 500:
                failures.append(f"{kind.__name__} {number}: {status}")
        for taken in studio.send("GET", "/api/state").json()["pictures"]:  # sent by hand, and not yet asked to be read
            Attack(studio, random.Random(seed), plan, reading).read(taken["id"])
        for job in studio.send("GET", "/api/state").json()["jobs"]:
            studio.send("DELETE", f"/api/jobs/{job['id']}")
            studio.wait(job["id"])
        paths = [path for path in folder.rglob("*") if path.is_file() and path.name not in KEPT]
        left = sorted(str(path.relative_to(folder)) for path in paths)
        version = studio.send("POST", "/api/versions", {"plan": plan["id"], "candidates": 1}).json()
        composes = studio.wait(version["id"])["state"] == "done"
        server_mb = peak_mb(studio.process.pid)
        worker_mb = max((peak_mb(pid) or 0.0 for pid in workers_of(studio.process.pid)), default=None)
        if "Traceback" in studio.said():
            failures.append(f"a traceback: {studio.said()[-2000:]}")
    return Report(statuses, failures, left, composes, server_mb, worker_mb)


def main() -> int:
    parser = argument_parser(__doc__)
    add_number(parser, "--n", 1000, "requests")
    add_number(parser, "--seed", 1, "another number, other requests")
    add_out(parser, __file__)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "studio"
        report = attack(options.n, options.seed, place, lambda items: progress(items, options.n, "requests"))
    rows = [(name, found.total(), *_shares(found)) for name, found in report.statuses.items()]
    write_csv(options.out / "hostile.csv", ("kind", "n", "2xx_3xx", "4xx", "5xx", "closed"), rows)
    total = [sum(column) for column in zip(*(row[1:] for row in rows), strict=True)]
    answers = f"{total[1]} answered with 2xx or 3xx, {total[2]} with 4xx, {total[3]} with 5xx, {total[4]} with nothing"
    lines = [
        f"{total[0]} hostile requests of {len(rows)} kinds: {answers}",
        f"files left: {len(report.left)} {report.left[:5]}",
        f"composes afterwards: {report.composes}",
        f"peak memory: server {report.server_mb} MB, worker {report.worker_mb} MB",
        *(f"failure: {failure}" for failure in report.failures),
    ]
    write_summary(options.out, "".join(f"{line}\n" for line in lines), name="hostile.txt")
    return int(bool(report.failures or report.left or not report.composes))


def _shares(found: Counter[int | None]) -> list[int]:
    """Answers of 200 to 399, of 400 to 499, of 500 and more, and none."""
    known = Counter({status: number for status, number in found.items() if status is not None})
    bounds = ((100, 400), (400, 500), (500, 600))
    return [sum(n for status, n in known.items() if low <= status < high) for low, high in bounds] + [found[None]]


if __name__ == "__main__":
    raise SystemExit(main())
