"""Returns of some weeks: what payers paid, refused and kept back, and what was done."""

from datetime import timedelta

from odoo import Command

from odoo.addons.recouv_lib.demo import clock
from odoo.addons.recouv_lib.demo.bank_file import Receipt, camt_file
from odoo.addons.recouv_lib.demo.practices import KINE, company_of, user_of

from ..returns.writing import NoemieWriter
from .cover import CAISSE, FIRST_NUMBER, MUTUAL, _context

CAISSE_TRANSFER = "VIR CPAM ILLE ET VILAINE"
CAISSE_REFERENCE = "263010004512"
MUTUAL_TRANSFER = "MUTUELLE EXEMPLE BORDEREAU"
MUTUAL_REFERENCE = "263090007781"
#: number of the patient -> code and label of the caisse's refusal
REFUSED = {
    3: ("0460", "ETABLISSEMENT PRESCRIPTEUR INCONNU AU FICHIER NATIONAL"),
    4: ("0250", "ASSURE ABSENT DU REFERENTIEL"),
    5: ("2900", "FACTURE DEJA PAYEE"),
    6: ("0450", "EXONERATION NON TROUVEE AU FICHIER A LA DATE DES SOINS"),
}
#: the caisse pays these in part: cents less than asked
SHORT = {7: 1210}
#: the mutual fund's refusal
CLOSED_RIGHTS = ("0049", "DROITS FERMES A LA DATE DES SOINS CONTRAT RESILIE")
#: days before today
ACKNOWLEDGED, CAISSE_RETURN, MUTUAL_RETURN, BANK, TREATED = 35, 19, 15, 17, 8


class Returns:
    """One practice reads its returns as its secretary and manager do."""

    def __init__(self, env, today, say):
        self.today, self.say = today, say
        self.company = company_of(env, KINE)
        user = user_of(env, "kine")
        self.env = env(user=user.id, su=False, context=_context(env, self.company))

    def live(self):
        """Do everything in the order of its days; commit each."""
        for ago, act in (
            (ACKNOWLEDGED, self.acknowledge),
            (CAISSE_RETURN, self.read_caisse),
            (BANK, self.read_bank),
            (MUTUAL_RETURN, self.read_mutual),
            (TREATED, self.treat),
        ):
            with clock.at(self.today - timedelta(days=ago), hour=10):
                act(self.today - timedelta(days=ago))
                self.env.cr.commit()  # pylint: disable=invalid-commit
        self.say("tiers payant : retours lus, virements rapprochés, rejets traités")

    # --- files ------------------------------------------------------------------------

    def acknowledge(self, day):
        """The first lots were received; the last ones are never heard of again."""
        writer = NoemieWriter(day, identification="ARL001")
        for lot in self.env["recouv.lot"].search([("name", "not like", "14")]):
            writer.acknowledge(lot.name, lot.date)
        self.take(f"arl-{day}.noe", writer.bytes())

    def read_caisse(self, day):
        """Paid, paid in part, refused for four reasons, one debt kept back, and an
        answer about an invoice that nobody knows."""
        writer = NoemieWriter(day, identification="RSP001")
        transfer = writer.transfer(day, CAISSE_TRANSFER, CAISSE_REFERENCE, "CPAM 35")
        for rank in range(11):
            share = self.share(rank, "amo")
            asked = round(share.amount * 100)
            if rank in REFUSED:
                transfer.invoice(
                    share.invoice_number,
                    amo=(asked, "R", 0),
                    rejections=[(*REFUSED[rank], "O")],
                    **self.identity(share),
                )
                continue
            paid = asked - SHORT.get(rank, 0)
            transfer.invoice(
                share.invoice_number, amo=(asked, "P", paid), **self.identity(share)
            )
        transfer.invoice("000000099", amo=3871, nir="1540275115001", date=day)
        transfer.retained(1240, nature="IND", reference="D2026-118")
        self.caisse_amount = transfer.amount / 100
        self.take(f"rsp-{day}.noe", writer.bytes())

    def read_mutual(self, day):
        """The mutual fund pays some, refuses one; its transfer has not come yet."""
        writer = NoemieWriter(
            day, sender="35007777", sender_kind="OC", identification="RSP002"
        )
        transfer = writer.transfer(day, MUTUAL_TRANSFER, MUTUAL_REFERENCE, MUTUAL[2])
        for rank in (0, 1, 2, 3, 7, 8):
            share = self.share(rank, "amc")
            asked = round(share.amount * 100)
            refused = rank == 8
            transfer.invoice(
                share.invoice_number,
                amc=(asked, "R", 0) if refused else (asked, "P", asked),
                rejections=[(*CLOSED_RIGHTS, "C")] if refused else [],
                amc_number=MUTUAL[2],
                **self.identity(share),
            )
        self.take(f"rsp-amc-{day}.noe", writer.bytes())

    def share(self, rank, kind):
        """The part of a payer of the ``rank``-th invoice, as first sent."""
        return self.env["recouv.share"].search(
            [
                ("invoice_number", "=", f"{FIRST_NUMBER + rank:09}"),
                ("kind", "=", kind),
                ("company_id", "=", self.company.id),
            ],
            limit=1,
        )

    @staticmethod
    def identity(share):
        return {
            "lot": share.lot_id.name,
            "lot_date": share.lot_id.date,
            "date": share.care_date,
            "nir": share.nir[:13],
            "nir_key": share.nir[13:],
            "name": share.patient_id.name.split(" ", 1)[1].upper(),
            "first_name": share.patient_id.name.split(" ", 1)[0].upper(),
        }

    def take(self, name, data):
        """Drop a file on the list of returns."""
        attachment = self.env["ir.attachment"].create({"name": name, "raw": data})
        files = self.env["recouv.return.file"]
        files.create_document_from_attachment([], attachment.ids)
        file = files.search([("name", "=", name)], limit=1)
        if file.state != "applied":
            raise RuntimeError(f"{name}: {file.state}, {file.failure_message}")

    # --- bank -------------------------------------------------------------------------

    def read_bank(self, day):
        """The caisse's transfer arrives; one more of a payer comes without a return."""
        receipts = [
            Receipt(
                self.caisse_amount,
                CAISSE[0],
                text=f"{CAISSE_TRANSFER} {CAISSE_REFERENCE}",
            ),
            Receipt(84.20, "CPAM DU FINISTERE", text="VIR CPAM FINISTERE 262980001134"),
        ]
        journal = self.company.recouv_bank_id.journal_id[:1]
        opening = journal.current_statement_balance if journal else 0.0
        imported = self.env["recouv.bank.import"]._import_file(
            camt_file(KINE.iban, day, opening, receipts), f"releve-tp-{day}.xml"
        )
        self.env["recouv.bank.match"].search(
            [
                ("import_id", "=", imported.id),
                ("state", "=", "proposed"),
                ("rank", "=", 1),
                ("score", ">=", 60),
            ]
        ).action_apply()

    # --- rejections -------------------------------------------------------------------

    def treat(self, day):
        """The caisse paid late; one refusal is corrected and sent again, one is billed
        to its patient."""
        self.env["recouv.penalty"]._cron_find()
        self._treat("correct_and_resend", "0460", first_number="000000431")
        self._treat("bill_patient", CLOSED_RIGHTS[0], date_due=day + timedelta(days=30))

    def _treat(self, action, code, **values):
        found = self.env["recouv.rejection"].search(
            [("code", "=like", f"{code}%"), ("company_id", "=", self.company.id)]
        )
        wizard = self.env["recouv.rejection.treat"].create(
            {
                "rejection_ids": [Command.set(found.ids)],
                "action": action,
                **values,
            }
        )
        wizard.action_apply()
