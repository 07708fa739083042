"""QR codes as small inline SVG.

The smallest version that holds the text is taken from the table, and the mask is fixed:
any mask may be read, and trying all eight costs ten times as much as the rest.
"""

from __future__ import annotations

import qrcode
from qrcode.util import MODE_8BIT_BYTE, QRData

MASK = 4
QUIET_ZONE = 4  # modules, as the norm asks
# Bytes that versions 1 to 13 hold at error level M (ISO/IEC 18004, table 7).
CAPACITY_M = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331)


class TooLong(ValueError):
    """The text does not fit in 331 bytes, the most that version 13 holds."""


def qr_matrix(text: str) -> list[list[bool]]:
    """Return the modules of the code of ``text`` (UTF-8, level M), without margin.

    Raises TooLong.
    """
    data = text.encode()
    code = qrcode.QRCode(
        version=_version(len(data)),
        error_correction=qrcode.constants.ERROR_CORRECT_M,
        border=0,
        mask_pattern=MASK,
    )
    code.add_data(QRData(data, mode=MODE_8BIT_BYTE, check_data=False), optimize=0)
    code.make(fit=False)
    return code.modules


def qr_svg(text: str, *, size_mm: float = 25) -> str:
    """Return an inline ``<svg>`` of the code, quiet zone included, that prints crisp at
    any size. Raises TooLong."""
    matrix = qr_matrix(text)
    side = len(matrix) + 2 * QUIET_ZONE
    path = "".join(_row_path(row, y) for y, row in enumerate(matrix))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size_mm}mm" '
        f'height="{size_mm}mm" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges"><path d="{path}"/></svg>'
    )


def _version(size: int) -> int:
    for version, capacity in enumerate(CAPACITY_M, 1):
        if size <= capacity:
            return version
    raise TooLong(f"{size} bytes")


def _row_path(row: list[bool], y: int) -> str:
    """Return one row as rectangles, dark neighbours joined."""
    parts, x = [], 0
    while x < len(row):
        start = x
        while x < len(row) and row[x]:
            x += 1
        if x > start:
            width = x - start
            parts.append(f"M{start + QUIET_ZONE} {y + QUIET_ZONE}h{width}v1h-{width}z")
        x += 1
    return "".join(parts)
