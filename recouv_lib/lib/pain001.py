"""Credit transfers for the bank: ISO 20022 pain.001.001.09, SEPA, without a database.

One message, one debtor account, one payment per creditor. Texts are cut and reduced to
the characters that SEPA lets through; sums are decimals of two places in euro.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
# EPC217-08: the characters that every bank accepts
FORBIDDEN = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")


class BadPayment(ValueError):
    """A payment that no bank would take; the message says what is missing."""


@dataclass(frozen=True)
class Account:
    """Who holds which account; ``bic`` may be left out within SEPA."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True)
class Payment:
    """A transfer of ``amount`` to ``to``; ``end_to_end`` is what both books call it."""

    end_to_end: str
    amount: Decimal
    to: Account
    label: str = ""


def message(
    identifier: str,
    made_at: datetime,
    day: date,
    debtor: Account,
    payments: Sequence[Payment],
    currency: str = "EUR",
) -> bytes:
    """Return the XML file of these payments, ordered for ``day``.

    :raise BadPayment: nothing to pay, no account, or a sum that is not positive
    """
    _check(debtor, payments)
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    order = _add(root, "CstmrCdtTrfInitn")
    total, count = _money(sum(p.amount for p in payments)), str(len(payments))
    head = _add(order, "GrpHdr")
    _add(head, "MsgId", _text(identifier, 35))
    _add(head, "CreDtTm", made_at.replace(microsecond=0).isoformat())
    _add(head, "NbOfTxs", count)
    _add(head, "CtrlSum", total)
    _add(_add(head, "InitgPty"), "Nm", _text(debtor.name, 70))
    batch = _add(order, "PmtInf")
    _add(batch, "PmtInfId", _text(identifier, 35))
    _add(batch, "PmtMtd", "TRF")
    _add(batch, "NbOfTxs", count)
    _add(batch, "CtrlSum", total)
    _add(_add(_add(batch, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _add(_add(batch, "ReqdExctnDt"), "Dt", day.isoformat())
    _party(batch, "Dbtr", debtor)
    _account(batch, "DbtrAcct", debtor)
    _agent(batch, "DbtrAgt", debtor, required=True)
    _add(batch, "ChrgBr", "SLEV")
    for payment in payments:
        _transfer(batch, payment, currency)
    return etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", pretty_print=True
    )


def _check(debtor, payments):
    if not payments:
        raise BadPayment("there is nothing to pay")
    for account in (debtor, *(payment.to for payment in payments)):
        if not _iban(account):
            raise BadPayment(f"{account.name} has no IBAN")
        if not _text(account.name, 70):
            raise BadPayment("an account has no holder")
    for payment in payments:
        if payment.amount <= 0:
            raise BadPayment(f"{payment.end_to_end}: the sum is not positive")


def _transfer(batch, payment, currency):
    one = _add(batch, "CdtTrfTxInf")
    _add(_add(one, "PmtId"), "EndToEndId", _text(payment.end_to_end, 35))
    sum_ = _add(_add(one, "Amt"), "InstdAmt", _money(payment.amount))
    sum_.set("Ccy", currency)
    _agent(one, "CdtrAgt", payment.to)
    _party(one, "Cdtr", payment.to)
    _account(one, "CdtrAcct", payment.to)
    if label := _text(payment.label or payment.end_to_end, 140):
        _add(_add(one, "RmtInf"), "Ustrd", label)


def _party(parent, tag, account):
    _add(_add(parent, tag), "Nm", _text(account.name, 70))


def _account(parent, tag, account):
    _add(_add(_add(parent, tag), "Id"), "IBAN", _iban(account))


def _agent(parent, tag, account, required=False):
    if account.bic:
        place = _add(_add(parent, tag), "FinInstnId")
        _add(place, "BICFI", account.bic.replace(" ", "").upper())
    elif required:
        place = _add(_add(parent, tag), "FinInstnId")
        _add(_add(place, "Othr"), "Id", "NOTPROVIDED")


def _iban(account):
    return "".join((account.iban or "").split()).upper()


def _money(amount):
    return str(Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _text(text, length):
    """Return a text without accents and forbidden characters, cut."""
    plain = unicodedata.normalize("NFKD", text or "")
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(FORBIDDEN.sub(" ", plain).split())[:length].strip()


def _add(parent, tag, text=None):
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    if text is not None:
        child.text = text
    return child
