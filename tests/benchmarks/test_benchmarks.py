"""Every benchmark runs, tiny: that it still measures what it says, not how fast this machine is today."""

import pytest

from tests.benchmarks import push


@pytest.mark.xdist_group("browser")
@pytest.mark.timeout(240)
async def test_push_tells_of_every_event_in_every_tab() -> None:
    (found,) = await push.measure(tabs=[10], seconds=2, history=20, in_browser=False, closing=0)
    assert found.never == 0
    assert found.events >= 40
    assert len(found.from_sending) > found.events * 7, "eight tabs show the list"
    assert min(found.from_sending) > 0
