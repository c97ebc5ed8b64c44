"""A small storm over real servers, on both databases: everything goes wrong at once, and every promise holds."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.journeys.storm import Outcome, Storm, rage


@pytest.mark.timeout(900)
@pytest.mark.postgres
def test_no_promise_breaks_in_a_storm(tmp_path: Path, empty_pg_url: str) -> None:
    urls = {"sqlite": f"sqlite:///{tmp_path}/storm.db", "postgres": empty_pg_url}

    def stormy(kind: str) -> Outcome:
        folder = tmp_path / kind
        folder.mkdir()
        return rage(Storm(calls=160, kills=2, cap=40, shut_out=5), urls[kind], folder)

    with ThreadPoolExecutor() as both:  # for most of the time each waits until calls of which nothing was told are asked for
        outcomes = dict(zip(urls, both.map(stormy, urls), strict=True))
    for kind, outcome in outcomes.items():
        assert outcome.is_clean, (kind, outcome)
        assert outcome.slowest_return < 10, (kind, outcome)
