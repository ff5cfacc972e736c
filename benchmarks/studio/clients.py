"""Fifty clients at once and one worker: no answer but 2xx and 429, no job lost, memory bounded.

Each client is a user with a token. At the same moment all of them ask for a plan, for a piece of two bars, for its
notes, score and MIDI file; whoever is told to come back does so when it was said. Two more listen to the
events of all that, and go away without a word.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from serving import Answer, Studio, peak_mb, workers_of  # noqa: E402

from common import add_number, add_out, argument_parser, write_csv, write_summary  # noqa: E402
from composer.studio.users import add_user  # noqa: E402

__all__ = ["Tally", "crowd"]

PLAN = {"valence": 0.4, "arousal": -0.2, "overrides": {"bars": 2, "instruments": "flute,piano"}}


@dataclass
class Tally:
    """What the clients were told."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    done: int = 0
    slowest_s: float = 0.0
    server_mb: list[float] = field(default_factory=list)
    worker_mb: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, answer: Answer) -> int | None:
        """Count an answer; seconds to wait where there was no room."""
        with self.lock:
            self.statuses[answer.status] += 1
            said = answer.headers.get("retry-after", "")
            if answer.status == 429 and said.isdecimal():
                return int(said)
            if not 200 <= answer.status < 300:
                self.failures.append(f"{answer.status}: {answer.body[:200]!r}")
        return None


class Client:
    """One user."""

    def __init__(self, studio: Studio, token: str, tally: Tally) -> None:
        self.studio, self.token, self.tally = studio, token, tally

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """An answer, however often one has to come back for it."""
        for _ in range(500):
            answer = self.studio.send(method, path, body, token=self.token)
            seconds = self.tally.note(answer)
            if seconds is None:
                return answer
            time.sleep(seconds)
        raise TimeoutError(f"{path}: no room for ever")

    def run(self, number: int, pieces: int, start: threading.Barrier) -> None:
        """Ask for pieces, one after the other."""
        start.wait()
        try:
            for piece in range(pieces):
                began = time.monotonic()
                plan = self.ask("POST", "/api/plans", {**PLAN, "seed": number * 100 + piece}).json()
                job = self.ask("POST", "/api/versions", {"plan": plan["id"], "candidates": 1}).json()
                done = self.studio.wait(job["id"], token=self.token, seconds=1800)
                if done["state"] != "done":
                    raise AssertionError(f"the job of client {number} {done['state']}: {done['error']}")
                version = done["result"]["version"]
                for rest in ("", "/notes", "/score?width=400", "/files/mid"):
                    self.ask("GET", f"/api/versions/{version}{rest}")
                with self.tally.lock:
                    self.tally.done += 1
                    self.tally.slowest_s = max(self.tally.slowest_s, time.monotonic() - began)
            mine = self.ask("GET", "/api/state").json()
            if len(mine["versions"]) != pieces:
                raise AssertionError(f"client {number} has {len(mine['versions'])} pieces")
        except Exception as error:  # noqa: BLE001 - told with all the others
            with self.tally.lock:
                self.tally.failures.append(f"client {number}: {type(error).__name__}: {error}")


def crowd(clients: int, pieces: int, folder: Path) -> Tally:
    """Let that many clients ask for that many pieces each, all at once."""
    tokens = [add_user(folder, f"user{number}") for number in range(clients)]
    tally = Tally()
    with Studio(folder) as studio:
        listener = threading.Thread(target=_listen, args=(studio,), daemon=True)
        listener.start()
        start = threading.Barrier(clients)
        threads = [
            threading.Thread(target=Client(studio, token, tally).run, args=(number, pieces, start))
            for number, token in enumerate(tokens)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            tally.server_mb += [found for found in [peak_mb(studio.process.pid)] if found is not None]
            time.sleep(0.5)
        tally.worker_mb = max((peak_mb(pid) or 0.0 for pid in workers_of(studio.process.pid)), default=None)
        if "Traceback" in studio.said():
            tally.failures.append(studio.said()[-2000:])
    return tally


def _listen(studio: Studio) -> None:
    """Open two streams of events, and break one of them off at once."""
    head = f"GET /api/events HTTP/1.1\r\nHost: {studio.host}\r\nCookie: {studio.cookie}\r\n\r\n".encode()
    studio.raw(head, seconds=0.2)
    studio.raw(head, seconds=30)


def main() -> int:
    parser = argument_parser(__doc__)
    add_number(parser, "--clients", 50, "clients at once")
    add_number(parser, "--pieces", 2, "pieces that each asks for")
    add_out(parser, __file__)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = crowd(options.clients, options.pieces, Path(folder) / "studio")
    write_csv(options.out / "clients.csv", ("status", "answers"), sorted(tally.statuses.items()))
    total, answers = options.clients * options.pieces, sum(tally.statuses.values())
    memory = f"server {max(tally.server_mb, default=0)} MB, worker {tally.worker_mb} MB"
    lines = [
        f"{options.clients} clients, {options.pieces} pieces each: {tally.done} of {total} made, {answers} answers",
        "answers by status: " + ", ".join(f"{status}: {count}" for status, count in sorted(tally.statuses.items())),
        f"peak memory: {memory}",
        *(f"failure: {failure}" for failure in tally.failures),
    ]
    write_summary(options.out, "".join(f"{line}\n" for line in lines), name="clients.txt")
    return int(bool(tally.failures) or tally.done != total)


if __name__ == "__main__":
    raise SystemExit(main())
