import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

_logger = logging.getLogger(__name__)

#: states in which a line came to nothing by a rule, and not by a person
TURNED_AWAY = ("removed", "withdrawn")
#: what the practice decided itself, or no time changes
FINAL = ("taken_out", "not_invoice", "currency")


class RecouvAssignment(models.Model):
    """What posting offered and a rule turned away is offered again, once the reason
    has passed: a limit that is free again, a suspension that ended, an address that
    was completed, a contract that stands again.

    Every night, before the schedules are submitted. Gates and limits are read first,
    so that nothing comes back to be turned away again; a person's refusal, and what
    the practice took out itself, stay as they are.
    """

    _inherit = "recouv.assignment"

    @api.model
    def _offer_again(self, today):
        """Put on the next schedules what may be offered now; elevated, by the cron."""
        contracts = self.env["recouv.factoring.contract"]
        posting = contracts.search(
            contracts._in_force_domain(today)
            & fields.Domain("submission", "=", "posting")
        )
        for company in posting.company_id:
            contract = contracts._in_force(company, today)
            if contract.submission != "posting" or contract._stop_code(today):
                continue
            try:
                with self.env.cr.savepoint():
                    self.with_company(company)._offer_again_under(contract, today)
            except UserError as error:
                _logger.warning(
                    "Nothing is offered again under %s: %s", contract.name, error
                )

    @api.model
    def _offer_again_under(self, contract, today):
        lines = self.env["recouv.assignment.line"]
        turned_away = lines.search(
            [
                ("company_id", "=", contract.company_id.id),
                ("assignment_id.is_from_posting", "=", True),
                ("state", "in", TURNED_AWAY),
                ("code", "not in", FINAL),
                ("retried_on", "=", False),
                ("origin_line_id.reconciled", "=", False),
            ],
            order="id",
        )
        for currency, mine in turned_away._last_of_all().grouped("currency_id").items():
            if fit := mine._free_again(contract, today):
                draft = self._draft(contract, currency, is_from_posting=True)
                added = draft._add(fit.origin_line_id).grouped("origin_line_id")
                for line in fit:
                    again = added.get(line.origin_line_id, lines)
                    line._record({"retried_on": today, "retried_line_id": again.id})


class RecouvAssignmentLine(models.Model):
    _inherit = "recouv.assignment.line"

    retried_on = fields.Date("Offered again on", readonly=True, copy=False)
    retried_line_id = fields.Many2one(
        "recouv.assignment.line",
        "Offered again as",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    retried_of_ids = fields.One2many(
        "recouv.assignment.line", "retried_line_id", "Offered before", readonly=True
    )
    again_told = fields.Char("Offered again", compute="_compute_again_told")

    @api.depends("state", "code", "retried_on", "retried_line_id", "retried_of_ids")
    @api.depends_context("lang")
    def _compute_again_told(self):
        waiting = self.filtered(lambda line: line._waits_to_be_offered())._last_of_all()
        for line in self:
            before = line.retried_of_ids[-1:]
            if line.retried_on:
                told = self.env._(
                    "Offered again on %(day)s, %(schedule)s",
                    day=format_date(self.env, line.retried_on),
                    schedule=line.retried_line_id.assignment_id.name or "–",
                )
            elif before:
                told = self.env._(
                    "Offered before, %(schedule)s: %(reason)s",
                    schedule=before.assignment_id.name,
                    reason=before.told_reason or "",
                )
            elif line in waiting:
                told = self.env._("Will be offered again once this has passed.")
            else:
                told = False
            line.again_told = told

    def _waits_to_be_offered(self):
        """Say whether the night's job looks at it again."""
        return (
            self.state in TURNED_AWAY
            and self.assignment_id.is_from_posting
            and self.code not in FINAL
            and not self.retried_on
            and self.contract_id.submission == "posting"
        )

    def _last_of_all(self):
        """Return those after which their receivable was put on no other schedule."""
        rows = self.env["recouv.assignment.line"]._read_group(
            [("origin_line_id", "in", self.origin_line_id.ids)],
            ["origin_line_id"],
            ["id:max"],
        )
        last = dict(rows)
        return self.filtered(lambda line: last.get(line.origin_line_id) == line.id)

    def _free_again(self, contract, today):
        """Return those that neither a gate nor a limit keeps from being sold now."""
        judged = self._judged()
        fit = self.filtered(lambda line: not judged[line][1])
        if not fit or not contract._has_limits():
            return fit
        known = self._buyer_known(
            fit.partner_id, contract.company_id, contract.agency_id
        )
        # whom the buyer does not know yet consumes a limit all the same
        unknown = (None, None)
        over = contract._over_limits(
            [
                (
                    line,
                    known.get(line.partner_id.id, unknown)[0] or line.partner_id,
                    judged[line][0].amount,
                )
                for line in fit
            ],
            today,
        )
        return fit.filtered(lambda line: line not in over)
