"""Code128 barcodes as small inline SVG, for the mark of a letter (see page_mark).

reportlab, which Odoo requires, does the encoding and packs digits two by two.
"""

from __future__ import annotations

from reportlab.graphics.barcode.code128 import Code128

QUIET_ZONE = 10  # modules, as the norm asks
# reportlab writes a bar as a capital, a space as a small letter; A is one module wide.
WIDTHS = {letter: width for width, letter in enumerate("ABCD", 1)}


class NotPrintable(ValueError):
    """The text has characters that Code128 does not hold."""


def code128_svg(text: str, *, width_mm: float = 60, height_mm: float = 8) -> str:
    """Return an inline ``<svg>`` of the barcode, quiet zones included.

    A page mark has 220 modules: printed 38 mm wide it reads from a scan of 300 dpi,
    54 mm wide from one of 200 dpi (tried). Raises NotPrintable.
    """
    modules, path = QUIET_ZONE, []
    for element in _elements(text):
        width = WIDTHS[element.upper()]
        if element.isupper():
            path.append(f"M{modules} 0h{width}v1h-{width}z")
        modules += width
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm}mm" '
        f'height="{height_mm}mm" viewBox="0 0 {modules + QUIET_ZONE} 1" '
        f'preserveAspectRatio="none" shape-rendering="crispEdges">'
        f'<path d="{"".join(path)}"/></svg>'
    )


def _elements(text: str) -> str:
    code = Code128(text, quiet=0)
    code.validate()
    if not text or not code.valid:
        raise NotPrintable(text)
    code.encode()
    code.decompose()
    return code.decomposed
