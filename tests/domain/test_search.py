"""A filter survives its address, and what makes no sense is told."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.call import CallStatus, Outcome
from callcenter.domain.errors import Invalid
from callcenter.domain.lead_search import LeadFilter, lead_filter_from, lead_query, strict_lead_filter_from
from callcenter.domain.paging import Cursor, read_cursor
from callcenter.domain.search import (
    CALL_SORTS,
    RANGES,
    CallFilter,
    call_filter_from,
    day_range,
    strict_call_filter_from,
    to_query,
)
from callcenter.domain.search_words import read_words

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
AUCKLAND = ZoneInfo("Pacific/Auckland")

words = st.text(min_size=1, max_size=12).map(lambda text: " ".join(text.replace("\x00", "").split())).filter(bool)


def some(choices: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(choices), unique=True).map(lambda items: tuple(sorted(items)))


def any_words() -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(words, unique=True, max_size=3).map(lambda items: tuple(sorted(items)))


@st.composite
def pairs(draw: st.DrawFn, of: st.SearchStrategy[tuple[str, ...]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return draw(of), draw(of)


@st.composite
def periods(draw: st.DrawFn) -> dict[str, object]:
    kind = draw(st.sampled_from(["none", "preset", "days", "instants"]))
    if kind == "preset":
        name = draw(st.sampled_from(RANGES))
        start, end = day_range(name, tz=AUCKLAND, now=NOW)
        return {"range": name, "start": start, "end": end}
    if kind == "days":
        text = {"from": draw(st.dates(date(2020, 1, 1), date(2030, 1, 1))).isoformat(), "range": "custom"}
        found, _ = call_filter_from({name: [value] for name, value in text.items()}, tz=AUCKLAND, now=NOW)
        return {"range": found.range, "from_on": found.from_on, "start": found.start}
    if kind == "instants":
        return {"end": draw(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))}  # noqa: DTZ001
    return {}


@st.composite
def filters(draw: st.DrawFn) -> CallFilter:
    statuses = draw(pairs(some([each.value for each in CallStatus])))
    outcomes = draw(pairs(some([*(each.value for each in Outcome), "unknown"])))
    clients, agents, tags = draw(pairs(any_words())), draw(pairs(any_words())), draw(pairs(any_words()))
    return CallFilter(
        q=draw(st.just("") | words), in_transcripts=draw(st.booleans()), statuses=statuses[0], not_statuses=statuses[1],
        outcomes=outcomes[0], not_outcomes=outcomes[1], clients=clients[0], not_clients=clients[1], agents=agents[0],
        not_agents=agents[1], tags=tags[0], not_tags=tags[1], leads=draw(any_words()), has=draw(some(["recording", "error"])),
        min_s=draw(st.none() | st.integers(0, 9999)), max_s=draw(st.none() | st.integers(0, 9999)),
        sort=draw(st.sampled_from([f"{sign}{name}" for sign in ("", "-") for name in CALL_SORTS])), **draw(periods()),
    )  # fmt: skip


@given(filters())
def test_a_filter_comes_back_from_its_address_as_it_was(asked: CallFilter) -> None:
    query = to_query(asked)
    found, ignored = call_filter_from(parse_qs(query), tz=AUCKLAND, now=NOW)
    assert (found, ignored) == (asked, ())
    assert to_query(found) == query


@given(st.text(max_size=30), some(["a", "b,c", "!d"]), st.none() | st.booleans(), st.sampled_from(["name", "-name", "created"]))
def test_a_lead_filter_comes_back_too(q: str, tags: tuple[str, ...], dnc: bool | None, sort: str) -> None:
    q = " ".join(q.replace("\x00", "").split())
    asked = LeadFilter(q=q, tags=tags, not_tags=tags, phone="+1415", external_id="x 1", do_not_call=dnc, sort=sort)
    assert lead_filter_from(parse_qs(lead_query(asked))) == (asked, ())


@given(st.dictionaries(st.sampled_from(["status", "range", "from", "min_s", "sort", "q", "has", "other"]), st.lists(st.text())))
def test_no_address_ever_fails(params: dict[str, list[str]]) -> None:
    call_filter_from(params, tz=AUCKLAND, now=NOW)
    read_words(" ".join(params.get("q", [])))


def test_a_bad_value_is_dropped_and_told() -> None:
    found, ignored = call_filter_from(
        {"status": ["foo,failed"], "sort": ["colour"], "max_s": ["-1"], "range": ["later"], "view": ["7"]}, tz=AUCKLAND, now=NOW
    )
    assert found == CallFilter(statuses=("failed",))
    assert set(ignored) == {"status=foo", "sort=colour", "max_s=-1", "range=later"}


def test_machines_are_told_every_field_at_fault() -> None:
    with pytest.raises(Invalid) as error:
        strict_call_filter_from({"status": ["foo"], "from": ["yesterday"]}, tz=AUCKLAND, now=NOW)
    assert [field for field, _ in error.value.errors] == ["status", "from"]
    with pytest.raises(Invalid):
        strict_lead_filter_from({"doNotCall": ["perhaps"]})


def test_the_wires_own_names_are_understood() -> None:
    asked = strict_call_filter_from(
        {"status": ["COMPLETED", "in-progress"], "batchId": ["b1"], "leadId": ["l1"], "priority": ["High"], "sort": ["-endedAt"],
         "from": ["2026-11-22T10:00:00+01:00"], "to": ["2026-11-23"]},
        tz=ZoneInfo("America/New_York"), now=NOW,
    )  # fmt: skip
    assert asked == CallFilter(
        statuses=("completed", "in_progress"), batches=("b1",), leads=("l1",), priorities=("high",), sort="-ended",
        start=datetime(2026, 11, 22, 9, tzinfo=UTC), end=datetime(2026, 11, 23, 5, tzinfo=UTC),
    )  # fmt: skip


def test_equal_views_have_equal_addresses() -> None:
    one, _ = call_filter_from({"outcome": ["voicemail,no_answer"], "q": [" maria "]}, tz=AUCKLAND, now=NOW)
    other, _ = call_filter_from({"q": ["maria"], "outcome": ["no_answer", "voicemail"]}, tz=AUCKLAND, now=NOW)
    assert (
        to_query(one, keep={"peek": "1"}) == to_query(other, keep={"peek": "1"}) == "q=maria&outcome=no_answer,voicemail&peek=1"
    )


def test_a_day_is_the_viewers_also_when_the_clocks_change() -> None:
    start, end = day_range("today", tz=ZoneInfo("America/New_York"), now=datetime(2026, 11, 1, 18, tzinfo=UTC))
    assert end - start == timedelta(hours=25)


def test_the_dialog_keeps_its_own_to_and_client() -> None:
    found, ignored = call_filter_from({"new": ["call"], "to": ["+14155550101"], "client": ["7"]}, tz=AUCKLAND, now=NOW)
    assert (found, ignored) == (CallFilter(), ())


def test_a_typed_search_is_understood() -> None:
    found = read_words('+1415… Maria cost>0.50 dur<=120 "my daughter" (415) 555-0101 a41c9f02')
    assert found.number_starts == ("+1415",)
    assert found.terms == ("maria", "a41c9f02")
    assert [(m.field, m.operator, m.value) for m in found.measures] == [("cost", ">", 500_000), ("dur", "<=", 120_000)]
    assert found.phrases == ("my daughter",)
    assert found.digits == ("4155550101",)


@given(st.none() | st.text(max_size=9) | st.integers(-9, 9) | st.floats(-9, 9), st.text(max_size=9), st.booleans())
def test_a_cursor_comes_back_and_fits_only_its_own_sort(value: str | int | float | None, row_id: str, is_back: bool) -> None:
    cursor = Cursor(sort="cost", value=value, id=row_id, is_back=is_back, first=51)
    assert read_cursor(cursor.encode(), sort="cost") == cursor
    with pytest.raises(Invalid):
        read_cursor(cursor.encode(), sort="-cost")


@pytest.mark.parametrize("text", ["x", "e30", "W10", "bnVsbA", "é", "====", "WyJjb3N0IixbXSwiYSIsMCwxXQ", "W" * 5000])
def test_a_cursor_from_outside_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as error:
        read_cursor(text, sort="cost")
    assert error.value.field == "cursor"
