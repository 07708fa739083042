from odoo import fields, models


class RecouvNotice(models.Model):
    """The last look before a notice leaves: what changed is skipped with its code."""

    _inherit = "recouv.notice"

    def _recheck(self):
        """Read every sum again and mark what still stands as leaving.

        Called with the notices locked. Claims that were paid, credited, suspended,
        transferred or re-dated since the proposal drop out with their code; a notice
        whose leader dropped, or whose net sum no longer claims anything, is
        cancelled.

        :return: the notices now in state ``sending``
        """
        leaving = self._still_standing(lambda n, *now: n._drop_and_update(*now))
        leaving._record({"state": "sending", "date_sending": fields.Datetime.now()})
        return leaving

    def _still_standing(self, judge):
        """Cancel what may not leave any more; return the others.

        :param judge: function (notice, facts, deductions) → code or None, where facts
            are those of :meth:`_current_facts` and deductions the open credits and
            payments of its debtor, both read once for each company and capacity
        """
        standing = self.browse()
        # a patient's claims are not judged as a payer's: each capacity for itself
        for (company, _capacity), mine in self.grouped(
            lambda notice: (notice.company_id, notice.capacity)
        ).items():
            facts = mine._current_facts(company)
            deductions = self.env["recouv.engine"]._open_deductions(
                company, mine.partner_id
            )
            for notice in mine:
                key = (notice.partner_id.id, notice.currency_id.id)
                code = judge(notice, facts, deductions.get(key, []))
                if code:
                    notice._cancel(code)
                else:
                    standing |= notice
        return standing

    def _current_facts(self, company):
        """Return {claim id: row} as :meth:`recouv.engine._classify` sees it now.

        Called with notices of one company and capacity.
        """
        engine = self.env["recouv.engine"]
        today = fields.Date.context_today(self)
        claims = self.line_ids.claim_id
        rows = engine.with_context(recouv_ignored_notices=self.ids)._classify(
            company, today, self[0].capacity, claims
        )
        for claim in claims.filtered(lambda c: c.id not in rows):
            rows[claim.id] = {"code": claim._gone_code()}
        return rows

    def _drop_and_update(self, facts, deductions):
        """Drop lines that may no longer be claimed; return the code to cancel, or
        None."""
        self.ensure_one()
        for line in self.line_ids.filtered("claim_id"):
            row = facts[line.claim_id.id]
            code = row["code"] or self._step_code(line, row)
            if code:
                is_lead = line.claim_id == self.lead_claim_id
                self._skip_line(line, code)
                if is_lead:
                    return code
            elif line.amount != row["residual"]:
                # sudo: nobody edits lines; they say what is claimed at this moment
                line.sudo().amount = row["residual"]
        row = facts[self.lead_claim_id.id]
        if row["group_code"]:
            return row["group_code"]
        if row["bucket"]:
            deductions = self._own_share(row["credits"])
        self._refresh_deductions(deductions)
        self._record({"amount": sum(self.line_ids.mapped("amount"))})
        if self.currency_id.compare_amounts(self.amount, 0) <= 0:
            return "net_credit"
        return None

    def _step_code(self, line, row):
        """The leader must still stand before this notice's step."""
        claim = line.claim_id
        if claim != self.lead_claim_id:
            return None
        if claim.next_step_id != self.step_id:
            return "changed"
        if row["next_date"] and row["next_date"] > fields.Date.context_today(self):
            return "redated"
        return None

    def _skip_line(self, line, code):
        self.env["recouv.run.skip"].create(
            {
                "run_id": self.run_id.id,
                "company_id": self.company_id.id,
                "claim_id": line.claim_id.id,
                "notice_id": self.id,
                "partner_id": self.partner_id.id,
                "code": code,
                "amount": line.amount,
                "currency_id": line.currency_id.id,
            }
        )
        if line.claim_id != self.lead_claim_id:
            # sudo: nobody edits lines; this one is no longer claimed
            line.sudo().unlink()

    def _own_share(self, credits):
        """One notice per claim: the line of its share of the debtor's credits."""
        if not credits:
            return []
        label = self.env["recouv.engine"]._share_label()
        return [{"label": label, "amount": credits, "amount_original": credits}]

    def _refresh_deductions(self, deductions):
        """List the credits and payments under way as they stand now."""
        listed = self.line_ids.filtered(lambda line: line.kind == "credit")
        known = sorted((line.label, line.amount) for line in listed)
        if known == sorted(
            (values["label"], values["amount"]) for values in deductions
        ):
            return
        # sudo: nobody edits lines; the deductions are those of this moment
        listed.sudo().unlink()
        self.env["recouv.notice.line"].sudo().create(
            [
                {
                    "notice_id": self.id,
                    "company_id": self.company_id.id,
                    "kind": "credit",
                    "currency_id": self.currency_id.id,
                    **values,
                }
                for values in deductions
            ]
        )
