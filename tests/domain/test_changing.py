"""Copies with some fields changed: the same as the standard library's, and as strict about names."""

from dataclasses import replace

import pytest

from callcenter.domain.call import Call, CallStatus, Derived
from callcenter.domain.changing import with_changes
from tests import builders


def test_a_copy_is_the_one_that_replace_makes_and_leaves_the_first_as_it_was() -> None:
    call = builders.call(builders.client())
    changed = with_changes(call, lead_name="Ana", derived=replace(call.derived, status=CallStatus.CANCELLED))
    assert isinstance(changed, Call)
    assert changed == replace(call, lead_name="Ana", derived=replace(call.derived, status=CallStatus.CANCELLED))
    assert call.lead_name != "Ana"


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="Derived has no field 'statsu'"):
        with_changes(Derived(), statsu=CallStatus.FAILED)
