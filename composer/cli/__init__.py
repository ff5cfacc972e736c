"""The ``compose`` command. The only part of Composer that prints or exits.

Conventions
-----------
* Data goes to stdout, talk and progress to stderr.
* Exit codes: 0 done, 1 expected failure, 2 wrong usage, 3 an asset is missing or fails its check, 4 an outside program
  failed, 130 interrupted.
* An error is two lines on stderr: ``compose: error: ...`` and ``hint: ...``.
"""

from __future__ import annotations

from composer.cli.app import app, entry

__all__ = ["app", "entry"]
