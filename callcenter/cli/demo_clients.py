"""The clients of the demo, as data: who they are, whom they have called in the last two weeks, and what goes on now."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from callcenter.cli.demo_people import People
from callcenter.domain.hours import ALL_WEEK, DEFAULT_HOURS, Window, windows_from
from callcenter.domain.retry import RetryPolicy
from callcenter.simulator.config import WorkspaceSettings

#: How people talk: also about other things. Now they talk longer than in the past, since at the demo's speed a minute is 3 s.
TALKATIVE_THEN = WorkspaceSettings(asides=(1, 4))
TALKATIVE_NOW = WorkspaceSettings(asides=(10, 18))

EVENINGS = windows_from({"days": ["mon", "tue", "wed", "thu", "fri"], "start": "17:00", "end": "20:00"}, field="window")
#: Batches that go on now try again soon, so that whoever watches sees it.
SOON = RetryPolicy(after_minutes=15)
CALIFORNIA = (
    *(415, 408, 510, 650, 707, 805, 818, 909, 916, 925, 949, 951, 619, 626, 714, 760, 858, 209),
    *(530, 559, 661, 831, 562, 323, 310),
)
EAST = (
    *(212, 617, 305, 404, 215, 703, 919, 757, 401, 203, 860, 207, 603, 802, 716, 518, 914, 201),
    *(609, 732, 978, 413, 814, 610, 845, 585),
)
#: What batches are about once those below are done, in this order and again.
TOPICS: Mapping[str, tuple[str, ...]] = {
    "Acme Dental": ("Whitening offer", "Missed appointments", "Family check-ups", "New patients", "Hygienist openings"),
    "Harbor Insurance": ("Home bundle", "New drivers", "Claims follow-up", "Address checks", "Winter cover"),
    "Millbrook Motors": ("Winter tyres", "Battery checks", "Recall 26-114", "Loyalty offer"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoBatch:
    """A batch of the past: launched so many days ago at that hour of the client's zone, for so many people of its own.

    `hours_ago` instead of `days_ago`: it runs now. After `paused_after` hours somebody paused it; with
    `starts_in_days` it waits.
    """

    name: str
    people: int
    days_ago: int = 0
    hour: int = 9
    hours_ago: float | None = None
    attempts: int = 2
    window: tuple[Window, ...] | None = None
    paused_after: float | None = None
    starts_in_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClient:
    """A client. `pace` is dials a second now, `per_day` calls on a busy day of the past, `per_hour` in the last hours."""

    name: str
    timezone: str
    country: str
    key: str
    agent: int
    from_number: str
    people: People
    cap: int
    pace: float = 0.3
    per_day: int = 0
    per_hour: int = 0
    budget: int | None = None
    is_active: bool = True
    hours: tuple[Window, ...] = ALL_WEEK
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    batches: tuple[DemoBatch, ...] = ()
    more_people: int = 0


CLIENTS: tuple[DemoClient, ...] = (
    DemoClient(
        name="Acme Dental", timezone="America/Los_Angeles", country="US", key="key_demo_acme", agent=0,
        from_number="+14155550100", cap=5, pace=0.6, per_day=40, per_hour=28, budget=4_000,
        people=People(prefix="A", areas=CALIFORNIA),
        variables={"company": "Acme Dental", "offer": "a six-month cleaning"},
        batches=(
            DemoBatch(name="October recall", people=52, days_ago=13, hour=10, attempts=3),
            DemoBatch(name="Missed appointments", people=36, days_ago=11, hour=9),
            DemoBatch(name="New patients, welcome", people=30, days_ago=9, hour=15),
            DemoBatch(name="Hygienist openings", people=38, days_ago=6, hour=10),
            DemoBatch(name="Family check-ups", people=36, days_ago=4, hour=11),
            DemoBatch(name="Insurance changes", people=34, days_ago=2, hour=10),
            DemoBatch(name="December reminders", people=64, starts_in_days=1, hour=10),
            DemoBatch(name="November recall", people=330, hours_ago=2.8, attempts=3),
        ),
    ),
    DemoClient(
        name="Harbor Insurance", timezone="America/New_York", country="US", key="key_demo_harbor", agent=1,
        from_number="+12125550142", cap=4, pace=0.45, per_day=34, per_hour=22, budget=3_000,
        people=People(prefix="H", areas=EAST, fact="policy"),
        variables={"company": "Harbor Insurance", "offer": "a renewal"},
        batches=(
            DemoBatch(name="Policy renewals Q3", people=44, days_ago=13, hour=11, attempts=3),
            DemoBatch(name="Claims follow-up", people=28, days_ago=10, hour=10),
            DemoBatch(name="New drivers", people=30, days_ago=8, hour=9),
            DemoBatch(name="Home bundle", people=36, days_ago=5, hour=10),
            DemoBatch(name="Address checks", people=26, days_ago=3, hour=13),
            DemoBatch(name="Lapsed policies", people=56, days_ago=1, hour=9, paused_after=4),
            DemoBatch(name="Policy renewals Q4", people=270, hours_ago=2.2),
        ),
    ),
    DemoClient(
        name="Millbrook Motors", timezone="Europe/London", country="GB", key="key_demo_millbrook", agent=3,
        from_number="+442079460018", cap=3, pace=0.25, per_day=15, per_hour=9, budget=1_500,
        people=People(prefix="M", abroad=True, fact="car"), variables={"company": "Millbrook Motors"},
        batches=(
            DemoBatch(name="Annual service, October", people=34, days_ago=12, hour=10),
            DemoBatch(name="Service plans", people=30, days_ago=7, hour=10),
            DemoBatch(name="Winter tyres", people=26, days_ago=3, hour=11),
            DemoBatch(name="Annual service, November", people=120, hours_ago=2.0),
        ),
    ),
    DemoClient(
        name="Brightside Solar", timezone="America/Denver", country="US", key="key_demo_brightside", agent=2,
        from_number="+14155550100", cap=4, per_day=80, budget=400, hours=DEFAULT_HOURS,
        # 208 and 541 lie in two zones each; 500 belongs to no place, so its people can never be called in the evening
        people=People(prefix="B", areas=(303, 720, 719, 970, 208, 541), doubtful=(500,), fact="roof"),
        variables={"company": "Brightside Solar"},
        batches=(
            DemoBatch(name="Roof survey, Boulder", people=46, days_ago=12, hour=16, window=EVENINGS),
            DemoBatch(name="Roof survey, Denver", people=120, days_ago=3, hour=16, window=EVENINGS),
        ),
    ),
    DemoClient(
        name="Cedar Clinics", timezone="America/Chicago", country="US", key="key_demo_cedar", agent=0,
        from_number="+12125550142", cap=4, is_active=False, hours=DEFAULT_HOURS, more_people=60,
        people=People(prefix="C", areas=(312, 773, 630)), variables={"company": "Cedar Clinics"},
    ),
)  # fmt: skip
