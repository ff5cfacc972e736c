"""One step per note, or one token per attribute? Two representations, the same notes, backbone and processor time.

*compound* is the representation of `composer.music.tokens`: a step is a note, three small heads decode its attributes.
*REMI* (Huang & Yang 2020) is miditok's, with programs and without velocities: position, program, pitch and duration
are tokens of their own. Both see the windows of one token cache. All that the compound form is usually told (chords,
density, echoes ...) is hidden here but the meter, the instrument and the part's number, so that both must find out for
themselves.

    python benchmarks/representation/run.py --cache runs/music/cache.npz --seconds 600

Prints and writes bits per note on the validation split, notes trained per second and notes generated per second.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - torch's own convention
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, rounded, write_csv
from composer.music.tokens import CONDITIONS, DURATIONS, END, GRID, METERS
from composer.theory import Meter
from composer.training.music.batches import Cache, load_cache, make_batch, sample_windows
from composer.training.music.network import MusicNetwork, NetworkConfig

__all__ = ["Result", "main", "remi_tokens"]

_COLUMN = {name: index for index, name in enumerate(CONDITIONS)}
_TOLD = ("meter", "family", "slot")
_STEPS, _LENGTH = 4096, 512
"""Steps or tokens of an update, and of a crop."""
_RATE, _WARMUP = 1.2e-3, 40
_WINDOWS = 24
"""Windows per source for the validation, as in training."""
_TICKS = 480


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one representation reached."""

    form: str
    updates: int
    notes_trained: int
    notes_per_second: float
    bits_per_note: float
    steps_per_note: float
    generated_per_second: float


# --------------------------------------------------------------------------------------------- REMI


def remi_tokenizer() -> object:
    """The REMI of miditok on our grid: programs and meters, no velocities."""
    from miditok import REMI, TokenizerConfig

    return REMI(
        TokenizerConfig(
            pitch_range=(12, 116),
            beat_res={(0, 8): GRID},
            use_velocities=False,
            use_programs=True,
            use_time_signatures=True,
            time_signature_range={8: [3, 6, 9, 12], 4: [2, 3, 4, 5]},
        )
    )


def remi_tokens(cache: Cache, window: int, tokenizer: object) -> tuple[NDArray[np.int64], int]:
    """The same notes as miditok writes them, and how many there are; the program stands for the instrument's family."""
    import symusic

    low, high = int(cache.window_start[window]), int(cache.window_start[window + 1])
    steps, block = cache.steps[low:high], cache.block[low:high]
    rows = cache.conditions[block]
    code = int(rows[0, _COLUMN["meter"]])
    meter = METERS[code - 1] if code <= len(METERS) else "4/4"
    length = Meter.parse(meter).bar_steps
    bars = np.cumsum(np.diff(rows[:, _COLUMN["bar"]].astype(int), prepend=0) != 0) - 1
    score = symusic.Score(_TICKS)
    score.time_signatures.append(symusic.TimeSignature(0, *(int(part) for part in meter.split("/"))))
    tracks: dict[int, object] = {}
    count = 0
    for (position, pitch, duration), row, bar in zip(steps.tolist(), rows, bars.tolist(), strict=True):
        if position == END:
            continue
        family = max(0, int(row[_COLUMN["family"]]) - 1)
        track = tracks.setdefault(family, symusic.Track(program=8 * family))
        onset = (bar * length + position) * _TICKS // GRID
        track.notes.append(symusic.Note(onset, DURATIONS[duration] * _TICKS // GRID, pitch, 64))  # type: ignore[attr-defined]
        count += 1
    for track in tracks.values():
        score.tracks.append(track)
    return np.array(tokenizer(score).ids, dtype=np.int64), count  # type: ignore[operator]


class Remi:
    """A causal language model over REMI tokens."""

    def __init__(self, cache: Cache, config: NetworkConfig) -> None:
        self.cache, self.tokenizer = cache, remi_tokenizer()
        vocabulary = len(self.tokenizer)  # type: ignore[arg-type]
        self.model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=vocabulary,
                hidden_size=config.width,
                intermediate_size=config.feed_forward,
                num_hidden_layers=config.layers,
                num_attention_heads=config.heads,
                num_key_value_heads=config.heads,
                max_position_embeddings=config.context,
                rms_norm_eps=1e-5,
                tie_word_embeddings=True,
            )
        )
        self.known: dict[int, tuple[NDArray[np.int64], int]] = {}
        self.tokens_seen, self.notes_seen = 0, 0

    def _tokens(self, window: int) -> tuple[NDArray[np.int64], int]:
        if window not in self.known:
            self.known[window] = remi_tokens(self.cache, window, self.tokenizer)
        return self.known[window]

    def loss(self, windows: Sequence[int], rng: np.random.Generator, *, whole: bool) -> tuple[Tensor, float]:
        """Summed nats, and the notes that the tokens stand for; a random crop of each window, or its beginning."""
        length = _LENGTH
        ids = np.zeros((len(windows), length + 1), dtype=np.int64)
        mask = np.zeros((len(windows), length), dtype=bool)
        notes = 0.0
        for row, window in enumerate(windows):
            tokens, count = self._tokens(window)
            first = 0 if whole else int(rng.integers(0, max(1, len(tokens) - length)))
            crop = tokens[first : first + length + 1]
            ids[row, : len(crop)] = crop
            mask[row, : len(crop) - 1] = True
            notes += count * (len(crop) - 1) / max(1, len(tokens))
        batch = torch.from_numpy(ids)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self.model(input_ids=batch[:, :-1]).logits
        chosen = torch.from_numpy(mask)
        nats = F.cross_entropy(logits[chosen].float(), batch[:, 1:][chosen], reduction="sum")
        self.tokens_seen += int(mask.sum())
        self.notes_seen += int(notes)
        return nats, notes

    def steps_per_note(self) -> float:
        """Tokens for a note."""
        return self.tokens_seen / max(1, self.notes_seen)


class Compound:
    """The representation in use, with nearly all conditions hidden."""

    def __init__(self, cache: Cache, config: NetworkConfig) -> None:
        self.cache, self.model = cache, MusicNetwork(config)
        self.steps_seen, self.notes_seen = 0, 0

    def loss(self, windows: Sequence[int], rng: np.random.Generator, *, whole: bool) -> tuple[Tensor, float]:
        """Summed nats and notes."""
        del whole
        batch = make_batch(self.cache, list(windows), _LENGTH, rng, hide=False)
        conditions = np.zeros_like(batch.conditions)
        for name in _TOLD:
            conditions[..., _COLUMN[name]] = batch.conditions[..., _COLUMN[name]]
        steps, target, rows, valid = (torch.from_numpy(x) for x in (batch.steps, batch.target, conditions, batch.valid))
        unknown = torch.zeros(valid.shape, dtype=torch.int64)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            embedded = self.model.conditions(rows.flatten(0, 1)).unflatten(0, rows.shape[:2])
            *losses, count = self.model.losses(steps, embedded, target, unknown, unknown, valid)
        self.steps_seen += int(valid.sum())
        self.notes_seen += int(count)
        return torch.stack(losses).sum(), float(count)

    def steps_per_note(self) -> float:
        """Steps for a note; the headers of the blocks count."""
        return self.steps_seen / max(1, self.notes_seen)


# -------------------------------------------------------------------------------------------- train


def train(form: Remi | Compound, name: str, cache: Cache, seconds: float, seed: int) -> Result:
    """Train for so many seconds of processor time and measure."""
    torch.manual_seed(seed)
    matrices = [p for n, p in form.model.named_parameters() if p.dim() == 2 and ".layers." in n]
    chosen = {id(p) for p in matrices}
    others = [p for p in form.model.parameters() if id(p) not in chosen]
    optimisers = (
        torch.optim.Muon(matrices, lr=_RATE, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=_RATE, weight_decay=0.0, betas=(0.9, 0.95)),
    )
    used, updates, notes = 0.0, 0, 0.0
    while used < seconds:
        began = time.process_time()
        rng = np.random.default_rng((seed, updates))
        windows = sample_windows(cache, 0, _STEPS, _LENGTH, rng)
        rate = _RATE * min(1.0, (updates + 1) / _WARMUP) * max(0.05, min(1.0, (1 - used / seconds) / 0.4))
        nats, count = form.loss(windows, rng, whole=False)
        (nats / count).backward()
        torch.nn.utils.clip_grad_norm_(form.model.parameters(), 1.0)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        used += time.process_time() - began
        updates, notes = updates + 1, notes + count
        if updates % 25 == 0:
            print(f"\r{name}: {used:.0f}/{seconds:.0f} s, {updates} updates", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return Result(
        form=name,
        updates=updates,
        notes_trained=int(notes),
        notes_per_second=notes / used,
        bits_per_note=validate(form, cache),
        steps_per_note=form.steps_per_note(),
        generated_per_second=1 / (_step_seconds(form) * form.steps_per_note()),
    )


@torch.no_grad()
def validate(form: Remi | Compound, cache: Cache) -> float:
    """Bits per note on the beginnings of validation windows, equally many of each source."""
    form.model.eval()
    rng = np.random.default_rng(0)
    nats, notes = 0.0, 0.0
    for number in range(len(cache.sources)):
        indices = [int(i) for i in cache.windows(1) if cache.window_source[i] == number]
        chosen = [indices[i] for i in rng.permutation(len(indices))[:_WINDOWS]]
        for first in range(0, len(chosen), 8):
            loss, count = form.loss(chosen[first : first + 8], np.random.default_rng(1), whole=True)
            nats, notes = nats + float(loss), notes + count
    return nats / notes / float(np.log(2))


@torch.no_grad()
def _step_seconds(form: Remi | Compound) -> float:
    """Processor seconds of one cached step of the backbone and its heads in transformers, at a history of 256."""
    backbone = form.model.model if isinstance(form, Remi) else form.model.backbone
    width = backbone.config.hidden_size
    past = backbone(inputs_embeds=torch.zeros(1, 256, width), use_cache=True).past_key_values
    head: Callable[[Tensor], object]
    if isinstance(form, Remi):
        head = form.model.lm_head
    else:
        network, one = form.model, torch.zeros(1, dtype=torch.int64)

        def head(hidden: Tensor) -> object:
            state = hidden[:, 0]
            network.position_head(state)
            network.pitch_logits(state, one, one, one)
            return network.duration_logits(state, one, one)

    began = time.process_time()
    for _ in range(100):
        out = backbone(inputs_embeds=torch.zeros(1, 1, width), past_key_values=past, use_cache=True)
        head(out.last_hidden_state)
    return (time.process_time() - began) / 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--cache", type=Path, required=True, help="token cache of composer.training.music.corpus")
    parser.add_argument("--seconds", type=float, default=600, help="processor seconds for each form (default 600)")
    add_number(parser, "--seed", 1, "of weights and crops")
    parser.add_argument("--threads", type=int, default=1, help="(default 1)")
    add_out(parser, __file__, "folder for results.csv")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    cache = load_cache(options.cache)
    results = [
        train(make(cache, NetworkConfig()), name, cache, options.seconds, options.seed)
        for name, make in (("compound", Compound), ("REMI", Remi))
    ]
    write_csv(options.out / "results.csv", [item.name for item in fields(Result)], map(rounded, results))
    for result in results:
        print(", ".join(f"{item.name} {cell}" for item, cell in zip(fields(Result), rounded(result), strict=True)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
