from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.lib.table_file import Column
from odoo.addons.recouv_lib.lib.table_values import read_amount, read_date

COLUMNS = {
    "debtor": Column(
        "débiteur",
        ("debiteur", "debtor", "acheteur", "client", "raison sociale", "nom", "siren",
         "n tva"),
        required=True,
    ),
    "amount": Column(
        "montant accordé",
        ("montant accorde", "accorde", "limite", "limite accordee", "garantie",
         "montant", "amount", "agreed"),
        required=True,
    ),
    "date": Column(
        "à compter du",
        ("a compter du", "date d effet", "date", "debut", "valid from", "from"),
    ),
    "valid_to": Column(
        "jusqu'au", ("jusqu au", "valable jusqu au", "fin", "valid to", "until")
    ),
    "reference": Column("référence", ("reference", "ref", "n dossier", "n de dossier")),
    "reason": Column("motif", ("motif", "raison", "reason", "commentaire")),
}  # fmt: skip


class RecouvInsuranceLimitImport(models.TransientModel):
    """The insurer's answers to limit requests, as a table (CSV, XLSX).

    A row answers the request that waits for its debtor, named as in the practice's
    books, by number of registration or by reference. The same table twice changes
    nothing.
    """

    _name = "recouv.insurance.limit.import"
    _inherit = ["recouv.table.dialog"]
    _description = "Answers of the credit insurer"

    recorded = fields.Integer("Answers recorded")
    line_ids = fields.One2many(
        "recouv.insurance.limit.import.line",
        "wizard_id",
        "Rows not recorded",
        readonly=True,
    )

    @api.model
    def _table_columns(self):
        return COLUMNS

    def _record_row(self, cells):
        texts = self._cell_texts(cells)
        amount = read_amount(cells["amount"], ",")
        if amount is None:
            return self.env._("The sum cannot be read.")
        days = {}
        for name in ("date", "valid_to"):
            # the day first, as it is written in France
            days[name] = read_date(cells.get(name) or "", "dmy") or None
            if texts.get(name) and not days[name]:
                return self.env._("The date cannot be read.")
        day = days["date"] or fields.Date.context_today(self)
        limits = self.env["recouv.insurance.limit"].with_company(self.company_id)
        waiting = limits.search(
            [("company_id", "=", self.company_id.id), ("state", "=", "asked")]
        ).filtered(lambda limit: limit._is_about(texts["debtor"]))
        if not waiting and self._is_known(texts["debtor"], float(amount), days["date"]):
            return None
        if len(waiting) != 1:
            return self._no_request(waiting)
        return self._answer(waiting, float(amount), day, days["valid_to"], texts)

    def _answer(self, limit, amount, day, valid_to, texts):
        try:
            limit._answer(
                amount,
                day,
                valid_to=valid_to,
                reference=texts.get("reference") or False,
                reason=texts.get("reason") or False,
            )
        except UserError as error:
            return str(error)
        return None

    def _is_known(self, debtor, amount, day):
        """Say whether this very answer was recorded before."""
        limits = self.env["recouv.insurance.limit"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "in", ("agreed", "partial", "refused")),
            ]
        )
        return any(
            not limit.currency_id.compare_amounts(limit.amount_agreed, amount)
            and (not day or limit.valid_from == day)
            for limit in limits.filtered(lambda one: one._is_about(debtor))
        )

    def _no_request(self, found):
        if found:
            return self.env._(
                "Several requests wait for such a debtor: record the answers by hand."
            )
        return self.env._("No request waits for this debtor.")


class RecouvInsuranceLimitImportLine(models.TransientModel):
    _name = "recouv.insurance.limit.import.line"
    _inherit = ["recouv.table.dialog.line"]
    _description = "Answer of the insurer that was not recorded"

    wizard_id = fields.Many2one(
        "recouv.insurance.limit.import", required=True, ondelete="cascade"
    )


class RecouvInsuranceLimit(models.Model):
    _inherit = "recouv.insurance.limit"

    def _is_about(self, said):
        """Say whether an insurer means this debtor: by name, number or reference."""
        self.ensure_one()
        debtor, words = self.partner_id, _bare(said)
        number = _bare(debtor.vat)
        # a French VAT number ends with the nine digits of the company (SIREN)
        known = {_bare(debtor.name), _bare(debtor.ref), number, number[-9:]}
        return bool(words) and words in known


def _bare(text):
    return "".join(char for char in (text or "").casefold() if char.isalnum())
