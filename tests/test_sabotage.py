"""The rules that `tests/sabotage.py` takes out still stand where it looks for them."""

import pytest

from tests.sabotage import ROOT, SABOTAGES, Sabotage


@pytest.mark.parametrize("each", SABOTAGES, ids=lambda each: each.name)
def test_the_line_to_take_out_is_there_once(each: Sabotage) -> None:
    assert (ROOT / each.file).read_text().count(each.old) == 1
    assert all((ROOT / test).exists() for test in each.tests.split())
