"""Do the stems add up to the mix, and is the mix as loud, as clean and as balanced as promised?

Composes one piece for each of the planner's ensembles and some solos, renders mix and stems, and measures the files:
with pyloudnorm over the whole file (not with the meter that set the level) and true peaks at eight times the sample
rate.

    python benchmarks/stems/run.py --n 20

Writes results.csv (one row per piece) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import math
import sys
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import argument_parser, progress, write_csv, write_summary
from composer.assets import sha256_of
from composer.music import generate
from composer.planning import PlanOverrides, make_plan
from composer.planning.ensembles import ENSEMBLES
from composer.rendering import composition_events, find_soundfont, stem_names
from composer.rendering.audio.rendering import render_audio
from composer.types import Composition, MusicalPlan

__all__ = ["Row", "load_wav", "main", "measure", "plan_of", "residual_db", "summary"]

SOLOS = ("piano", "harpsichord", "guitar", "violin", "xylophone", "music box", "church organ", "harp")
_MANY = "flute,oboe,clarinet,bassoon,horn,horn,trumpet,trombone,tuba,timpani,violin,violin,viola,cello,contrabass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One piece.

    Attributes
    ----------
    ensemble, parts, seconds : what was rendered.
    residual_db : RMS of (sum of stems - mix) over the RMS of the mix.
    lufs, true_peak_dbtp : of the mix's file; clipped : samples at full scale.
    reduction_db : how far the gain gave way at most.
    balance_db : RMS of the left channel over that of the right.
    silent_share : share of 50 ms windows within the bars that are below -60 dBFS.
    lead_over_others_db : loudness of the melody's stem over that of the loudest other one; nan for one part.
    render_seconds : for mix and stems together.
    """

    ensemble: str
    parts: int
    seconds: float
    residual_db: float
    lufs: float
    true_peak_dbtp: float
    clipped: int
    reduction_db: float
    balance_db: float
    silent_share: float
    lead_over_others_db: float
    render_seconds: float


def plan_of(number: int, seed: int) -> tuple[str, MusicalPlan]:
    """Name and plan of a piece: the planner's ensembles in turn, solos, and one orchestra of fifteen."""
    choices = [
        (ensemble.name, ",".join("drums" if role == "drums" else str(p) for role, p in ensemble.parts))
        for ensemble in ENSEMBLES
    ]
    choices = [("orchestra of fifteen", _MANY), *((name, name) for name in SOLOS), *choices]
    name, instruments = choices[number * 11 % len(choices)]
    valence, arousal = ((0.5, 0.5), (-0.5, 0.6), (-0.5, -0.5), (0.5, -0.5))[(number + seed) % 4]
    overrides = PlanOverrides(bars=16, instruments=instruments, valence=valence, arousal=arousal)
    return name, make_plan(None, overrides=overrides, seed=number + seed)


def load_wav(path: Path) -> NDArray[np.float64]:
    """Samples of a 16 or 24 bit WAV, full scale 1, shape (n, 2)."""
    with wave.open(str(path)) as wav:
        width, data = wav.getsampwidth(), wav.readframes(wav.getnframes())
    packed = np.frombuffer(data, dtype=np.uint8).reshape(-1, width)
    wide = np.zeros((len(packed), 4), dtype=np.uint8)
    wide[:, 4 - width :] = packed
    return (wide.view("<i4")[:, 0] >> (8 * (4 - width))).reshape(-1, 2) / (2 ** (8 * width - 1) - 1)


def _rms_db(samples: NDArray[np.float64]) -> float:
    return 10 * math.log10(float(np.mean(np.square(samples))) + 1e-20)


def residual_db(mix: NDArray[np.float64], stems: Sequence[NDArray[np.float64]]) -> float:
    """Level of what is left when the mix is taken from the sum of the stems, relative to the mix."""
    return _rms_db(sum(stems) - mix) - _rms_db(mix)


def measure(name: str, plan: MusicalPlan, number: int) -> Row:
    """Compose, render and measure one piece."""
    import pyloudnorm
    from scipy.signal import resample_poly

    score = generate(plan, seed=number, candidates=1).score
    piece = Composition(perception=None, plan=score.plan, score=score, provenance={"seed": number})
    events = composition_events(piece)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / stem for stem in stem_names(events)]
        start = time.perf_counter()
        facts = render_audio(events, Path(folder) / "mix.wav", stems=paths)
        seconds = time.perf_counter() - start
        mix, stems = load_wav(Path(folder) / "mix.wav"), [load_wav(path) for path in paths]
    meter = pyloudnorm.Meter(44_100)
    loudness = [_loudness(meter, stem) for stem in stems]
    roles = [piece.plan.instruments[part.track - 1].role for part in events.parts]
    others = [value for value, role in zip(loudness, roles, strict=True) if role != "melody"]
    lead = [value for value, role in zip(loudness, roles, strict=True) if role == "melody"]
    fine = np.abs(resample_poly(mix, 8, 1, axis=0)).max()
    within = mix[: round(events.end_seconds * 44_100)]
    windows = within[: len(within) // 2205 * 2205].reshape(-1, 2205 * 2)
    return Row(
        ensemble=name,
        parts=len(stems),
        seconds=round(len(mix) / 44_100, 1),
        residual_db=round(residual_db(mix, stems), 1),
        lufs=round(float(meter.integrated_loudness(mix)), 2),
        true_peak_dbtp=round(20 * math.log10(fine), 2),
        clipped=int((np.abs(mix) >= 1).sum()),
        reduction_db=round(facts[0].reduction_db, 1),
        balance_db=round(_rms_db(mix[:, 0]) - _rms_db(mix[:, 1]), 1),
        silent_share=round(float((np.sqrt(np.mean(np.square(windows), axis=1)) < 1e-3).mean()), 3),
        lead_over_others_db=round(max(lead) - max(others), 1) if lead and others else math.nan,
        render_seconds=round(seconds, 1),
    )


def _loudness(meter: object, samples: NDArray[np.float64]) -> float:
    return max(-70.0, float(meter.integrated_loudness(samples)))  # type: ignore[attr-defined]


def summary(rows: Sequence[Row]) -> str:
    """Median and extremes of every measure, and how many pieces keep the promises."""
    font = find_soundfont()
    lines = [f"n = {len(rows)} pieces of 16 bars; soundfont {font.name}, sha256 {sha256_of(font)[:16]}"]
    promises = {
        "stems add up within -60 dB": [row.residual_db < -60 for row in rows],
        "-16 LUFS +- 1": [abs(row.lufs + 16) <= 1 for row in rows],
        "true peak under -1 dBTP": [row.true_peak_dbtp <= -0.95 for row in rows],
        "no clipped sample": [row.clipped == 0 for row in rows],
        "left and right within 3 dB": [abs(row.balance_db) <= 3 for row in rows],
    }
    lines += [f"{name:<28} {sum(kept)}/{len(kept)}" for name, kept in promises.items()]
    lines.append(f"{'':<22}{'median':>10}{'lowest':>10}{'highest':>10}")
    for field in fields(Row)[2:]:
        values = [float(getattr(row, field.name)) for row in rows if not math.isnan(getattr(row, field.name))]
        if values:
            lines.append(f"{field.name:<22}{np.median(values):>10.2f}{min(values):>10.2f}{max(values):>10.2f}")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, write the tables, print the summary."""
    parser = argument_parser(__doc__)
    parser.add_argument("--n", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args(arguments)
    pieces = (measure(*plan_of(number, options.seed), number) for number in range(options.n))
    rows = list(progress(pieces, options.n))
    write_csv(options.out / "results.csv", [field.name for field in fields(Row)], map(astuple, rows))
    write_summary(options.out, summary(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
