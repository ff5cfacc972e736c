"""Fit the emotion judge: ``python -m composer.training.emotion_judge.fit --data DIR [--judge FOLDER]``.

`DIR` holds ``music/emopia.tar.xz`` and ``music/emopia.csv`` (path, quadrant and split of each clip). Multinomial
logistic regression on standardised features, fitted to the split ``train`` alone. Model and penalty were chosen there
too, by five-fold cross-validation with whole songs held out (n = 785): C = 0.003 / 0.01 / 0.03 / 0.1 gave
.690 / .704 / .699 / .698 of the quadrants, support vectors .721, a small perceptron .711, extremely randomised trees
.706: within the noise, so the simplest stays. The split ``test`` serves for the accuracy that is stored beside the
weights.

EMOPIA is CC BY-NC-SA 4.0: the fitted judge is for judging only and is written outside the package.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import platform
import sys
import tarfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.errors import AssetError, ComposerError
from composer.metrics.confidence import wilson_interval
from composer.metrics.emotion_features import emotion_features
from composer.metrics.judge import (
    QUADRANTS,
    EmotionJudge,
    JudgeAccuracy,
    default_judge_folder,
    load_judge,
    save_judge,
)
from composer.midi.notes import FloatArray, parse_midi_notes
from composer.progress import Progress

__all__ = ["EmotionClips", "fit_judge", "fitted_judge", "main", "read_clips"]


_C = 0.01
"""Inverse strength of the L2 penalty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmotionClips:
    """Clips as features (n, features), index of the quadrant (n,), split (n,); checksum of the table."""

    features: FloatArray = field(compare=False, repr=False)
    quadrant: NDArray[np.int64] = field(compare=False, repr=False)
    split: NDArray[np.str_] = field(compare=False, repr=False)
    sha256: str


def _silent(_stage: str, _share: float) -> None:
    """Report to nobody."""


def _features(item: tuple[str, bytes]) -> FloatArray:
    name, data = item
    return emotion_features(parse_midi_notes(data, name=name))


def read_clips(data: Path, *, workers: int = 1, progress: Progress = _silent) -> EmotionClips:
    """Read EMOPIA's training and test clips and take their features.

    Raises
    ------
    AssetError
        The archive or its table is missing or does not hold what the table says.
    MidiError
        A clip is broken.
    """
    table, archive = data / "music" / "emopia.csv", data / "music" / "emopia.tar.xz"
    try:
        text = table.read_bytes()
        rows = [row for row in csv.DictReader(text.decode("utf-8").splitlines()) if row["split"] in ("train", "test")]
        with tarfile.open(archive) as files:
            wanted = {row["path"] for row in rows}
            clips = {
                member.name: files.extractfile(member).read()  # type: ignore[union-attr]
                for member in files
                if member.name in wanted
            }
        items = [(row["path"], clips[row["path"]]) for row in rows]
    except (OSError, tarfile.TarError, KeyError) as error:
        raise AssetError(f"EMOPIA cannot be read from {str(data)!r}: {error}", hint="check --data") from error
    features = []
    with ProcessPoolExecutor(workers) as pool:
        for number, row_features in enumerate(pool.map(_features, items, chunksize=16), start=1):
            features.append(row_features)
            progress("listening to EMOPIA", number / len(items))
    return EmotionClips(
        features=np.stack(features),
        quadrant=np.array([QUADRANTS.index(row["quadrant"]) for row in rows]),
        split=np.array([row["split"] for row in rows]),
        sha256=hashlib.sha256(text).hexdigest(),
    )


def fit_judge(clips: EmotionClips) -> EmotionJudge:
    """Fit to the training split, then measure the accuracy on the test split."""
    from sklearn.linear_model import LogisticRegression

    train = clips.split == "train"
    mean, scale = clips.features[train].mean(axis=0), clips.features[train].std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    model = LogisticRegression(C=_C, max_iter=2000)
    model.fit((clips.features[train] - mean) / scale, clips.quadrant[train])
    unmeasured = wilson_interval(0, 1)
    fitted = EmotionJudge(
        mean=mean,
        scale=scale,
        weights=model.coef_.T,
        bias=model.intercept_,
        accuracy=JudgeAccuracy(quadrant=unmeasured, valence=unmeasured, arousal=unmeasured),
        data_sha256=clips.sha256,
        versions=(
            ("numpy", metadata.version("numpy")),
            ("python", platform.python_version()),
            ("scikit-learn", metadata.version("scikit-learn")),
        ),
    )
    return _with_accuracy(fitted, clips)


def _with_accuracy(judge: EmotionJudge, clips: EmotionClips) -> EmotionJudge:
    test = clips.split == "test"
    truth = clips.quadrant[test]
    shares = judge.probabilities(clips.features[test])
    n = len(truth)
    high_valence, high_arousal = np.isin(truth, (0, 3)), np.isin(truth, (0, 1))
    accuracy = JudgeAccuracy(
        quadrant=wilson_interval(int((shares.argmax(axis=1) == truth).sum()), n),
        valence=wilson_interval(int(((shares[:, [0, 3]].sum(axis=1) > 0.5) == high_valence).sum()), n),
        arousal=wilson_interval(int(((shares[:, [0, 1]].sum(axis=1) > 0.5) == high_arousal).sum()), n),
    )
    return replace(judge, accuracy=accuracy)


def fitted_judge(
    data: Path, folder: Path | None = None, *, workers: int = 1, progress: Progress = _silent
) -> EmotionJudge:
    """The judge from its folder; when there is none yet (or an outdated one), it is fitted and kept there.

    Raises
    ------
    AssetError, MidiError, OutputError
        As `read_clips` and `save_judge`.
    """
    folder = folder if folder is not None else default_judge_folder()
    try:
        return load_judge(folder)
    except AssetError:
        judge = fit_judge(read_clips(data, workers=workers, progress=progress))
        save_judge(judge, folder)
        return judge


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("COMPOSER_DATA", "../shared/data")),
        help="folder that holds music/emopia.tar.xz (default: $COMPOSER_DATA or ../shared/data)",
    )
    parser.add_argument("--judge", type=Path, help="folder to write (default: emotion-judge in $COMPOSER_HOME)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default 1)")
    options = parser.parse_args(argv)
    folder = options.judge or default_judge_folder()
    try:
        judge = fit_judge(read_clips(options.data, workers=options.workers, progress=_report))
        save_judge(judge, folder)
    except ComposerError as error:
        print(f"error: {error}\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    print(f"written to {folder}\naccuracy on the test split: {judge.accuracy}")
    return 0


def _report(stage: str, share: float) -> None:
    end = "\n" if share >= 1 else ""
    print(f"\r{stage}: {share:4.0%}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
