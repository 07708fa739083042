"""Text of the payment QR code that banking applications read (EPC069-12, version 002).

A code fills in a SEPA credit transfer in euros: who is paid, where, how much, and the
reference that lets the practice recognise the payment.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from stdnum import bic as stdnum_bic
from stdnum.exceptions import ValidationError

from .iban import BadIban, validate_iban
from .qr import qr_svg
from .reference import compact, is_reference

MAX_NAME = 70
MAX_TEXT = 140
MAX_BYTES = 331
MIN_AMOUNT = Decimal("0.01")
MAX_AMOUNT = Decimal("999999999.99")


class EpcError(ValueError):
    """The payment cannot be coded; ``code``: currency, amount, name, iban, bic,
    reference, text, both_references, too_long."""

    def __init__(self, code: str, value=""):
        self.code = code
        super().__init__(f"{code}: {value}" if value else code)


def epc_payload(
    name: str,
    iban: str,
    amount,
    *,
    bic: str = "",
    reference: str = "",
    text: str = "",
    currency: str = "EUR",
) -> str:
    """Return the text of the code.

    ``name``: of the account holder, 70 characters at most. ``amount``: Decimal, number
    or text, from 0.01 to 999,999,999.99 euros. ``reference``: ISO 11649, or ``text``:
    free, 140 characters at most, not both. Raises EpcError.
    """
    if currency != "EUR":
        raise EpcError("currency", currency)
    if reference and text:
        raise EpcError("both_references")
    lines = ["BCD", "002", "1", "SCT", _bic(bic), _line("name", name, MAX_NAME)]
    lines += [_iban(iban), f"EUR{_amount(amount)}", ""]
    lines += [_reference(reference), _line("text", text, MAX_TEXT)]
    # Empty elements at the end are left out: a smaller code reads better.
    payload = "\n".join(lines).rstrip("\n")
    if not lines[5]:
        raise EpcError("name")
    if len(payload.encode()) > MAX_BYTES:
        raise EpcError("too_long", len(payload.encode()))
    return payload


def epc_svg(*args, size_mm: float = 25, **kwargs) -> str:
    """Return the code as inline SVG; arguments of :func:`epc_payload`."""
    return qr_svg(epc_payload(*args, **kwargs), size_mm=size_mm)


def _line(code: str, value: str, length: int) -> str:
    """Return the value on one line: a line break would shift all that follows."""
    value = " ".join((value or "").split())
    if len(value) > length or not value.isprintable():
        raise EpcError(code, value)
    return value


def _iban(value: str) -> str:
    try:
        return validate_iban(value)
    except BadIban as error:
        raise EpcError("iban", value) from error


def _bic(value: str) -> str:
    try:
        return stdnum_bic.validate(value) if value else ""
    except ValidationError as error:
        raise EpcError("bic", value) from error


def _amount(value) -> Decimal:
    try:
        amount = Decimal(str(value)).quantize(MIN_AMOUNT, ROUND_HALF_UP)
    except InvalidOperation as error:
        raise EpcError("amount", value) from error
    if not amount.is_finite() or not MIN_AMOUNT <= amount <= MAX_AMOUNT:
        raise EpcError("amount", value)
    return amount


def _reference(value: str) -> str:
    if value and not is_reference(value):
        raise EpcError("reference", value)
    return compact(value or "")
