from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .recouv_assignment_line import LIVE


class RecouvPurchase(models.Model):
    """Deciding: a person of the buyer, or the contract where it says so.

    What is proposed comes from the rules; a refusal is always a person's (GDPR art.
    22). Before anything is accepted the practice's books are read again: what was paid
    or changed meanwhile is withdrawn, its sum corrected.
    """

    _inherit = "recouv.purchase"

    # --- what the rules propose -----------------------------------------------------

    @api.model
    def _proposed(self, contract, told, today):
        """Return {proposal, code, reason} from what the check tells.

        An acceptance that is proposed with a code is a person's: the contract accepts
        nothing by itself on an answer that the seller has given.

        :param told: values with ``solvency_result``, ``solvency_until`` and
            ``solvency_source``
        """
        code = self._check_code(told, today) if contract.needs_check else ""
        if contract.needs_check and not code and not contract.hand_checks_bind:
            code = "" if told["solvency_source"] == "buyer" else "check_by_hand"
        proposal = {
            "": "accept",
            "check_by_hand": "accept",
            "check_negative": "refuse",
        }.get(code, False)
        return {
            "proposal": proposal,
            "code": code or False,
            "reason": self._check_messages().get(code, False),
        }

    @api.model
    def _check_code(self, told, today):
        result, until = told["solvency_result"], told["solvency_until"]
        if result == "unavailable":
            return "check_unavailable"
        if until and until < today:
            return "check_expired"
        if result == "none" or not until:
            return "check_missing"
        if result == "negative":
            return "check_contested" if told.get("is_contested") else "check_negative"
        return ""

    @api.model
    def _check_messages(self):
        _ = self.env._
        return {
            "check_negative": _("The solvency check is negative: a person confirms."),
            "check_contested": _(
                "The solvency check is negative; the practice holds it to be wrong."
            ),
            "check_unavailable": _(
                "The provider of checks did not answer: that says nothing."
            ),
            "check_by_hand": _(
                "Nothing negative, by an answer that your own provider did not give: "
                "it binds nobody. Look at it before you accept."
            ),
            "check_missing": _("There is no solvency check yet."),
            "check_expired": _("The solvency check counts no more: ask again."),
        }

    def action_look_at_solvency(self):
        """Read again what the checks tell of what is to decide."""
        self._check_decidable(("to_decide", "waiting_due"))
        self._look_at_solvency()
        return True

    def _look_at_solvency(self):
        """Take over results that came meanwhile, and what they propose; elevated."""
        # superuser: what the practice's check says of the debtor it offers, and
        # nothing else of it
        lines = self._lines()
        today = fields.Date.context_today(self)
        for (_schedule, agency), mine in lines.grouped(
            lambda line: (line.assignment_id, line.purchase_id.company_id)
        ).items():
            for line, values in mine._solvency(agency, today).items():
                offer = line.purchase_id
                if any(offer[name] != value for name, value in values.items()):
                    offer._record(values)

    def _lines(self):
        """Return the practice's lines of these offers, elevated: for named methods
        that carry a decision across, never for a screen."""
        # superuser: neither company's user signs the other's records
        lines = self.env["recouv.assignment.line"].with_user(SUPERUSER_ID)
        return lines.search([("purchase_id", "in", self.ids)])

    # --- deciding -------------------------------------------------------------------

    def _check_decidable(self, states=("to_decide",)):
        """:raise UserError: one that is not to be decided, named"""
        self.check_access("write")
        for offer in self:
            if offer.state not in states:
                raise UserError(
                    self.env._(
                        "%(offer)s is not to be decided (%(state)s).",
                        offer=offer.display_name,
                        state=dict(
                            self._fields["state"]._description_selection(self.env)
                        )[offer.state],
                    )
                )

    def action_accept(self):
        """Accept these, whatever was proposed: the buyer takes the risk."""
        self._check_decidable()
        return self._accept_and_tell(self)

    def action_accept_proposed(self):
        """Accept, of these, what the rules propose to accept."""
        self.check_access("write")
        fit = self.filtered(lambda o: o.state == "to_decide" and o.proposal == "accept")
        return self._accept_and_tell(fit)

    def _accept_and_tell(self, offers):
        accepted = offers._accept_checked()
        changed = offers - accepted
        message = self.env._("%s accepted.", len(accepted))
        if changed:
            message += " " + self.env._(
                "%s changed at the practice meanwhile and were not accepted.",
                len(changed),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if changed else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _accept_checked(self):
        """Read the practice's books again, then accept what is still on offer.

        :return: the offers accepted
        """
        # waits for whoever consumes the same limits, see _lock_limits
        self.sudo().contract_id._lock_limits()
        self._lines()._recheck()
        self.invalidate_recordset()
        fit = self.filtered(lambda offer: offer.state == "to_decide")
        fit._decided("accepted", "accepted", {"code": False, "reason": False})
        return fit

    def action_ask_refuse(self):
        """Open the dialog that asks for the reason of the refusal."""
        self._check_decidable(("to_decide", "waiting_due"))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refuse"),
            "res_model": "recouv.purchase.refuse",
            "view_mode": "form",
            "target": "new",
            "context": {"default_purchase_ids": [fields.Command.set(self.ids)]},
        }

    def _refuse(self, reason):
        """Confirm a refusal, as the person who reads this.

        :param reason: what the practice reads
        :raise UserError: no reason, or bound by a check made before the treatment
        """
        self._check_decidable(("to_decide", "waiting_due"))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it is refused: the practice reads it."))
        today = fields.Date.context_today(self)
        for offer in self:
            if offer.is_bound and offer.solvency_until >= today:
                raise UserError(
                    self.env._(
                        "%(offer)s: the debtor was checked before the treatment, with "
                        "nothing negative, and the check binds you until %(date)s.",
                        offer=offer.display_name,
                        date=format_date(self.env, offer.solvency_until),
                    )
                )
        self._decided(
            "refused",
            "refused",
            {"code": "refused", "reason": reason.strip()},
        )

    def _decided(self, state, line_state, told):
        """Write a decision in both companies' records."""
        today = fields.Date.context_today(self)
        self._record(
            {
                "state": state,
                "decided_on": today,
                "decided_by_id": self.env.uid,
                **told,
            }
        )
        lines = self._lines()
        lines._record({"state": line_state, "decided_on": today, **told})
        lines.assignment_id._settle_stage()

    def action_reopen(self):
        """Take a decision back, as long as no deed was signed on it."""
        self._check_decidable(("accepted", "refused"))
        lines = self._lines()
        signed = lines.assignment_id.filtered(
            lambda a: a.practice_signed_on or a.signed_on or a.stage == "transferred"
        )
        if signed:
            raise UserError(
                self.env._(
                    "%s: the practice has signed the deed; the decision stands.",
                    self[:1].display_name,
                )
            )
        again = lines.filtered(lambda line: line.state == "refused")
        taken = [
            ("origin_line_id", "in", again.origin_line_id.ids),
            ("state", "in", LIVE),
        ]
        busy = lines.search_count(taken, limit=1)
        if busy:
            raise UserError(self.env._("It was offered anew: decide that offer."))
        self._check_limits_again()
        self._decided("to_decide", "submitted", {"code": False, "reason": False})
        self._record({"decided_on": False, "decided_by_id": False})
        lines._record({"decided_on": False})
        self._look_at_solvency()
        lines._recheck()
        return True

    def _check_limits_again(self):
        """What was refused has left room for others: it comes back only if it fits.

        :raise UserError: a limit of the contract, named
        """
        today = fields.Date.context_today(self)
        refused = self.filtered(lambda offer: offer.state == "refused")
        # sudo: the sums of its own contract
        for contract, offers in refused.grouped(lambda o: o.sudo().contract_id).items():
            contract._lock_limits()
            wanted = [(offer, offer.partner_id.id, offer.amount) for offer in offers]
            for offer, code in contract._over_limits(wanted, today).items():
                raise UserError(
                    self.env._(
                        "%(offer)s: %(obstacle)s It stays refused.",
                        offer=offer.display_name,
                        obstacle=contract._limit_messages()[code],
                    )
                )
