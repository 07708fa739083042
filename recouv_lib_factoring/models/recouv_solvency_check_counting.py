from odoo import api, fields, models
from odoo.fields import Domain


class RecouvSolvencyCheck(models.Model):
    """Which answer counts: one that binds the buyer for its time, else the latest.

    What binds nobody never hides what was answered later (D01).
    """

    _inherit = "recouv.solvency.check"

    @api.model
    def _counting(self, partners, company, on):
        """Return {debtor: the check that counts on a day}, in one query.

        A clean one made before treatment binds for its whole time, whatever was
        answered since; otherwise the latest answer counts. No answer never does.

        :param on: the day (date)
        """
        # sudo: terms of the practice's own contract
        contracts = self.env["recouv.factoring.contract"].sudo()
        contract = contracts._in_force(company, fields.Date.context_today(self))
        counting = {}
        for debtor, checks in self._answers(partners, company, on).items():
            binding = (check for check in checks if check._binds(contract))
            counting[debtor] = next(binding, checks[-1:])
        return counting

    @api.model
    def _answers(self, partners, company, on):
        """Return {debtor: the answers that count on a day, the oldest first}."""
        answered = self.search(
            Domain("company_id", "=", company.id)
            & Domain("partner_id", "in", partners.commercial_partner_id.ids)
            & Domain("result", "in", ("clear", "negative"))
            & Domain("valid_until", ">=", on)
            & Domain("date", "<=", on),
            order="date, id",
        )
        return answered.grouped("partner_id")

    def _binds(self, contract):
        """Say whether it may bind the buyer of a contract, for what is treated after
        it."""
        self.ensure_one()
        return bool(
            contract
            and self.purpose == "treatment"
            and self.result == "clear"
            and (
                contract.hand_checks_bind
                or self._answered_by(contract.agency_id) == "buyer"
            )
        )

    def _answered_by(self, agency):
        """Return who answered: the provider of the ``buyer``, one of the ``practice``,
        or a person (``hand``); False while nobody has.

        :param agency: the buyer (res.company)
        """
        if self.source != "provider":
            return self.source
        # sudo: whose provider it was, not who
        theirs = self.sudo().provider_id.company_id == agency
        return "buyer" if theirs else "practice"

    def _bound_since(self):
        """Return the day from which this answer binds: that of the answer, and never
        one before it was asked for."""
        self.ensure_one()
        asked = fields.Datetime.context_timestamp(self, self.create_date).date()
        return max(self.date, asked)

    def _is_clear(self):
        """Say whether nothing stands against this debtor by this check."""
        self.ensure_one()
        return self.result == "clear" or self.review == "overruled"
