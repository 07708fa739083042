"""Bank account numbers of the SEPA area.

``stdnum.iban`` reads a data file of its package, which Odoo's import hook hides from
python-stdnum 2; so the check digits come from it and the lengths from this table.
"""

from __future__ import annotations

import re

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

# Length by country, as the IBAN registry gives it.
LENGTHS = {
    pair[:2]: int(pair[2:])
    for pair in (
        "AD24 AL28 AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 "
        "GI23 GR27 HR21 HU28 IE22 IS26 IT27 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 "
        "MT31 NL18 NO15 PL28 PT25 RO24 RS22 SE24 SI19 SK24 SM27 VA22"
    ).split()
}


class BadIban(ValueError):
    """The text is not the IBAN of a SEPA account."""


def validate_iban(text: str) -> str:
    """Return the IBAN without separators, in capitals. Raises BadIban."""
    iban = re.sub(r"[\s.-]", "", text or "").upper()
    if len(iban) != LENGTHS.get(iban[:2]) or not iban.isascii():
        raise BadIban(text)
    try:
        mod_97_10.validate(iban[4:] + iban[:4])
    except ValidationError as error:
        raise BadIban(text) from error
    return iban


def format_iban(text: str) -> str:
    """Return the IBAN in groups of four, as paper shows it; "" for none."""
    iban = re.sub(r"[\s.-]", "", text or "").upper()
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))
