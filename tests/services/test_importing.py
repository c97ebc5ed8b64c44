"""Uploaded lists: what becomes of each row, that a file may come twice, and that an export comes back as it was."""

import csv
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.domain.client import Client
from callcenter.domain.errors import Conflict, Forbidden, Invalid, NotFound
from callcenter.domain.lead import Lead
from callcenter.domain.lead_columns import FORMULA_STARTS, guarded, unguarded
from callcenter.domain.lead_input import LeadInput
from callcenter.domain.search import LeadFilter
from callcenter.domain.table_text import csv_bytes
from callcenter.services import exporting, importing, leading
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN, AGENT, VIEWER, saved_client, saved_lead

HEAD = "name,phone,email,timezone,tags,external_id,plan\n"


async def leads_of(rt: Runtime, client: Client) -> list[Lead]:
    page = await leading.page_of_leads(rt, ADMIN, LeadFilter(clients=(client.client_id,)), limit=200)
    return sorted(page.items, key=lambda lead: (lead.external_id or "", lead.number))


def facts(leads: list[Lead]) -> list[tuple[object, ...]]:
    return [(x.name, x.number, x.email, x.timezone, x.tags, x.external_id, dict(x.variables)) for x in leads]


async def exported(rt: Runtime, client: Client) -> bytes:
    return b"".join([part async for part in exporting.export_leads(rt, ADMIN, LeadFilter(clients=(client.client_id,)))])


async def test_each_row_becomes_a_lead_or_a_named_refusal(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    there = await saved_lead(any_rt, acme, number="+14155550101", name="Old", external_id="a", tags=("kept",))
    twins = [await saved_lead(any_rt, acme, number="+14155550102", external_id=name) for name in "xy"]
    data = HEAD + (
        "Maria,(415) 555-0101,maria@example.com,America/Denver,vip;Warm,,gold\n"  # the one lead of that number
        "New,415 555 0103,,,,b,\n"
        "\n"
        "Again,+14155550103,,,,b,silver\n"  # the id of the line above
        "Nobody,12,,,,,\n"
        "Zone,+14155550104,,Mars/Base,,,\n"
        "Mail,+14155550105,no at,,,,\n"
        "Twin,+14155550102,,,,,\n"
        "Same,+14155550106,,,,,\n"
        "Same,+14155550106,,,,,\n"
        "Long,+14155550107,,,,,x,y\n"
    )
    report = await importing.import_leads(any_rt, AGENT, acme.client_id, data.encode())
    assert (report.imported, report.updated) == (2, 2)
    assert [(row.line, row.field, row.value) for row in report.refused] == [
        (6, "phone", "12"), (7, "timezone", "Mars/Base"), (8, "email", "no at"), (9, "phone", "+14155550102"),
        (11, "phone", "+14155550106"), (12, "", ""),
    ]  # fmt: skip
    after = {lead.lead_id: lead for lead in await leads_of(any_rt, acme)}
    maria = after[there.lead_id]
    assert (maria.name, maria.email, maria.tags, maria.external_id, maria.variables) == (
        "Maria", "maria@example.com", ("Warm", "vip"), "a", {"plan": "gold"},
    )  # fmt: skip
    new = next(lead for lead in after.values() if lead.external_id == "b")
    assert (new.name, new.variables) == ("Again", {"plan": "silver"})
    assert all(after[twin.lead_id].name == twin.name for twin in twins)


async def test_the_same_file_again_adds_nothing(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    rows = "".join(f"Lead {nth},+1415555{nth:04d},,,a;b,{nth if nth % 2 else ''},x\n" for nth in range(100, 130))
    data = (HEAD + rows).encode()
    first = await importing.import_leads(any_rt, AGENT, acme.client_id, data)
    before = await leads_of(any_rt, acme)
    second = await importing.import_leads(any_rt, AGENT, acme.client_id, data)
    assert (first.imported, second.imported, second.updated) == (30, 0, 30)
    assert await leads_of(any_rt, acme) == before


async def test_a_failure_in_the_middle_of_a_file_is_repaired_by_sending_it_again(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 3)
    acme = await saved_client(rt)
    rows = "".join(f"Lead {nth},+1415555{nth:04d},,,,,\n" for nth in range(100, 110))
    rows += "Twice,+14155550100,,,,,\n"
    for imported in (10, 0):
        report = await importing.import_leads(rt, AGENT, acme.client_id, (HEAD + rows).encode())
        assert (report.imported, len(report.refused)) == (imported, 1)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("semicolon", 'Name;Phone;Größe\nZoë;+14155550101;"a;b"\n'.encode()),
        ("bom", "\ufeffNAME,PHONE,Größe\nZoë,'+14155550101,a;b\n".encode()),
        ("utf-16", "name\tphone\tGröße\nZoë\t+14155550101\ta;b\n".encode("utf-16")),
        ("windows", "name,phone,Größe\r\nZoë,+14155550101,a;b\r\n".encode("cp1252")),
    ],
)
async def test_every_usual_encoding_and_delimiter_is_read(rt: Runtime, name: str, data: bytes) -> None:
    acme = await saved_client(rt)
    report = await importing.import_leads(rt, AGENT, acme.client_id, data)
    assert report.imported == 1, report
    lead = (await leads_of(rt, acme))[0]
    assert (lead.name, lead.number, lead.variables) == ("Zoë", "+14155550101", {"Größe": "a;b"})


async def test_a_workbook_is_read(rt: Runtime) -> None:
    acme = await saved_client(rt)
    report = await importing.import_leads(rt, AGENT, acme.client_id, workbook([["Name", "Phone"], ["Ann", 14155550101]]))
    assert (report.imported, report.refused) == (1, ())
    assert [(lead.name, lead.number) for lead in await leads_of(rt, acme)] == [("Ann", "+14155550101")]


@pytest.mark.parametrize(
    "data",
    [b"", b"name,mail\nx,y\n", b"phone,phone\n1,2\n", b"phone,current_time\n1,2\n", b"PK\x03\x04nonsense", b"x" * 20_000_001,
     b"\xff\xfe\x00", b"phone\n" + b"1\n" * 100_001],
)  # fmt: skip
async def test_a_file_that_cannot_be_imported_is_refused_whole(rt: Runtime, data: bytes) -> None:
    acme = await saved_client(rt)
    with pytest.raises(Invalid):
        await importing.import_leads(rt, AGENT, acme.client_id, data)
    assert await leads_of(rt, acme) == []


async def test_a_preview_guesses_the_columns_and_shows_samples(rt: Runtime) -> None:
    acme = await saved_client(rt)
    data = b"Full name,Mobile phone,Car,Number\nAnn,'+14155550101,Saab,7\nBo,+14155550102,,8\n"
    preview = await importing.preview_import(rt, AGENT, acme.client_id, data)
    assert [column.target for column in preview.columns] == ["name", "phone", "variable:Car", "variable:Number"]
    assert preview.columns[1].samples == ("+14155550101", "+14155550102")
    assert (preview.rows, preview.problem) == (2, "")
    mapping = preview.mapping | {2: "", 3: "external_id"}
    await importing.import_leads(rt, AGENT, acme.client_id, data, mapping=mapping, tags=["fair"])
    assert [(lead.external_id, lead.tags, lead.variables) for lead in await leads_of(rt, acme)] == [
        ("7", ("fair",), {}),
        ("8", ("fair",), {}),
    ]


async def test_only_who_may_imports_and_only_for_a_client_they_see(rt: Runtime) -> None:
    acme = await saved_client(rt)
    with pytest.raises(Forbidden):
        await importing.import_leads(rt, VIEWER, acme.client_id, b"phone\n+14155550101\n")
    with pytest.raises(NotFound):
        await importing.import_leads(rt, AGENT, "0" * 32, b"phone\n+14155550101\n")


@given(st.text(max_size=8) | st.sampled_from(["'=x", "''", "'t Hooft", "''=1", "+1", "'"]))
def test_a_guarded_cell_starts_no_formula_and_comes_back(cell: str) -> None:
    assert not guarded(cell).startswith(FORMULA_STARTS)
    assert unguarded(guarded(cell)) == cell


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12).map(lambda text: " ".join(text.split()))
spiky = texts | st.sampled_from(["=1+1", "+x", "-2", "@y", "'=z", 'a"b', "a,b", "line\nbreak", "'t Hooft", "''"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.lists(st.tuples(texts, spiky, spiky, st.booleans()), max_size=5), st.sampled_from(["plan", "=plan", "'q"]))
async def test_an_export_comes_back_as_the_same_leads(rt: Runtime, rows: list[tuple[str, str, str, bool]], variable: str) -> None:
    source, target = await saved_client(rt), await saved_client(rt)
    for nth, (name, value, tag, has_id) in enumerate(rows):
        lead = LeadInput(
            name=name, phone=f"+1415555{100 + nth:04d}", tags=(tag,), variables={variable: value} if value.strip() else {},
            external_id=f"={nth}" if has_id else None, timezone="America/Denver" if has_id else None,
        )  # fmt: skip
        await leading.add_lead(rt, ADMIN, source.client_id, lead)
    data = await exported(rt, source)
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        assert not any(cell.startswith(FORMULA_STARTS) for cell in row)
    for client in (target, source):
        await importing.import_leads(rt, ADMIN, client.client_id, data)
        assert facts(await leads_of(rt, client)) == facts(await leads_of(rt, source))
    assert len(await leads_of(rt, source)) == len(rows)


async def test_a_second_lead_with_the_same_id_or_number_is_a_conflict(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    first = await leading.add_lead(any_rt, AGENT, acme.client_id, LeadInput(name="A", phone="+14155550101", external_id="a"))
    for again in (LeadInput(phone="+14155550102", external_id="a"), LeadInput(phone="+14155550101")):
        with pytest.raises(Conflict):
            await leading.add_lead(any_rt, AGENT, acme.client_id, again)
    second = await leading.add_lead(any_rt, AGENT, acme.client_id, LeadInput(phone="+14155550101", external_id="b"))
    with pytest.raises(Conflict):
        await leading.change_lead(any_rt, AGENT, second.lead_id, {"external_id": "a"})
    with pytest.raises(Conflict):
        await leading.change_lead(any_rt, AGENT, first.lead_id, {"name": "B"}, rev=first.rev + 1)
    with pytest.raises(Invalid) as error:
        await leading.add_lead(any_rt, AGENT, acme.client_id, LeadInput(phone="1", email="x", timezone="y"))
    assert [field for field, _ in error.value.errors] == ["phone", "email", "timezone"]


def workbook(rows: list[list[object]]) -> bytes:
    """Makes the smallest workbook there is, with texts and numbers."""
    cells = "".join(
        "<row>" + "".join(_cell(value) for value in row) + "</row>" for row in rows
    )  # fmt: skip
    made = "http://schemas.openxmlformats.org"
    main, rel = f"{made}/spreadsheetml/2006/main", f"{made}/officeDocument/2006/relationships"
    package = f"{made}/package/2006"

    def relation(kind: str, target: str) -> str:
        inner = f'<Relationship Id="a" Type="{rel}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{package}/relationships">{inner}</Relationships>'

    types = f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
    sheets = '<sheets><sheet name="S" sheetId="1" r:id="a"/></sheets>'
    files = {
        "[Content_Types].xml": types,
        "_rels/.rels": relation("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": relation("worksheet", "worksheets/s.xml"),
        "xl/worksheets/s.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def test_rows_are_written_as_every_spreadsheet_reads_them() -> None:
    assert csv_bytes([["a,b", None, True, -1, "-1"]]) == b'"a,b",,true,-1,\'-1\r\n'
