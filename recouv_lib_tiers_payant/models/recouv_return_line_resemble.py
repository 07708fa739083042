from odoo import models
from odoo.fields import Domain

from ..lib.identifiers import invoice_key, nir_root

KINDS = {"O": "amo", "C": "amc"}


class RecouvReturnLine(models.Model):
    """Shares that a person may choose from, with what fits."""

    _inherit = "recouv.return.line"

    def _resembling(self):
        """Return [(share, what fits)], the best first, of the line's own company."""
        self.ensure_one()
        if self.kind != "answer":
            return []
        known = [
            (share, self._fits(share))
            for share in self.env["recouv.share"].search(self._resembling_domain())
        ]
        known.sort(key=lambda pair: (-len(pair[1]), -pair[0].id))
        return [(share, ", ".join(fits)) for share, fits in known]

    def _resembling_domain(self):
        number = (self.invoice_number or "").strip()
        root = nir_root(self.nir or "")
        amount = self.asked or abs(self.paid)
        either = [Domain("id", "in", self.candidates or [])]
        if number:
            bare = number.lstrip("0")
            forms = list({number, bare, bare.zfill(9)} - {""})
            either.append(Domain("invoice_number", "in", forms))
        if root:
            either.append(Domain("nir", "=like", f"{root}%"))
        if amount and (day := self.care_date or self.invoice_date):
            either.append(Domain([("amount", "=", amount), ("care_date", "=", day)]))
        return Domain("company_id", "=", self.company_id.id) & Domain.OR(either)

    def _fits(self, share):
        """Say in words what a share has in common with this line."""
        _ = self.env._
        days = {self.invoice_date, self.care_date, self.lot_date} - {False}
        amounts = (self.asked, abs(self.paid))
        tests = (
            (_("part"), share.kind == KINDS.get(self.part)),
            (
                _("number"),
                self.invoice_number
                and invoice_key(share.invoice_number)
                == invoice_key(self.invoice_number),
            ),
            (_("person"), self.nir and nir_root(share.nir) == nir_root(self.nir)),
            (_("date"), bool(days & {share.care_date, share.move_id.invoice_date})),
            (
                _("amount"),
                any(
                    amount
                    and not self.currency_id.compare_amounts(amount, share.amount)
                    for amount in amounts
                ),
            ),
        )
        return [label for label, fits in tests if fits]
