"""The regression by likeness equals a textbook kernel ridge regression."""

from __future__ import annotations

import numpy as np
import pytest

from composer.perception.kernel_regression import STEP, Block, KernelRegression, gaussian


def test_equals_scikit_learns() -> None:
    kernel_ridge = pytest.importorskip("sklearn.kernel_ridge")
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=(40, 6)) * STEP) / STEP  # what bytes can hold
    y, new = rng.normal(size=(40, 2)), rng.normal(size=6)
    reference = kernel_ridge.KernelRidge(alpha=0.5, kernel="rbf", gamma=0.1).fit(x, y)
    block = Block(
        name="x",
        mean=np.full(6, 3.0, dtype=np.float32),
        spread=np.full(6, 2.0, dtype=np.float32),
        supports=(x * STEP).astype(np.int8),
        width=0.1,
    )
    ours = KernelRegression(
        blocks=[block], terms=[(1.0, ("x",))], duals=reference.dual_coef_, bias=np.zeros(2, dtype=np.float32)
    )
    assert np.allclose(
        ours.predict({"x": (new * 2 + 3).astype(np.float32)}), reference.predict(new[None])[0], atol=1e-4
    )


def test_likeness() -> None:
    rows = np.random.default_rng(1).normal(size=(5, 3))
    likeness = gaussian(rows, rows, 0.7)
    assert np.allclose(np.diag(likeness), 1)
    assert np.allclose(likeness, likeness.T)
    assert likeness[0, 1] == pytest.approx(np.exp(-0.7 * ((rows[0] - rows[1]) ** 2).sum()))
