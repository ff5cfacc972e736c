"""The API against its own description: schemathesis, with few examples; benchmarks/studio/schema.py takes more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("schemathesis")
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis import GenerationMode
from schemathesis.checks import positive_data_acceptance

from composer.studio.server import app
from composer.studio.users import add_user
from composer.studio.workshop import Limits


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("api")
    token = add_user(folder, "ada")
    limits = Limits(candidates=1, quota=10**6, queue=2)
    guarded = app(folder, addresses=["http://testserver"], limits=limits)
    headers = {"Authorization": f"Bearer {token}"}
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", guarded, headers=headers)
    schema.known = headers
    with TestClient(guarded):
        yield schema


def test_every_answer_is_one_that_the_description_knows(api: Any) -> None:
    tried = []
    for found in api.exclude(path="/api/events").get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=4, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=strategies.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
        def answer_is_known(case: Any) -> None:
            case.call_and_validate(headers=api.known, excluded_checks=[positive_data_acceptance])

        answer_is_known()
        tried.append(operation.label)
    assert len(tried) > 20
