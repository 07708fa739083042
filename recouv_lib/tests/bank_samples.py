"""Bank files made for the tests; the shape is that of the published CAMT examples."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

IBAN = "FR7630006000011234567890189"
PAYER_IBAN = "FR7610107001011234567890129"


@dataclass
class Tx:
    """One transaction inside an entry."""

    amount: str = ""
    currency: str = "EUR"
    name: str = ""
    iban: str = ""
    text: str = ""
    ref: str = ""
    end_to_end: str = ""
    bank_ref: str = ""
    credit: bool = True
    instructed: str = ""
    instructed_currency: str = ""
    reversal: bool = False

    def xml(self, version):
        role = "Dbtr" if self.credit != self.reversal else "Cdtr"
        name = f"<Nm>{escape(self.name)}</Nm>" if self.name else ""
        party = f"<Pty>{name}</Pty>" if version >= "08" and name else name
        parts = ["<TxDtls><Refs>"]
        if self.bank_ref:
            parts.append(f"<AcctSvcrRef>{self.bank_ref}</AcctSvcrRef>")
        parts.append(
            f"<EndToEndId>{self.end_to_end or 'NOTPROVIDED'}</EndToEndId></Refs>"
        )
        if version >= "04" and self.amount:
            parts.append(f'<Amt Ccy="{self.currency}">{self.amount}</Amt>')
            parts.append(f"<CdtDbtInd>{'CRDT' if self.credit else 'DBIT'}</CdtDbtInd>")
        parts.append(self._amounts(version))
        parts.append(f"<RltdPties><{role}>{party}</{role}>")
        if self.iban:
            parts.append(f"<{role}Acct><Id><IBAN>{self.iban}</IBAN></Id></{role}Acct>")
        parts.append("</RltdPties><RmtInf>")
        if self.text:
            parts.append(f"<Ustrd>{escape(self.text)}</Ustrd>")
        if self.ref:
            kind = "<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
            parts.append(
                f"<Strd><CdtrRefInf>{kind}<Ref>{self.ref}</Ref></CdtrRefInf></Strd>"
            )
        return "".join([*parts, "</RmtInf></TxDtls>"])

    def _amounts(self, version):
        inner = ""
        if self.instructed:
            currency = self.instructed_currency or self.currency
            inner += (
                f'<InstdAmt><Amt Ccy="{currency}">{self.instructed}</Amt></InstdAmt>'
            )
        if self.amount and version < "04":
            inner += f'<TxAmt><Amt Ccy="{self.currency}">{self.amount}</Amt></TxAmt>'
        return f"<AmtDtls>{inner}</AmtDtls>" if inner else ""


@dataclass
class Entry:
    """One entry of a statement; `txs` are the transactions behind it."""

    amount: str
    day: str = "2026-06-10"
    currency: str = "EUR"
    credit: bool = True
    ref: str = ""
    status: str = "BOOK"
    reversal: bool = False
    info: str = ""
    txs: list = field(default_factory=list)

    def xml(self, version):
        status = f"<Cd>{self.status}</Cd>" if version >= "08" else self.status
        parts = [
            f'<Ntry><Amt Ccy="{self.currency}">{self.amount}</Amt>',
            f"<CdtDbtInd>{'CRDT' if self.credit else 'DBIT'}</CdtDbtInd>",
        ]
        if self.reversal:
            parts.append("<RvslInd>true</RvslInd>")
        parts.append(f"<Sts>{status}</Sts>")
        parts.append(f"<BookgDt><Dt>{self.day}</Dt></BookgDt>")
        parts.append(f"<ValDt><Dt>{self.day}</Dt></ValDt>")
        if self.ref:
            parts.append(f"<AcctSvcrRef>{self.ref}</AcctSvcrRef>")
        if self.txs:
            details = "".join(tx.xml(version) for tx in self.txs)
            parts.append(f"<NtryDtls>{details}</NtryDtls>")
        if self.info:
            parts.append(f"<AddtlNtryInf>{escape(self.info)}</AddtlNtryInf>")
        return "".join([*parts, "</Ntry>"])


def balance(code, amount, currency="EUR"):
    sign = "DBIT" if str(amount).startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{str(amount).lstrip("-")}</Amt>'
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-06-10</Dt></Dt></Bal>"
    )


def statement(
    entries,
    version="02",
    iban=IBAN,
    identifier="ST-1",
    currency="EUR",
    opening="0.00",
    closing=None,
):
    """One statement; the closing balance is right unless given."""
    if closing is None:
        total = sum(
            float(e.amount) * (1 if e.credit else -1)
            for e in entries
            if e.status == "BOOK"
        )
        closing = f"{float(opening) + total:.2f}"
    balances = ""
    if opening is not False:
        balances = balance("OPBD", opening, currency) + balance(
            "CLBD", closing, currency
        )
    return (
        f"<Stmt><Id>{identifier}</Id><CreDtTm>2026-06-11T06:00:00+02:00</CreDtTm>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        f"{balances}{''.join(entry.xml(version) for entry in entries)}</Stmt>"
    )


def document(*statements, version="02"):
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        "<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId>"
        "<CreDtTm>2026-06-11T06:00:00</CreDtTm></GrpHdr>"
        f"{''.join(statements)}</BkToCstmrStmt></Document>"
    ).encode()


def camt(*entries, version="02", **values):
    """The bytes of a CAMT.053 file with one statement."""
    return document(statement(entries, version, **values), version=version)
