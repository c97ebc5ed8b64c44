"""The one file that all runs of these tests share, each after the other."""

from collections.abc import Iterator

import pytest

from tests.simulation.disk import Disk


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """A SQLite file with all tables."""
    made = Disk(tmp_path_factory.mktemp("simulation"))
    yield made
    made.close()
