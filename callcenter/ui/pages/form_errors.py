"""What was wrong with a form, kept by field so that each word stands next to where it belongs."""

from collections.abc import Mapping

import reflex as rx

from callcenter.domain.errors import CallCenterError, Invalid


def by_field(error: CallCenterError, fields: Mapping[str, str]) -> dict[str, str]:
    """The words of an error by the field of the form they belong to; what belongs to none stands under "form".

    `fields` is the name that services use → the name in the form.
    """
    found: dict[str, str] = {}
    for name, message in error.errors if isinstance(error, Invalid) else ():
        found.setdefault(fields.get(name, "form"), message)
    return found or {"form": error.message}


def of(errors: rx.Var, name: str) -> rx.Var:
    """The words for one field, "" when there are none."""
    return rx.cond(errors.contains(name), errors[name], "")
