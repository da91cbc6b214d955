"""From bytes to rows: encodings, delimiters, lines before the header, missing headers."""

from pathlib import Path

import pytest

from crm.importing.reading import UnreadableFile, read_layout

DATA = Path(__file__).parent.parent / "data"


def write(folder: Path, content: bytes) -> Path:
    path = folder / "file.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter", "has_header"),
    [
        ("hubspot_contacts.csv", "utf-8", ",", True),
        ("salesforce_Account.csv", "utf-8-sig", ",", True),
        ("japanese_contacts.csv", "cp932", ",", True),
        ("utf16_contacts.csv", "utf-16", "\t", True),
        ("outlook_contactos.csv", "cp1252", ",", True),
        ("clientes_preambulo.csv", "cp1252", ";", True),
        ("sin_cabecera.csv", "utf-8", ",", False),
    ],
)
def test_each_likeness_is_read_as_it_is_written(name: str, encoding: str, delimiter: str, has_header: bool) -> None:
    layout = read_layout(DATA / name)
    assert (layout.encoding, layout.delimiter, layout.has_header) == (encoding, delimiter, has_header)


def test_accents_and_kanji_survive() -> None:
    assert read_layout(DATA / "outlook_contactos.csv").sample[0][3] == "Muñoz Peña"
    assert read_layout(DATA / "japanese_contacts.csv").sample[0][0] == "株式会社あおき"
    assert read_layout(DATA / "utf16_contacts.csv").sample[1][0] == "Iñaki Goñi"


def test_lines_before_the_header_are_skipped_and_lines_counted() -> None:
    layout = read_layout(DATA / "clientes_preambulo.csv")
    assert layout.headers[:2] == ["Código", "Razón social"]
    assert [row.line for row in layout.rows()] == [5, 6, 7, 8]


def test_a_row_over_several_lines_is_numbered_by_its_first() -> None:
    rows = list(read_layout(DATA / "google_contacts.csv").rows())
    assert [row.line for row in rows] == [2, 5]
    assert "London" in rows[0].cells[18]


def test_a_file_without_header_gets_numbered_columns_and_loses_no_row() -> None:
    layout = read_layout(DATA / "sin_cabecera.csv")
    assert layout.headers == ["column 1", "column 2", "column 3", "column 4"]
    assert len(list(layout.rows())) == 3


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_is_found_without_a_mark(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "Nombre;Correo\r\nIñaki;inaki@correo.example\r\n".encode(encoding))
    assert read_layout(path).sample == [["Iñaki", "inaki@correo.example"]]


def test_spanish_windows_text_is_not_taken_for_japanese(tmp_path: Path) -> None:
    path = write(tmp_path, "Cliente;Médico\r\nÁlvarez;Íñigo Núñez\r\n".encode("cp1252"))
    assert read_layout(path).encoding == "cp1252"


def test_an_old_mac_file_keeps_its_accents(tmp_path: Path) -> None:
    path = write(tmp_path, "Cliente;Ciudad\rRamón Núñez;Málaga\rInés Cortés;León\r".encode("mac_roman"))
    assert read_layout(path).sample[0] == ["Ramón Núñez", "Málaga"]


def test_the_sep_line_of_a_spreadsheet_names_the_delimiter(tmp_path: Path) -> None:
    layout = read_layout(write(tmp_path, b"sep=|\r\nName|Email\r\nAnn Lee|ann@lee.example\r\n"))
    assert (layout.delimiter, layout.headers) == ("|", ["Name", "Email"])


def test_commas_inside_cells_do_not_make_the_delimiter(tmp_path: Path) -> None:
    layout = read_layout(write(tmp_path, b"Name;Note\nAnn;one, two, three\nBea;four, five, six\n"))
    assert layout.delimiter == ";"


@pytest.mark.parametrize("content", [b"", b" \r\n", b"PK\x03\x04rest of a spreadsheet", b"%PDF-1.7"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read_layout(write(tmp_path, content))


def test_an_encoding_told_wrongly_is_refused_and_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_layout(write(tmp_path, "Nombre\r\nÁlvaro\r\n".encode("cp1252")), encoding="utf-8")


def test_equal_headings_are_told_apart(tmp_path: Path) -> None:
    layout = read_layout(write(tmp_path, b"Name,Phone,Phone\nAnn,600111222,600111223\n"))
    assert layout.headers == ["Name", "Phone", "Phone (2)"]


@pytest.mark.parametrize("long", [b"x" * 10_000_000, b'"' + b"one, two\r\n" * 1_000_000 + b'"'])
def test_a_cell_of_ten_megabytes_is_named_with_its_place_and_size(tmp_path: Path, long: bytes) -> None:
    content = b'Name,Phone,Note\nAnn,600111222,"two\nlines"\nBea,600111223,' + long + b"\nCid,600111224,\n"
    with pytest.raises(UnreadableFile) as refused:
        list(read_layout(write(tmp_path, content)).rows())
    said = "The cell in column 3 of line 4 holds 10,000,000 characters; a cell may hold 4,000,000."
    assert str(refused.value) == f"{said} Shorten it and try again."


def test_a_quotation_mark_that_never_closes_is_named_with_its_line(tmp_path: Path) -> None:
    content = b'Name,Phone,Note\nAnn,600111222,"never closed\n' + b"Bea,600111223,one of many\n" * 200_000
    with pytest.raises(UnreadableFile, match=r"From line 2 on .* a quotation mark opens and never closes"):
        list(read_layout(write(tmp_path, content)).rows())
