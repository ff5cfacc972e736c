"""How fast are notes written, and how much memory does it take?

Sixteen bars for four parts (string quartet), several plans:

* notes a second in the decoding loop, for one candidate and for batches of candidates (the chosen piece's notes and
  those of all candidates), rules included;
* the same backbone in transformers' ``generate`` (`LlamaForCausalLM`, cached, a head of 128 tokens, sampling), a note
  for each token, without our heads and rules, for one sequence and for the same batches;
* the command from a cold start to the file, with its peak memory.

    python benchmarks/generation/run.py [--threads 2] [--repeats 5]

Writes results.csv beside this file, or into --out. Run it on a quiet machine.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_out, argument_parser, rounded, write_csv

__all__ = ["Row", "main"]

INSTRUMENTS = "violin,violin,viola,cello"
BATCHES = (1, 2, 4, 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure: median, least and most over the repeats."""

    what: str
    batch: int
    unit: str
    median: float
    least: float
    most: float
    n: int


def _row(what: str, batch: int, unit: str, values: Sequence[float]) -> Row:
    return Row(
        what=what, batch=batch, unit=unit, median=median(values), least=min(values), most=max(values), n=len(values)
    )


def decoding(repeats: int) -> list[Row]:
    """Notes a second of `composer.music.sampling.sample`."""
    import numpy as np

    from composer.music.generate import default_weights
    from composer.music.layout import lay_out
    from composer.music.sampling import Sampling, sample
    from composer.planning import PlanOverrides, make_plan

    weights = default_weights()
    rows = []
    for batch in BATCHES:
        whole, single = [], []
        for seed in range(repeats):
            wish = PlanOverrides(bars=16, instruments=INSTRUMENTS, valence=0.3, arousal=0.2)
            layout = lay_out(make_plan(None, overrides=wish, seed=seed), seed=seed)
            began = time.perf_counter()
            pieces = sample(
                layout,
                weights,
                candidates=batch,
                sampling=Sampling(),
                generator=np.random.default_rng(seed),
            )
            seconds = time.perf_counter() - began
            whole.append(sum(piece.note_count for piece in pieces) / seconds)
            single.append(pieces[0].note_count / seconds)
        rows.append(_row("decoding loop, all candidates", batch, "notes/s", whole))
        rows.append(_row("decoding loop, the piece kept", batch, "notes/s", single))
    return rows


def transformers_generate(repeats: int, threads: int) -> list[Row]:
    """Tokens a second of transformers' ``generate`` with the embedded backbone."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, LlamaModel

    from composer import assets

    torch.set_num_threads(threads)
    folder = assets.resolve("music/config.json").parent
    config = LlamaConfig.from_pretrained(folder, vocab_size=128, tie_word_embeddings=True)
    model = LlamaForCausalLM(config).eval()
    trained = LlamaModel.from_pretrained(folder, dtype=torch.float32).state_dict()
    model.model.load_state_dict({k: v for k, v in trained.items() if "embed_tokens" not in k}, strict=False)
    rows = []
    length = 300
    for batch in BATCHES:
        speeds = []
        for seed in range(repeats):
            torch.manual_seed(seed)
            begun = torch.randint(0, 128, (batch, 1))
            start = time.perf_counter()
            out = model.generate(
                begun,
                attention_mask=torch.ones_like(begun),
                min_new_tokens=length,
                max_new_tokens=length,
                do_sample=True,
                top_p=0.92,
                pad_token_id=0,
            )
            speeds.append(batch * (out.shape[1] - 1) / (time.perf_counter() - start))
        rows.append(_row("transformers' generate", batch, "tokens/s", speeds))
    return rows


def cold_command(repeats: int) -> list[Row]:
    """Seconds of the whole command, and its peak memory in MB."""
    seconds, memory = [], []
    command = [sys.executable, "-c", "from composer.cli import entry; entry()"]
    wish = ["--valence", "0.3", "--arousal", "0.2", "--bars", "16", "--instruments", INSTRUMENTS]
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(repeats):
            target = str(Path(folder) / f"{seed}.mid")
            start = time.perf_counter()
            subprocess.run([*command, *wish, "--seed", str(seed), "--out", target], check=True, capture_output=True)
            seconds.append(time.perf_counter() - start)
            memory.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
    return [
        _row("command, cold, 16 bars for four parts (two candidates)", 2, "s", seconds),
        _row("its peak memory", 2, "MB", memory),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--repeats", type=int, default=5, help="(default 5)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of torch (default: all processors)")
    add_out(parser, __file__, "folder for results.csv")
    options = parser.parse_args(arguments)
    rows = [*cold_command(options.repeats), *decoding(options.repeats)]
    rows += transformers_generate(options.repeats, options.threads)
    write_csv(options.out / "results.csv", [item.name for item in fields(Row)], map(rounded, rows))
    for row in rows:
        print(f"{row.what}, batch {row.batch}: {row.median:.4g} {row.unit} [{row.least:.4g}, {row.most:.4g}]")
    return 0


if __name__ == "__main__":
    sys.exit(main())
