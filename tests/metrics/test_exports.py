"""The package's public names, and that looking at it loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys


def test_every_name_can_be_had_twice():
    """Asked again after its module was imported, a name is still the function and not the module."""
    import composer.metrics as evaluation

    assert evaluation.__all__ == sorted(evaluation.__all__)
    for _ in range(2):
        for name in evaluation.__all__:
            assert callable(getattr(evaluation, name)), name


def test_no_heavy_import():
    code = (
        "import sys, composer.metrics, composer.metrics.judge, composer.metrics.adherence\n"
        "heavy = {'torch', 'music21', 'sklearn', 'scipy', 'pretty_midi', 'symusic', 'mido'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
