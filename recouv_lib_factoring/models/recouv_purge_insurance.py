from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.recouv_lib.lib.months import add_months

#: years for which the papers of what was booked are kept
BOOKS = "retention_books"
#: a loss of which nothing more is to come
OVER = ("paid", "rejected", "withdrawn")
#: what a person wrote of a debtor
LOSS_WORDS = (
    "note",
    "late_note",
    "difference_reason",
    "reject_reason",
    "undo_reason",
)


class RecouvInsuranceLimit(models.Model):
    _inherit = "recouv.insurance.limit"

    @api.model
    def _purgeable(self, company, before):
        """Return the limits that ended before a day and decide nothing any more.

        A limit stays as long as an open invoice or a loss stands on it, and the last
        answer for a debtor as long as a policy of its series is in force: it decides
        what is covered then.
        """
        found = self.search(
            Domain("company_id", "=", company.id)
            & Domain("policy_id.date_to", "<", before)
            & (Domain("valid_to", "=", False) | Domain("valid_to", "<", before))
            & (Domain("answered_on", "=", False) | Domain("answered_on", "<", before))
            & (Domain("revoked_on", "=", False) | Domain("revoked_on", "<", before))
        )
        covers = self.env["recouv.insurance.cover"].search(
            [("company_id", "=", company.id), ("limit_id", "in", found.ids)]
        )
        lines = self.env["recouv.insurance.loss.line"].search(
            [("limit_id", "in", found.ids), ("loss_id.purged_on", "=", False)]
        )
        ended = found - covers.limit_id - lines.limit_id
        return ended.filtered(lambda limit: not limit._decides_still())

    def _decides_still(self):
        today = fields.Date.context_today(self)
        in_force = self.policy_id._in_force(self.company_id, today)
        series = [policy._series() for policy in in_force]
        return self.policy_id._series() in series and self._is_last()


class RecouvInsuranceLoss(models.Model):
    _inherit = "recouv.insurance.loss"

    purged_on = fields.Date(readonly=True, copy=False)

    @api.model
    def _purgeable(self, company, before, claims):
        """Return the losses over before a day, whose claims are purged.

        :param claims: claims that a purge erases with them, counted as purged
        """
        found = self.search(
            Domain("company_id", "=", company.id)
            & Domain("purged_on", "=", False)
            & Domain("state", "in", [*OVER, "settled"])
        )
        return found.filtered(
            lambda loss: (
                loss._is_over()
                and loss._last_day() < before
                and not loss.line_ids.claim_id.filtered(
                    lambda claim: not claim.purged_on and claim not in claims
                )
            )
        )

    def _is_over(self):
        """Say whether nothing is to come of it nor to be given back."""
        due = self.state == "settled" and self.amount_payable
        return not due and not self.amount_to_remit and not self.amount_owed_back

    def _last_day(self):
        days = [self.noticed_on, self.declared_on, self.settled_on]
        days += [*self.payment_ids.mapped("date"), *self.recovery_ids.mapped("date")]
        known = [day for day in days if day]
        return max(known, default=fields.Date.to_date(self.create_date))

    def _papers(self):
        """Dossier and notices of subrogation, which justify an indemnity booked."""
        return self.document_id | self.letter_ids

    def _words_and_letters(self):
        """Return the documents that go with the words: those that justify nothing."""
        booked = self.filtered(lambda loss: loss._standing_payments())
        # sudo: documents of losses that were checked, whoever joined them
        joined = self.sudo().document_ids.filtered(
            lambda file: file.res_model in (False, self._name)
        )
        return joined | (self - booked).sudo()._papers()

    @api.model
    def _with_old_papers(self, company, before):
        """Return the losses whose papers justify no entry that must be kept.

        :param before: first day of the accounts that are still kept
        """
        found = self.search(
            Domain("company_id", "=", company.id)
            & Domain("purged_on", "!=", False)
            & (Domain("document_id", "!=", False)
               | Domain("subrogation_id", "!=", False))
        )  # fmt: skip
        return found.filtered(lambda loss: loss._last_day() < before)

    def _erase(self):
        """Erase what these say of people; dates, sums and entries stay."""
        self._words_and_letters().unlink()
        words = dict.fromkeys(LOSS_WORDS, False)
        self._record(words | {"purged_on": fields.Date.context_today(self)})
        for acts in (self.payment_ids, self.recovery_ids):
            acts._record({"undo_reason": False})


class RecouvPurge(models.Model):
    """The purge of credit insurance.

    With the delay of settled claims: limits that decide nothing any more are erased
    whole; a loss that is over, once its claims are purged, loses its words and letters;
    hand-overs to the insurer's service lose theirs with their claims. For the years of
    ``retention_books``, from the end of the financial year: the dossier and the notice
    of an indemnity, which justify its entries (C. com. L123-22). Kept: dates, sums and
    entries of premiums, losses, indemnities and recoveries. A claim is not purged while
    an insurer is asked for money on it, or has it.
    """

    _inherit = "recouv.purge"

    limit_count = fields.Integer("Credit limits", readonly=True)
    loss_count = fields.Integer("Insurance losses emptied", readonly=True)

    @api.model
    def _held_sql(self):
        # EXTENDS: nor while an indemnity is to come of it, or the service has it
        return SQL(
            """(%s OR EXISTS (
                SELECT 1 FROM recouv_insurance_loss_line sl
                  JOIN recouv_insurance_loss sx ON sx.id = sl.loss_id
                 WHERE sl.claim_id = c.id AND sx.state NOT IN %s
                   AND NOT (sx.state = 'settled' AND sx.amount_payable = 0))
             OR EXISTS (
                SELECT 1 FROM recouv_insurance_handover_claim_rel hr
                  JOIN recouv_insurance_handover hx
                    ON hx.id = hr.recouv_insurance_handover_id
                 WHERE hr.recouv_claim_id = c.id AND hx.state = 'sent'))""",
            super()._held_sql(),
            OVER,
        )

    @api.model
    def _books_before(self, company):
        """Return the first day of the accounts whose papers must be kept."""
        today = fields.Date.context_today(self)
        years = self.env["recouv.legal.parameter"]._get(BOOKS, today, company)
        day = add_months(today, -round(years) * 12)
        # sudo: the financial year is a setting of the company
        return company.sudo().compute_fiscalyear_dates(day)["date_from"]

    @api.model
    def _insurance_to_erase(self, company, before, claims):
        """Return (limits, losses to empty, losses whose papers go).

        :param claims: what the same purge erases, or has erased
        """
        # sudo: of a company whose manager asks, to be counted or erased
        env = self.sudo().env
        losses = env["recouv.insurance.loss"]
        return (
            env["recouv.insurance.limit"]._purgeable(company, before),
            losses._purgeable(company, before, claims),
            losses._with_old_papers(company, self._books_before(company)),
        )

    @api.model
    def _count(self, company):
        """EXTENDS: with what is over of the insurance."""
        counts = super()._count(company)
        # sudo: the claims that super counted for this manager, to be compared
        claims = counts["claims"].sudo()
        limits, losses, papers = self._insurance_to_erase(
            company, self._retention(company).settled, claims
        )
        documents = losses._words_and_letters() | papers._papers()
        counts["document_count"] += len(documents)
        return {**counts, "limit_count": len(limits), "loss_count": len(losses)}

    @api.model
    def _run(self, company):
        """EXTENDS: then the insurance, once its claims are purged."""
        purge = super()._run(company)
        # sudo: the record of this purge, whose right was checked by super
        own = purge.sudo()
        limits, losses, papers = self._insurance_to_erase(
            company, purge.settled_before, own.env["recouv.claim"]
        )
        letters = losses._words_and_letters() | papers._papers()
        own.write(
            {
                "limit_count": len(limits),
                "loss_count": len(losses),
                "document_count": own.document_count + len(letters),
            }
        )
        papers._papers().unlink()
        losses._erase()
        limits.unlink()
        own.env["recouv.engine"]._checkpoint()
        return purge

    @api.model
    def _domain_on(self, claims, field):
        # EXTENDS: the dossiers of hand-overs to the service, and what was joined
        handovers = self._own("recouv.insurance.handover", claims)
        return super()._domain_on(claims, field) | (
            Domain(field, "=", handovers._name) & Domain("res_id", "in", handovers.ids)
        )

    def _erase(self, claims):
        # EXTENDS: with what was said to the insurer's service of these claims alone
        handovers = self._own("recouv.insurance.handover", claims)
        result = super()._erase(claims)
        handovers._record(dict.fromkeys(("note", "end_reason", "undo_reason"), False))
        return result


class ResPartner(models.Model):
    """What an insurer paid or was asked for a debtor is given too (art. 15)."""

    _inherit = "res.partner"

    @api.model
    def _recouv_paths(self, known):
        # EXTENDS: items, indemnities know their debtor by the loss, fees by the limit
        found = list(super()._recouv_paths(known))
        for name, model in (
            ("loss_id", "recouv.insurance.loss"),
            ("limit_id", "recouv.insurance.limit"),
        ):
            field = known.get(name)
            if field and field.store and field.comodel_name == model:
                found.append(f"{name}.partner_id")
        return found
