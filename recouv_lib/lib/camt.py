"""Reader of ISO 20022 camt.053 account statements (versions 02, 04, 08).

Streaming: entry after entry, each freed once read, so that memory follows the number
of movements and not the size of the XML. What comes from a bank portal is still a file
from outside: no document type, no entity, no network, bounded size and depth.

Source: ISO 20022 message definition report, Bank-to-Customer Cash Management.
"""

import re
from datetime import date
from decimal import Decimal
from functools import cache
from io import BytesIO

from lxml import etree

from .bank_file import (
    MAX_MOVEMENTS,
    BankFileError,
    BankMovement,
    BankStatement,
    check_size,
    identify,
)
from .table_file import clean_text

NAMESPACE = re.compile(r"^urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(\d\d)$")
VERSIONS = ("02", "03", "04", "05", "06", "07", "08")
# ISO 20022 amounts: 18 digits, 5 of them decimals, never signed.
AMOUNT = re.compile(r"^\d{1,18}(\.\d{1,5})?$", re.ASCII)
CURRENCY = re.compile(r"^[A-Z]{3}$", re.ASCII)
# What banks write where they have nothing to write.
NO_REFERENCE = {"", "NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOREF", "UNKNOWN"}


def looks_like_camt(data):
    """True if the bytes open like XML (the reader then says what is wrong with it)."""
    head = data[:400].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<")


def read_camt(data):
    """Read the bytes of a camt.053 file.

    Returns a list of `BankStatement`, in the order of the file. Raises `BankFileError`
    and nothing else, whatever the bytes.
    """
    check_size(data)
    _refuse_doctype(data)
    try:
        statements = list(_statements(data))
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        raise BankFileError("broken_xml", line=line, detail=error.msg) from error
    if not statements:
        raise BankFileError("no_statement")
    return statements


def _refuse_doctype(data):
    """No bank needs a document type; attacks by entities do (XXE, billion laughs).

    The bytes are looked at without their NULs, so that UTF-16 does not hide it.
    """
    bare = data.replace(b"\0", b"")
    if b"<!DOCTYPE" in bare or b"<!ENTITY" in bare:
        raise BankFileError("doctype_refused")


def _statements(data):
    """Yield the statements of the file, freeing each entry once it is read."""
    parser = etree.iterparse(
        BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    reader = None
    for event, element in parser:
        if event == "start":
            reader = reader or _start(element)
        else:
            done = reader.end(element)
            if done is not None:
                yield done


def _start(root):
    """Check the root of the document and return the reader for it."""
    if root.getroottree().docinfo.doctype:
        raise BankFileError("doctype_refused")
    # By hand: QName refuses tags that the parser lets through.
    namespace, _brace, name = root.tag.lstrip("{").rpartition("}")
    found = NAMESPACE.match(namespace)
    if not found:
        raise BankFileError("not_camt053", found=namespace or name)
    if found.group(1) not in VERSIONS:
        raise BankFileError("camt_version", found=found.group(1))
    return _Reader(namespace)


class _Reader:
    """State of one pass over a file: the entries of the statement being read."""

    def __init__(self, namespace):
        self.prefix = f"{{{namespace}}}"
        self.count = 0
        self._reset()

    def _reset(self):
        self.entries = []
        self.not_booked = 0
        self.warnings = []

    def end(self, element):
        """Take in a closed element; return the statement when it is complete."""
        statement = None
        if element.tag == self.prefix + "Ntry" and self._in_statement(element):
            self._take_entry(element)
            element.clear()
        elif element.tag == self.prefix + "Stmt":
            statement = self._take_statement(element)
            self._reset()
            element.clear()
        return statement

    def _in_statement(self, element):
        parent = element.getparent()
        return parent is not None and parent.tag == self.prefix + "Stmt"

    def _take_entry(self, element):
        """Keep a booked entry; count the ones that the bank only announces."""
        # Version 02 has the status as text, later ones as a code.
        if _text(element, "Sts/Cd", "Sts") not in ("BOOK", ""):
            self.not_booked += 1
            return
        movements = _entry_movements(element, self.warnings)
        self.count += len(movements)
        if self.count > MAX_MOVEMENTS:
            raise BankFileError("too_many_movements", limit=MAX_MOVEMENTS)
        self.entries.append(movements)

    def _take_statement(self, element):
        account = _text(element, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
        if not account:
            raise BankFileError("no_account", line=element.sourceline or 0)
        opening, closing = _balances(element)
        statement = BankStatement(
            account=account.replace(" ", "").upper(),
            identifier=_text(element, "Id"),
            currency=_text(element, "Acct/Ccy") or self._entry_currency(),
            date_from=_day(element, "FrToDt/FrDtTm", "FrToDt/FrDt"),
            date_to=_day(element, "FrToDt/ToDtTm", "FrToDt/ToDt", "CreDtTm"),
            opening=opening,
            closing=closing,
            movements=identify(self.entries),
            warnings=self.warnings,
            not_booked=self.not_booked,
        )
        _check_currency(statement, element)
        _check_balances(statement)
        return statement

    def _entry_currency(self):
        return self.entries[0][0].currency if self.entries else ""


# --- finding things in an element ------------------------------------------------


@cache
def _qualified(path):
    """The path with any namespace, so that one path serves every version."""
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def _find(element, path):
    return element.find(_qualified(path))


def _all(element, path):
    return element.findall(_qualified(path))


def _text(element, *paths):
    """Text at the first of the paths that has some, else an empty string."""
    for path in paths:
        found = _find(element, path)
        if found is not None:
            text = clean_text(found.text)
            if text:
                return text
    return ""


def _day(element, *paths):
    """The day at the first path present; hours and time zones are the bank's own."""
    text = _text(element, *paths)
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        line = element.sourceline or 0
        raise BankFileError("bad_date", line=line, found=text) from error


def _amount(element, path="Amt"):
    """(amount, currency) at a path, unsigned, or (None, "") where it is absent."""
    found = _find(element, path)
    if found is None:
        return None, ""
    text = (found.text or "").strip()
    currency = found.get("Ccy") or ""
    line = found.sourceline or 0
    if not AMOUNT.match(text):
        raise BankFileError("bad_amount", line=line, found=text)
    if not CURRENCY.match(currency):
        raise BankFileError("bad_currency", line=line, found=currency)
    return Decimal(text), currency


def _sign(element, default=None):
    """1 for a credit of the account, -1 for a debit."""
    code = _text(element, "CdtDbtInd")
    if not code and default:
        return default
    if code not in ("CRDT", "DBIT"):
        line = element.sourceline or 0
        raise BankFileError("bad_direction", line=line, found=code)
    return 1 if code == "CRDT" else -1


# --- one entry -------------------------------------------------------------------


def _entry_movements(entry, warnings):
    """The movements of one entry: one, or one per transaction of a batch.

    A batch is cut up only where its transactions add up to the entry; otherwise the
    entry stays whole, because its amount is what moved the balance.
    """
    amount, currency = _amount(entry)
    if amount is None:
        raise BankFileError("bad_amount", line=entry.sourceline or 0, found="")
    whole = _whole_entry(entry, _sign(entry) * amount, currency)
    details = _all(entry, "NtryDtls/TxDtls")
    if len(details) == 1:
        _describe(whole, entry, details[0])
    elif details:
        parts = _parts(entry, details, whole)
        if parts:
            return parts
        _gather(whole, entry, details)
        warnings.append(_batch_warning(whole, details))
    return [whole]


def _whole_entry(entry, amount, currency):
    booked = _day(entry, "BookgDt/Dt", "BookgDt/DtTm")
    value_date = _day(entry, "ValDt/Dt", "ValDt/DtTm")
    if not (booked or value_date):
        raise BankFileError("no_date", line=entry.sourceline or 0)
    reference = _text(entry, "AcctSvcrRef")
    return BankMovement(
        date=booked or value_date,
        value_date=value_date,
        amount=amount,
        currency=currency,
        bank_text=_text(entry, "AddtlNtryInf"),
        bank_reference="" if _is_void(reference) else reference,
        is_reversal=_text(entry, "RvslInd").lower() in ("true", "1"),
    )


def _is_void(reference):
    return reference.upper() in NO_REFERENCE


def _parts(entry, details, whole):
    """One movement per transaction, or nothing where the amounts do not agree."""
    parts = []
    for detail in details:
        amount = _own_amount(detail, whole.currency)
        if amount is None:
            return []
        default = 1 if whole.amount >= 0 else -1
        part = _whole_entry(entry, _sign(detail, default) * amount, whole.currency)
        part.position = len(parts) + 1
        _describe(part, entry, detail)
        parts.append(part)
    return parts if sum(part.amount for part in parts) == whole.amount else []


def _own_amount(detail, currency):
    """Unsigned amount of a transaction in the account's currency, or None."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        amount, found = _amount(detail, path)
        if amount is not None and found == currency:
            return amount
    return None


def _batch_warning(whole, details):
    values = {
        "date": whole.date.isoformat(),
        "amount": str(whole.amount),
        "count": str(len(details)),
    }
    return ("batch_mismatch", values)


def _gather(movement, entry, details):
    """Keep what the transactions of an entry that stays whole say."""
    for detail in details:
        movement.references += _references(detail)
    texts = (_remittance(detail) for detail in details)
    movement.text = " ".join(text for text in texts if text)[:2000]


def _describe(movement, entry, detail):
    """Fill in a movement from its transaction details."""
    movement.references = _references(detail)
    movement.text = _remittance(detail)
    movement.end_to_end_id = _reference(detail, "Refs/EndToEndId")
    movement.bank_text = _text(detail, "AddtlTxInf") or movement.bank_text
    if not movement.bank_reference:
        movement.bank_reference = _reference(detail, "Refs/AcctSvcrRef")
    _describe_party(movement, detail)
    _describe_foreign(movement, detail)


def _reference(detail, path):
    found = _text(detail, path)
    return "" if _is_void(found) else found


def _references(detail):
    """Structured creditor references (ISO 11649, QRR, others), without doubles."""
    found = (clean_text(ref.text) for ref in _all(detail, "RmtInf/Strd/CdtrRefInf/Ref"))
    return list(dict.fromkeys(ref for ref in found if ref))


def _remittance(detail):
    parts = [clean_text(part.text) for part in _all(detail, "RmtInf/Ustrd")]
    parts += [clean_text(p.text) for p in _all(detail, "RmtInf/Strd/AddtlRmtInf")]
    parts += [clean_text(p.text) for p in _all(detail, "RmtInf/Strd/RfrdDocInf/Nb")]
    return " ".join(part for part in parts if part)


def _describe_party(movement, detail):
    """Name and account of the other side.

    A reversal keeps the parties of the transaction it reverses, so its debtor is still
    the one who had paid.
    """
    came_in = (movement.amount > 0) != movement.is_reversal
    role = "Dbtr" if came_in else "Cdtr"
    party = f"RltdPties/{role}"
    movement.counterparty_name = _text(
        detail,
        # Version 08 has a choice between party and agent under each role.
        f"{party}/Nm",
        f"{party}/Pty/Nm",
        f"RltdPties/Ultmt{role}/Nm",
        f"RltdPties/Ultmt{role}/Pty/Nm",
    )
    iban = _text(detail, f"{party}Acct/Id/IBAN", f"{party}Acct/Id/Othr/Id")
    movement.counterparty_iban = iban.replace(" ", "").upper()


def _describe_foreign(movement, detail):
    """Amount in the currency of the order, where that is another one."""
    for path in ("AmtDtls/InstdAmt/Amt", "AmtDtls/TxAmt/Amt", "Amt"):
        amount, currency = _amount(detail, path)
        if amount and currency != movement.currency:
            sign = 1 if movement.amount >= 0 else -1
            movement.foreign_amount = sign * amount
            movement.foreign_currency = currency
            return


# --- balances --------------------------------------------------------------------


def _balances(statement):
    """(opening, closing), signed, None where absent.

    The pages of one statement carry interim balances (ITBD) instead: the first opens,
    the last closes.
    """
    found = {}
    for balance in _all(statement, "Bal"):
        code = _text(balance, "Tp/CdOrPrtry/Cd")
        if code in ("OPBD", "PRCD", "CLBD", "ITBD"):
            amount, _currency = _amount(balance)
            if amount is None:
                line = balance.sourceline or 0
                raise BankFileError("bad_amount", line=line, found="")
            found.setdefault(code, []).append(_sign(balance) * amount)
    interim = found.get("ITBD", [])
    opening = found.get("OPBD") or found.get("PRCD") or interim
    closing = found.get("CLBD") or interim[1 if interim is opening else 0 :]
    return opening[0] if opening else None, closing[-1] if closing else None


def _check_currency(statement, element):
    """An account has one currency; an entry in another one is not of that account."""
    for movement in statement.movements:
        if movement.currency != statement.currency:
            raise BankFileError(
                "currency_mixed",
                line=element.sourceline or 0,
                found=movement.currency,
                expected=statement.currency,
            )


def _check_balances(statement):
    gap = statement.gap()
    if gap:
        statement.warn(
            "balance_mismatch",
            statement=statement.identifier or "/",
            opening=statement.opening,
            closing=statement.closing,
            gap=gap,
        )
