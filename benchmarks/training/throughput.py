"""How many notes a second does one core train, by the size of the network?

    scripts/bench training/throughput                            four sizes, one thread
    scripts/bench training/throughput --sizes 256x6,768x12       width x layers

Random notes in crops of --length steps go forward and back, in bfloat16 or float32, whichever is quicker; the
optimiser's step is timed by itself, since it is paid once an update however many crops that has. Times are processor
time. The summary carries the largest size over to a billion notes.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import platform
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, progress, write_csv, write_summary

COLUMNS = ("width", "layers", "parameters", "precision", "notes_per_s", "gflop_per_s", "optimiser_s")
NOTES = 1_000_000_000
BATCH_NOTES = 500_000
"""Notes of an update in the projection: about what is usual for a network of a hundred million parameters."""
GPU_FLOPS = 400e12
"""What a present GPU is assumed to reach in training: 40 % of 1,000 TFLOP/s in bfloat16."""


def best(attempt: Any, times: int) -> float:
    """Least processor seconds of some attempts."""
    spent = []
    for _ in range(times):
        began = time.process_time()
        attempt()
        spent.append(time.process_time() - began)
    return min(spent)


def measure(width: int, layers: int, crops: int, length: int) -> tuple[object, ...]:
    """The row of a size."""
    import torch

    from composer.music.tokens import CONDITIONS
    from composer.training.music.network import MusicNetwork, NetworkConfig
    from composer.training.music.optimiser import optimisers_of

    torch.set_num_threads(1)
    torch.manual_seed(0)
    heads = max(4, width // 64)
    network = MusicNetwork(NetworkConfig(width=width, layers=layers, heads=heads, feed_forward=width * 11 // 4)).train()
    steps = torch.stack([torch.randint(0, high, (crops, length)) for high in (48, 128, 33)], dim=-1)
    conditions = torch.zeros(crops, length, len(CONDITIONS), dtype=torch.long)
    zeros, valid = torch.zeros(crops, length, dtype=torch.long), torch.ones(crops, length, dtype=torch.bool)

    def one_pass(dtype: torch.dtype) -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype is torch.bfloat16):
            embedded = network.conditions(conditions.flatten(0, 1)).unflatten(0, (crops, length))
            *losses, _ = network.losses(steps, embedded, steps, zeros, zeros, valid)
        torch.stack(losses).sum().backward()

    spent = {dtype: best(lambda dtype=dtype: one_pass(dtype), 3) for dtype in (torch.float32, torch.bfloat16)}
    dtype = min(spent, key=lambda one: spent[one])
    optimisers = optimisers_of(network, learning_rate=1e-3, weight_decay=0.1, dtype=dtype)
    update = best(lambda: [optimiser.step() for optimiser in optimisers], 2)
    count = sum(parameter.numel() for parameter in network.parameters())
    notes = crops * length / spent[dtype]
    return (
        width, layers, count, str(dtype).removeprefix("torch."), round(notes), round(6e-9 * count * notes, 1),
        round(update, 2),
    )  # fmt: skip


def summary(row: tuple[Any, ...]) -> str:
    """A billion notes with a row's network."""
    hours = NOTES / row[4] / 3600 + NOTES / BATCH_NOTES * row[6] / 3600
    gpu = 6 * row[2] * NOTES / GPU_FLOPS / 60
    return (
        f"once through {NOTES:,} notes with {row[2] / 1e6:.0f} M parameters, projected from {row[4]} notes a second "
        f"and core: {hours:,.0f} core hours, {hours / 64:.0f} h on 64 cores that lose nothing to each other; "
        f"{gpu:.0f} min on a GPU at {GPU_FLOPS / 1e12:.0f} TFLOP/s (assumed)\n"
    )


def main() -> None:
    """Measure every size."""
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--sizes", default="256x6,512x8,768x12", help="width x layers (default %(default)s)")
    add_number(parser, "--crops", 2, "crops a pass")
    add_number(parser, "--length", 512, "steps a crop")
    add_out(parser, __file__, "folder for throughput.csv")
    options = parser.parse_args()
    sizes = [tuple(map(int, size.split("x"))) for size in options.sizes.split(",")]
    counted = progress(sizes, len(sizes), "sizes")
    rows = [measure(width, layers, options.crops, options.length) for width, layers in counted]
    write_csv(options.out / "throughput.csv", COLUMNS, rows)
    head = f"{platform.machine()}, one thread, {options.crops} crops of {options.length} steps\n"
    write_summary(options.out, summary(max(rows, key=lambda row: row[2])), head=head, name="throughput.txt")


if __name__ == "__main__":
    main()
