"""A small storm over a real server: everything goes wrong at once, and every promise holds."""

from pathlib import Path

import pytest

from tests.journeys.storm import Storm, rage


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_no_promise_breaks_in_a_storm(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/storm.db" if kind == "sqlite" else request.getfixturevalue("empty_pg_url")
    outcome = rage(Storm(calls=160, kills=2, cap=40, shut_out=5), url, tmp_path)
    assert outcome.is_clean, outcome
    assert outcome.slowest_return < 10
