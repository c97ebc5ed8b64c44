"""An uploaded file as rows of text: CSV in any usual encoding and delimiter, or the first sheet of a workbook."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from callcenter.domain.errors import Invalid

MOST_BYTES = 20_000_000
MOST_ROWS = 100_000
MOST_COLUMNS = 300
#: A workbook is a zip; one that grows beyond this is an attack or a mistake.
MOST_UNPACKED = 300_000_000
LONGEST_CELL = 20_000
_DELIMITERS = (",", ";", "\t", "|")
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))

Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file understood: its header, how many rows follow, and how it was read. `rows` may be asked for again."""

    header: tuple[str, ...]
    count: int
    encoding: str
    delimiter: str
    text: str = ""
    cells: Sequence[Row] = ()

    def rows(self) -> Iterator[Row]:
        """Yields (line in the file, cells) of every row below the header that is not blank."""
        if self.cells:
            yield from self.cells
        elif self.text:
            records = _records(self.text, self.delimiter)
            next(records, None)
            yield from records


def unpack(data: bytes) -> Sheet:
    """Gives the sheet in a file; raises Invalid for one that is too big, empty or neither CSV nor a workbook.

    Takes up to a second or two: never on the event loop.
    """
    if len(data) > MOST_BYTES:
        raise Invalid(f"The file has {len(data) / 1e6:.0f} MB; {MOST_BYTES / 1e6:.0f} MB are allowed.", field="file")
    sheet = _workbook(data) if data.startswith(_WORKBOOKS) else _text_file(data)
    if sheet.count > MOST_ROWS:
        raise Invalid(f"The file has {sheet.count:,} rows; {MOST_ROWS:,} are allowed at once.", field="file")
    if len(sheet.header) > MOST_COLUMNS:
        raise Invalid(f"The file has {len(sheet.header)} columns; {MOST_COLUMNS} are allowed.", field="file")
    return sheet


def _text_file(data: bytes) -> Sheet:
    text, encoding = _decoded(data)
    delimiter = _delimiter(text)
    records = _records(text, delimiter)
    header = next(records, None)
    if header is None:
        raise Invalid("The file is empty.", field="file")
    return Sheet(_names(header[1]), sum(1 for _ in records), encoding, delimiter, text=text)


def _decoded(data: bytes) -> tuple[str, str]:
    """What spreadsheets and databases save: UTF-8, UTF-16 with its mark, else the code page of western Windows."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise Invalid("The file begins like Unicode text but is damaged. Export it again.", field="file") from error
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "cp1252"


def _delimiter(text: str) -> str:
    """The usual delimiter that the first line has most of, outside quotes."""
    first = next((line for line in io.StringIO(text[:100_000]) if line.strip()), "")
    bare = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=lambda each: (bare.count(each), -_DELIMITERS.index(each)))


def _records(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(f"Line {line} cannot be read: {error}.", field="file") from error


def _workbook(data: bytes) -> Sheet:
    from python_calamine import CalamineError, CalamineWorkbook  # half a second to load, for those who need it

    _refuse_bomb(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        table = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise Invalid("This workbook cannot be read. Save it as .xlsx or CSV and try again.", field="file") from error
    rows = [(nth, [_written(cell) for cell in row]) for nth, row in enumerate(table, start=1)]
    rows = [row for row in rows if any(cell.strip() for cell in row[1])]
    if not rows:
        raise Invalid("The first sheet is empty.", field="file")
    return Sheet(_names(rows[0][1]), len(rows) - 1, "workbook", "", cells=tuple(rows[1:]))


def _refuse_bomb(data: bytes) -> None:
    if data.startswith(_WORKBOOKS[0]):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                size = sum(entry.file_size for entry in packed.infolist())
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise Invalid("This workbook is damaged. Save it again and try once more.", field="file") from error
        if size > MOST_UNPACKED:
            raise Invalid("This workbook is too big once unpacked. Save the sheet as CSV.", field="file")


def _written(cell: object) -> str:
    """A cell as a person reads it: whole numbers without a decimal point, days and times in ISO form."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime() | date() | time():
            return cell.isoformat()
        case _:
            return str(cell)[:LONGEST_CELL]


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.replace("\x00", "").strip().lstrip("\ufeff") for cell in cells)
