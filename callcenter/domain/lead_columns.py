"""How the columns of an uploaded file become a lead's fields, and a row a lead or a named refusal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callcenter.domain.errors import Invalid
from callcenter.domain.lead_input import LeadInput
from callcenter.domain.variables import variables_from

#: The fields a column can be; any other column is a variable of its own name.
FIELDS = ("name", "phone", "email", "timezone", "tags", "external_id")
#: A column that is left out.
LEFT_OUT = ""
#: What stands before the name of a variable in a mapping, so that a variable may be called like a field.
VARIABLE = "variable:"

#: Cells that begin so are formulas to a spreadsheet; ours get an apostrophe on the way out and lose it on the way in.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\x00")

_GUESSES: Mapping[str, frozenset[str]] = {
    "name": frozenset({"name", "fullname", "leadname", "contact", "contactname", "customer", "customername"}),
    "phone": frozenset(
        {"phone", "phonenumber", "mobile", "mobilephone", "cell", "cellphone", "telephone", "tel", "number", "phoneno"}
    ),
    "email": frozenset({"email", "mail", "emailaddress"}),
    "timezone": frozenset({"timezone", "tz", "zone"}),
    "tags": frozenset({"tags", "tag", "labels", "label", "groups", "group"}),
    "external_id": frozenset({"externalid", "id", "crmid", "customerid", "contactid", "leadid", "recordid"}),
}

Mapped = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of the file that became no lead: where it stands, which field is at fault, its value, and why."""

    line: int
    field: str
    value: str
    reason: str


def exact_mapping(header: Sequence[str]) -> Mapped:
    """Gives what each column is by its exact name, in any case: a field, else a variable. Raises Invalid."""
    found = {nth: _exact(name) for nth, name in enumerate(header) if name.strip()}
    check_mapping(found)
    return found


def guessed_mapping(header: Sequence[str]) -> Mapped:
    """Gives what each column probably is; a field is given once, to its best-named column. Never fails."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    for is_exact in (True, False):
        for nth, name in enumerate(header):
            field = _exact(name) if is_exact else _guess(name)
            if nth not in found and field in FIELDS and field not in taken:
                found[nth] = field
                taken.add(field)
    for nth, name in enumerate(header):
        if nth not in found and name.strip():
            found[nth] = VARIABLE + name.strip()
    return dict(sorted(found.items()))


def check_mapping(mapping: Mapped) -> None:
    """Raises Invalid unless one column is the phone, no field comes twice, and every variable has a name it may have."""
    wanted = [target for target in mapping.values() if target != LEFT_OUT]
    twice = next((target for target in wanted if wanted.count(target) > 1), None)
    if twice is not None:
        raise Invalid(f"Two columns are called “{twice.removeprefix(VARIABLE)}”.", field="header")
    unknown = next((target for target in wanted if target not in FIELDS and not target.startswith(VARIABLE)), None)
    if unknown is not None:
        raise Invalid(f"“{unknown}” is no field of a lead.", field="header")
    if "phone" not in wanted:
        raise Invalid("No column is called “phone”; the first row must name the columns.", field="header")
    variables_from({target.removeprefix(VARIABLE): "" for target in wanted if target.startswith(VARIABLE)}, field="header")


def input_of(cells: Sequence[str], mapping: Mapped) -> LeadInput:
    """Gives what a row says about a lead; empty cells say nothing."""
    values = {target: unguarded(cells[nth]).strip() for nth, target in mapping.items() if nth < len(cells)}
    said = {target: value for target, value in values.items() if value}
    return LeadInput(
        name=said.get("name", ""),
        phone=said.get("phone", ""),
        email=said.get("email"),
        timezone=said.get("timezone"),
        tags=tuple(said.get("tags", "").split(";")),
        external_id=said.get("external_id"),
        variables={target.removeprefix(VARIABLE): value for target, value in said.items() if target.startswith(VARIABLE)},
    )


def refusals_of(error: Invalid, cells: Sequence[str], mapping: Mapped, *, line: int) -> RefusedRow:
    """Gives the refusal of a row from the first thing that is wrong with it."""
    name, reason = error.errors[0] if error.errors else ("", error.message)
    target = {"externalId": "external_id"}.get(name, name).replace("variables.", VARIABLE)
    nth = next((nth for nth, each in mapping.items() if each == target), None)
    value = cells[nth] if nth is not None and nth < len(cells) else ""
    return RefusedRow(line=line, field=name.removeprefix("variables."), value=value[:200], reason=reason)


def guarded(cell: str) -> str:
    """Gives a cell that no spreadsheet takes for a formula; `unguarded` gives the cell back."""
    return "'" + cell if cell.startswith(FORMULA_STARTS) or _looks_guarded(cell) else cell


def unguarded(cell: str) -> str:
    """Takes off exactly one apostrophe that guards a formula; names like 't Hooft keep theirs."""
    return cell[1:] if _looks_guarded(cell) else cell


def _looks_guarded(cell: str) -> bool:
    return cell.startswith("'") and cell[1:].startswith((*FORMULA_STARTS, "'"))


def _exact(name: str) -> str:
    name = unguarded(name.strip())
    plain = name.lower().replace("externalid", "external_id")
    return plain if plain in FIELDS else VARIABLE + name


def _guess(name: str) -> str:
    letters = re.sub(r"[^a-z]", "", name.lower())
    return next((field for field, names in _GUESSES.items() if letters in names), "")
