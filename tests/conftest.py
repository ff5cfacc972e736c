"""What every test needs: no network, one thread, nobody's own models; pictures and a way to run the command."""

from __future__ import annotations

import os

# Before anything imports numpy or torch.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["COMPOSER_OFFLINE"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Results must not depend on what the person at this machine has set up."""
    monkeypatch.setenv("COMPOSER_HOME", str(tmp_path_factory.getbasetemp() / "no-home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path_factory.getbasetemp() / "no-cache"))
    monkeypatch.delenv("COMPOSER_SOUNDFONT", raising=False)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def examples() -> dict[str, Path]:
    """The example pictures by name."""
    return {path.stem: path for path in sorted((REPOSITORY / "examples").glob("*.png"))}


@pytest.fixture(scope="session")
def data() -> Path:
    """The data folder (COMPOSER_DATA, or ../shared/data); the test is skipped without it."""
    folder = Path(os.environ.get("COMPOSER_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "paintings").is_dir():
        pytest.skip("the data folder is not there")
    return folder


@pytest.fixture(scope="session")
def paintings(data: Path) -> list[Path]:
    """Real paintings, sorted by name."""
    return sorted(path for path in (data / "paintings").rglob("*") if path.suffix in (".jpg", ".jpeg", ".png", ".webp"))


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def error_lines(self) -> list[str]:
        """The lines on stderr."""
        return self.err.splitlines()


RunCli = Callable[..., Outcome]


@pytest.fixture
def run_cli() -> RunCli:
    """Run ``compose`` in this process: ``run_cli("plan", picture, "--bars", 8)``."""
    from click.testing import CliRunner

    from composer.cli import app

    def run(*arguments: object) -> Outcome:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="compose")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(code=result.exit_code, out=result.stdout, err=result.stderr)

    return run
