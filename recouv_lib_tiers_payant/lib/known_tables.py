"""Tables of programs that are known: how they are read, before anybody maps them.

A table is one of these when it has all their headers, in whatever order and however
they are written (see `header_words`). What a practice corrects afterwards is its own.
Sources: noemie.md §1.9, 1.
"""

from typing import NamedTuple

from odoo.addons.recouv_lib.lib.table_file import header_words

from .return_tables import ANSWERS, TRANSFERS, Profile


class KnownTable(NamedTuple):
    """One program's table: its name as people know it, and its `Profile`."""

    name: str
    profile: Profile


KNOWN = (
    KnownTable(
        "Moteur FSE (virements)",
        Profile(
            TRANSFERS,
            {
                "transfer_date": "Date",
                "label1": "Libellé virement - ligne 1",
                "label2": "Libellé virement - ligne 2",
                "payer": "Organisme",
                "transfer_amount": "Montant",
            },
            date_order="dmy",
        ),
    ),
    KnownTable(
        "Moteur FSE (factures)",
        Profile(
            ANSWERS,
            {
                "invoice_number": "noFacturation",
                "nir": "nir",
                "name": "nomBeneficiaire",
                "first_name": "prenomBeneficiaire",
                "invoice_date": "date",
                "asked_amo": "tpAMO",
                "asked_amc": "tpAMC",
                "paid_amo": "montantAMO",
                "paid_amc": "montantAMC",
                "state_amo": "etatAMO",
                "state_amc": "etatAMC",
            },
        ),
    ),
)


def known_table(headers) -> KnownTable | None:
    """The known table that has these headers among its own, with their own writing."""
    written = {header_words(header): header for header in headers}
    for known in KNOWN:
        columns = known.profile.columns
        words = {name: header_words(header) for name, header in columns.items()}
        if set(words.values()) <= set(written):
            own = {name: written[word] for name, word in words.items()}
            return known._replace(
                profile=Profile(**{**known.profile.as_dict(), "columns": own})
            )
    return None
