"""Schemathesis over the API of a studio: every operation with right and wrong values, alone and one after the other.

The checks are all of schemathesis's but one: a value may be right by the schema and wrong in music (a meter that nobody
plays), so that right data may be refused with 422.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from serving import Studio  # noqa: E402

from common import add_number, add_out, argument_parser, write_summary  # noqa: E402
from composer.studio.users import add_user  # noqa: E402

_COMMAND = "from schemathesis.cli import schemathesis; schemathesis()"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def run(examples: int, seed: int, folder: Path) -> tuple[int, str]:
    """Exit code and report of schemathesis."""
    token = add_user(folder, "ada")
    with Studio(folder, "--quota", "1000000", "--waiting", "4") as studio:
        arguments = [
            "run", f"http://{studio.host}/api/openapi.json", "--header", f"Authorization: Bearer {token}",
            "--exclude-path", "/api/events", "--exclude-checks", "positive_data_acceptance", "--workers", "1",
            "--max-examples", str(examples), "--seed", str(seed), "--no-color", "--continue-on-failure",
            "--request-timeout", "120", "--suppress-health-check", "all",
        ]  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", _COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
        said = _COLOURS.sub("", done.stdout + done.stderr)
        failed = done.returncode or int("Traceback" in studio.said())
        return failed, said + (studio.said() if failed else "")


def main() -> int:
    parser = argument_parser(__doc__)
    add_number(parser, "--examples", 60, "examples of each operation and phase")
    add_number(parser, "--seed", 1, "another number, other examples")
    add_out(parser, __file__)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        code, said = run(options.examples, options.seed, Path(folder) / "studio")
    lines = said.splitlines()
    start = next((n for n, line in enumerate(lines) if "SUMMARY" in line), 0)
    if code:
        print(said)
    head = f"schemathesis, {options.examples} examples of each operation and phase, seed {options.seed}\n"
    summary = (line.encode("ascii", "ignore").decode().strip(" =") for line in lines[start + 1 : -1])
    write_summary(options.out, "".join(f"{line}\n" for line in summary if line), head=head, name="schema.txt")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
