"""Small tables as practices' programs export them, for the tests of the import."""

import io

import openpyxl


def csv_bytes(rows, encoding="utf-8", delimiter=";", newline="\r\n"):
    """Rows (lists of texts) as the bytes of a CSV file, without quotes."""
    return newline.join(delimiter.join(row) for row in rows).encode(encoding)


def xlsx_bytes(rows):
    """Rows (lists of values) as the bytes of an XLSX workbook."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
