"""The typed filters of list-calls: read strictly, turned into one question per call."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from callcenter.simulator.analysis import analysis_of
from callcenter.simulator.call import Call
from callcenter.simulator.call_body import cost_of, latency_of, reason_of, tools_of
from callcenter.simulator.refusals import invalid

Question = Callable[[Call], bool]
Test = Callable[[Any], bool]
WHERE = "request/body/filter_criteria"
LISTED_STATUSES = frozenset({"not_connected", "ongoing", "ended", "error"})


def analysis_value(name: str) -> Callable[[Call], Any]:
    """Reads a field of the analysis."""

    def read(call: Call) -> Any:
        if call.record is not None:
            return cast(dict[str, Any], call.record.get("call_analysis") or {}).get(name)
        return analysis_of(call.plan, call.talk(), stopped=call.stopped).get(name) if call.analysed_at else None

    return read


def answer_delay(call: Call) -> Any:
    """The median answer time, in milliseconds."""
    talk = call.talk() if call.is_over else None
    return latency_of(talk).get("e2e", {}).get("p50") if talk else None


VALUES: dict[str, tuple[frozenset[str], Callable[[Call], Any]]] = {
    "call_id": (frozenset({"string", "enum"}), lambda call: call.call_id),
    "batch_call_id": (frozenset({"string"}), lambda call: call.batch_call_id),
    "from_number": (frozenset({"string"}), lambda call: call.order.from_number),
    "to_number": (frozenset({"string"}), lambda call: call.order.to_number),
    "call_status": (frozenset({"enum"}), lambda call: call.status),
    "call_type": (frozenset({"enum"}), lambda call: "phone_call"),
    "direction": (frozenset({"enum"}), lambda call: "outbound"),
    "disconnection_reason": (frozenset({"enum"}), lambda call: reason_of(call)),
    "agent_tag": (frozenset({"enum"}), lambda call: None),
    "data_storage_setting": (frozenset({"enum"}), lambda call: call.storage),
    "user_sentiment": (frozenset({"enum"}), analysis_value("user_sentiment")),
    "in_voicemail": (frozenset({"boolean"}), analysis_value("in_voicemail")),
    "call_successful": (frozenset({"boolean"}), analysis_value("call_successful")),
    "start_timestamp": (frozenset({"number", "range"}), lambda call: call.start_ms),
    "end_timestamp": (frozenset({"number", "range"}), lambda call: call.end_ms),
    "duration_ms": (frozenset({"number", "range"}), lambda call: call.duration_ms),
    "combined_cost": (frozenset({"number", "range"}), lambda call: cost_of(call.seconds)["combined_cost"]),
    "e2e_latency_p50": (frozenset({"number", "range"}), answer_delay),
}
TABLES: dict[str, Callable[[Call], Mapping[str, Any]]] = {
    "metadata": lambda call: call.metadata or {},
    "dynamic_variables": lambda call: call.variables,
    "custom_analysis_data": lambda call: analysis_value("custom_analysis_data")(call) or {},
    "custom_attributes": lambda call: call.custom_attributes,
}


def questions_of(criteria: Mapping[str, Any], *, inclusive: bool) -> list[Question]:
    """All filters, joined by AND. Raises a refusal for a field or form that does not exist."""
    questions: list[Question] = []
    for name, raw in criteria.items():
        if name in VALUES:
            forms, read = VALUES[name]
            questions.append(about(read, test_of(raw, where=f"{WHERE}/{name}", forms=forms, inclusive=inclusive)))
            check_status(name, raw)
        elif name in TABLES:
            questions += [keyed(TABLES[name], one, f"{WHERE}/{name}", inclusive=inclusive) for one in rows(raw, name)]
        elif name == "agent":
            questions.append(agent_question(rows(raw, name)))
        elif name == "tool_calls":
            questions += [tool_question(one, inclusive=inclusive) for one in rows(raw, name)]
        else:
            raise invalid(f"{WHERE} must NOT have additional properties")
    return questions


def check_status(name: str, raw: Any) -> None:
    """`registered` is a status that calls have and nobody can ask for."""
    if name == "call_status" and not LISTED_STATUSES.issuperset(raw["value"]):
        raise invalid(f"{WHERE}/call_status/value/0 must be equal to one of the allowed values")


def rows(raw: Any, name: str) -> list[dict[str, Any]]:
    """A list of tables."""
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in cast(list[Any], raw)):
        raise invalid(f"{WHERE}/{name} must be array")
    return cast(list[dict[str, Any]], raw)


def about(read: Callable[[Call], Any], test: Test) -> Question:
    """A question about one value of a call."""
    return lambda call: test(read(call))


def keyed(read: Callable[[Call], Mapping[str, Any]], raw: dict[str, Any], where: str, *, inclusive: bool) -> Question:
    """A question about one entry of a table that the call carries."""
    key = raw.get("key")
    if not isinstance(key, str):
        raise invalid(f"{where}/0 must have required property 'key'")
    test = test_of(raw, where=where, forms=None, inclusive=inclusive)
    return lambda call: test(read(call).get(key))


def agent_question(wanted: list[dict[str, Any]]) -> Question:
    """Any of these agents, in any of the versions named."""
    if not all(isinstance(one.get("agent_id"), str) for one in wanted):
        raise invalid(f"{WHERE}/agent/0 must have required property 'agent_id'")

    def fits(call: Call, one: dict[str, Any]) -> bool:
        versions = one.get("version")
        return one["agent_id"] == call.agent.agent_id and (not versions or call.agent.version in versions)

    return lambda call: any(fits(call, one) for one in wanted)


def tool_question(wanted: dict[str, Any], *, inclusive: bool) -> Question:
    """A call in which such a tool was used."""
    success = wanted.get("success")
    test = test_of(success, where=f"{WHERE}/tool_calls", forms=frozenset({"boolean"}), inclusive=inclusive) if success else None

    def asks(call: Call) -> bool:
        talk = call.talk() if call.is_over else None
        names = [tool.name for _, tool in tools_of(call, talk)] if talk else []
        fitting = [name for name in names if wanted.get("name", name) == name and wanted.get("type", name) == name]
        return bool(fitting) and (test is None or test(True))

    return asks


def test_of(raw: Any, *, where: str, forms: frozenset[str] | None, inclusive: bool) -> Test:
    """One filter as a test of a value. `forms` None allows every form."""
    if not isinstance(raw, dict):
        raise invalid(f"{where} must be object")
    rule = cast(dict[str, Any], raw)
    form, op, value = rule.get("type"), rule.get("op"), rule.get("value")
    if forms is not None and form not in forms and form != "present":
        raise invalid(f"{where}/type must be equal to one of the allowed values")
    match form, op:
        case "string", "eq" | "ne" | "sw" | "ew" | "co" if isinstance(value, str):
            return string_test(str(op), value)
        case "number", "eq" | "ne" | "gt" | "ge" | "lt" | "le" if is_number(value):
            return number_test(str(op), cast(float, value))
        case "range", "bt" if is_pair(value):
            return range_test(cast(list[float], value), inclusive=inclusive)
        case "boolean", "eq" if isinstance(value, bool):
            return lambda found: isinstance(found, bool) and found is value
        case "enum", "in" if isinstance(value, list):
            return lambda found: found in cast(list[Any], value)
        case "present", "pr":
            return lambda found: found is not None
        case "present", "np":
            return lambda found: found is None
        case _:
            raise invalid(f"{where}/op must be equal to one of the allowed values")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(cast(list[Any], value)) == 2 and all(map(is_number, cast(list[Any], value)))


def string_test(op: str, wanted: str) -> Test:
    """Compares strings, case and all."""

    def test(found: Any) -> bool:
        if not isinstance(found, str):
            return op == "ne"
        match op:
            case "eq":
                return found == wanted
            case "ne":
                return found != wanted
            case "sw":
                return found.startswith(wanted)
            case "ew":
                return found.endswith(wanted)
            case _:
                return wanted in found

    return test


def number_test(op: str, wanted: float) -> Test:
    """Compares numbers; what is no number is only ever `ne`."""

    def test(found: Any) -> bool:
        if not is_number(found):
            return op == "ne"
        match op:
            case "eq":
                return found == wanted
            case "ne":
                return found != wanted
            case "gt":
                return found > wanted
            case "ge":
                return found >= wanted
            case "lt":
                return found < wanted
            case _:
                return found <= wanted

    return test


def range_test(bounds: list[float], *, inclusive: bool) -> Test:
    """Between two numbers; whether they belong to it is one of the provider's open points."""
    low, high = bounds
    if inclusive:
        return lambda found: is_number(found) and low <= found <= high
    return lambda found: is_number(found) and low < found < high
