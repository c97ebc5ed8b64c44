"""Countries and time zones as people choose them, from the tables of the time zone database."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import reflex as rx

from callcenter.ui.components.form import field
from callcenter.ui.components.icons import icon

Text = str | rx.Var


@dataclass(frozen=True)
class Option:
    """One choice of a select: what is sent, and its word."""

    value: str
    word: str


@cache
def _table(name: str) -> tuple[tuple[str, ...], ...]:
    text = files("tzdata.zoneinfo").joinpath(name).read_text(encoding="utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines() if line and not line.startswith("#"))


@cache
def countries() -> tuple[Option, ...]:
    """Every country by its name; the value is its two letters."""
    found = [Option(code, name.replace("Britain (UK)", "United Kingdom")) for code, name in _table("iso3166.tab")]
    return tuple(sorted(found, key=lambda option: option.word))


@cache
def zones(country: str = "") -> tuple[Option, ...]:
    """The time zones of a country, or all of them; one that the country lists first comes first."""
    found = [
        Option(zone, _zone_words(zone, note[0] if note else ""))
        for code, _place, zone, *note in _table("zone.tab")
        if not country or code == country
    ]
    if country and found:
        return tuple(found)
    return (Option("UTC", "UTC"), *sorted(dict.fromkeys(found), key=lambda option: option.word))


def _zone_words(zone: str, note: str) -> str:
    city, note = zone_words(zone), note.partition(" (")[0]  # "Eastern (most areas)"
    return f"{city} ({note})" if note and note != city else city


def zone_words(zone: str) -> str:
    """A zone by its city: "Los Angeles"."""
    return zone.rpartition("/")[2].replace("_", " ")


def native_select(
    label: Text,
    options: Any,
    *,
    name: str,
    error: Text = "",
    help_text: Any = "",
    hide_label: bool = False,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """A long list to choose one from: the browser's own, which searches while typing and suits a thumb.

    `options` is a Var of Option, or a list of them known now. Give `value=` and `on_change=`, or `default_value=` in a form.
    """
    rows = (
        options if isinstance(options, rx.Var) else rx.Var.create([{"value": each.value, "word": each.word} for each in options])
    )
    of = (lambda row, key: row[key]) if not isinstance(options, rx.Var) else getattr
    select = rx.el.select(
        rx.foreach(rows, lambda row: rx.el.option(of(row, "word"), value=of(row, "value"))),
        id=name,
        name=name,
        aria_describedby=f"{name}-note",
        class_name=f"input appearance-none pr-8 text-ellipsis {class_name}".strip(),
        **({"aria_label": label} if hide_label else {}),
        **props,
    )
    arrow = rx.el.span(
        icon("chevron_down"), class_name="quiet absolute right-2.5 top-1/2 -translate-y-1/2 pointer-events-none flex"
    )
    control = rx.el.div(select, arrow, class_name="relative min-w-0")
    return control if hide_label else field(label, control, name=name, error=error, help_text=help_text)


#: What a field names as its `list` to offer the zones of the world while somebody types.
ZONE_LIST = "zone-list"


def zone_list() -> rx.Component:
    """The zones of the world, for fields that name ZONE_LIST; "los ang" finds America/Los_Angeles."""
    rows = rx.Var.create([{"value": each.value, "word": each.word} for each in zones()])
    return rx.el.datalist(rx.foreach(rows, lambda row: rx.el.option(value=row["value"], label=row["word"])), id=ZONE_LIST)
