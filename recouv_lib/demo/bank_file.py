"""CAMT.053 files as a bank would send them, for the payments of the demonstration."""

from dataclasses import dataclass
from datetime import timedelta
from xml.sax.saxutils import escape

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"


@dataclass(frozen=True)
class Receipt:
    """A transfer received: ``reference`` structured (ISO 11649), or ``text`` as
    typed."""

    amount: float
    name: str
    reference: str = ""
    text: str = ""


def camt_file(iban, day, opening, receipts):
    """Return the bytes of one statement of ``day`` with these receipts.

    :param opening: balance of the account before them
    """
    closing = opening + sum(receipt.amount for receipt in receipts)
    entries = "".join(
        _entry(receipt, day, f"{day:%Y%m%d}{number:04}")
        for number, receipt in enumerate(receipts, 1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>{day:%Y%m%d}</MsgId>"
        f"<CreDtTm>{day}T06:00:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{day:%Y-%m-%d}</Id><CreDtTm>{day}T06:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{_balance('OPBD', opening, day - timedelta(days=1))}"
        f"{_balance('CLBD', closing, day)}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _balance(code, amount, day):
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{abs(amount):.2f}</Amt>'
        f"<CdtDbtInd>{'CRDT' if amount >= 0 else 'DBIT'}</CdtDbtInd>"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry(receipt, day, number):
    amount = f'<Amt Ccy="EUR">{receipt.amount:.2f}</Amt>'
    return (
        f"<Ntry>{amount}<CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>{number}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
        f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
        f"<RltdPties><Dbtr><Nm>{escape(receipt.name)}</Nm></Dbtr></RltdPties>"
        f"<RmtInf>{_remittance(receipt)}</RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _remittance(receipt):
    if receipt.reference:
        return (
            "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
            f"<Ref>{receipt.reference}</Ref></CdtrRefInf></Strd>"
        )
    return f"<Ustrd>{escape(receipt.text)}</Ustrd>"
