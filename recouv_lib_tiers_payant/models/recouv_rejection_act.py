from odoo import api, fields, models
from odoo.exceptions import UserError

from .recouv_rejection import OPEN_STATES
from .recouv_rejection_reason import ACTION_CLASSES

CHANNELS = [("email", "E-mail"), ("sms", "SMS"), ("letter", "Letter")]
#: state of a rejection once it was treated so
STATE_AFTER = {
    "correct_and_resend": "resent",
    "ask_patient": "waiting",
    "bill_patient": "to_patient",
    "wait": "waiting",
    "claim_payer": "waiting",
    "give_up": "abandoned",
}
#: what of an act waits in a queue
QUEUED = ("mail_id", "sms_id")
#: these write to the patient
WRITTEN = ("ask_patient", "bill_patient")
#: these end a rejection
FINAL = ("bill_patient", "give_up")


class RecouvRejectionAct(models.Model):
    """What was done about a rejection, by whom, when; undone while it is not final."""

    _name = "recouv.rejection.act"
    _description = "Treatment of a rejection"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one(related="rejection_id.currency_id")
    rejection_id = fields.Many2one(
        "recouv.rejection",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    action = fields.Selection(ACTION_CLASSES, "What was done", required=True)
    done_on = fields.Date(required=True, default=fields.Date.context_today)
    user_id = fields.Many2one(
        "res.users", "By", required=True, default=lambda self: self.env.user
    )
    state_before = fields.Char(readonly=True)
    until = fields.Date("Answer expected until")
    amount = fields.Monetary()
    note = fields.Text()
    channel = fields.Selection(CHANNELS)
    sent_to = fields.Char()
    document_id = fields.Many2one("ir.attachment", "Letter", readonly=True)
    # what waits in the queues: only undoing, elevated, reads it
    mail_id = fields.Many2one(
        "mail.mail", "E-mail queued", groups=fields.NO_ACCESS, index="btree_not_null",
        ondelete="set null",
    )  # fmt: skip
    sms_id = fields.Many2one(
        "sms.sms", "SMS queued", groups=fields.NO_ACCESS, index="btree_not_null",
        ondelete="set null",
    )  # fmt: skip
    share_id = fields.Many2one("recouv.share", "New attempt", check_company=True)
    transfer_id = fields.Many2one("recouv.transfer", "Moved by", check_company=True)
    write_off_id = fields.Many2one("recouv.write.off", check_company=True)

    @api.depends("action", "rejection_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["action"]._description_selection(self.env))
        for act in self:
            what = labels.get(act.action, "")
            act.display_name = f"{what} – {act.rejection_id.display_name}"

    # --- doing ----------------------------------------------------------------------

    @api.model
    def _do(self, rejections, action, vals=None, by_rejection=None):
        """Record an act on each of these rejections and set their state.

        :param vals: values of every act
        :param by_rejection: {rejection: values of its own act}
        :return: the acts
        """
        vals, by_rejection = vals or {}, by_rejection or {}
        acts = self._record_new(
            [
                self._act_values(rejection, action)
                | vals
                | {
                    name: value
                    for name, value in by_rejection.get(rejection, {}).items()
                    if name not in QUEUED
                }
                for rejection in rejections
            ]
        )
        acts._keep_queued(by_rejection)
        values = {"state": STATE_AFTER[action], "wait_until": vals.get("until")}
        if action in FINAL:
            values["closed_on"] = fields.Date.context_today(self)
        rejections._record(values)
        return acts

    @api.model
    def _act_values(self, rejection, action):
        return {
            "company_id": rejection.company_id.id,
            "rejection_id": rejection.id,
            "action": action,
            "state_before": rejection.state,
            "amount": rejection.amount_at_stake,
        }

    def _keep_queued(self, by_rejection):
        """Remember which messages of these acts wait in the queues."""
        # sudo: messages that the acts themselves have queued
        for act in self.sudo():
            values = by_rejection.get(act.rejection_id.sudo(False), {})
            if queued := {name: values[name] for name in QUEUED if name in values}:
                act._record(queued)

    # --- undoing --------------------------------------------------------------------

    def _undo_obstacle(self):
        rejection = self.rejection_id
        last = rejection.act_ids.filtered(lambda act: not act.undone_on)[:1]
        if self != last and not self.undone_on:
            return self.env._("something else was done since: undo that first.")
        if rejection.state != STATE_AFTER[self.action] and not (
            rejection.state in OPEN_STATES and STATE_AFTER[self.action] == "waiting"
        ):
            return self.env._("the rejection has gone on since.")
        check = {
            "correct_and_resend": self._resend_undo_obstacle,
            "bill_patient": self._bill_undo_obstacle,
            "give_up": self._give_up_undo_obstacle,
        }.get(self.action)
        return (check and check()) or super()._undo_obstacle()

    def _resend_undo_obstacle(self):
        # a draft: its lot has not left, or was refused
        if self.share_id.state not in ("draft", "transmitted"):
            return self.env._("the new attempt was answered already.")
        return None

    def _bill_undo_obstacle(self):
        # sudo: whether the patient was asked or paid since, nothing more
        item = self.sudo().transfer_id.target_line_id
        if not item:
            return None
        if item.reconciled or item.matched_credit_ids:
            return self.env._("the patient has paid, or it was settled otherwise.")
        notices = self.env["recouv.notice.line"].sudo()
        if notices.search_count([("claim_id.move_line_id", "=", item.id)], limit=1):
            return self.env._("the patient was already relanced for it.")
        return None

    def _give_up_undo_obstacle(self):
        return self.write_off_id._undo_obstacle() if self.write_off_id else None

    def _undo(self):
        self._withdraw_messages()
        for act in self:
            rejection = act.rejection_id
            getattr(act, f"_undo_{act.action}", lambda: None)()
            rejection._record(
                {
                    "state": act.state_before,
                    "closed_on": False,
                    "wait_until": act._wait_before(),
                }
            )

    def _withdraw_messages(self):
        """Cancel what has not left yet, unless it also tells of acts that stand."""
        # sudo: messages of acts that the user may undo
        acts = self.sudo()
        for fname in QUEUED:
            standing = self.sudo().search(
                [
                    (fname, "in", acts[fname].ids),
                    ("undone_on", "=", False),
                    ("id", "not in", acts.ids),
                ]
            )[fname]
            waiting = (acts[fname] - standing).filtered(
                lambda message: message.state == "outgoing"
            )
            if fname == "mail_id":
                waiting.cancel()
            else:
                waiting.action_set_canceled()

    def _wait_before(self):
        """What it was waiting for before this act."""
        if self.state_before != "waiting":
            return False
        earlier = self.rejection_id.act_ids.filtered(
            lambda act: act.id < self.id and not act.undone_on and act.until
        )
        return earlier[:1].until

    def _undo_correct_and_resend(self):
        # sudo: as for sending again
        attempt = self.sudo().share_id
        if attempt.state == "draft":
            # it does not leave with its lot any more
            attempt._record({"lot_id": False})
        attempt._undo_resend()

    def _undo_bill_patient(self):
        share = self.rejection_id.share_id
        if self.transfer_id:
            share._undo_bill(self.transfer_id)
        else:
            share._set_state("rejected")

    def _undo_give_up(self):
        if self.write_off_id:
            self.write_off_id.undo(
                self.env._(
                    "Rejection %s taken up again", self.rejection_id.display_name
                )
            )
        self.rejection_id.share_id._set_state("rejected")


class RecouvRejection(models.Model):
    """The treatments, each on any number of rejections, all or none."""

    _inherit = "recouv.rejection"

    def _obstacles(self, action, channel=None):
        """Return {rejection: why it cannot be treated so} of those that cannot.

        :param action: one of the action classes
        :param channel: by which the patient is to be written to, None for the usual
        """
        refused = {one: why for one in self if (why := one._obstacle(action))}
        if action in WRITTEN:
            refused |= (self - self.browse().union(*refused))._unreached(channel)
        return {one: refused[one] for one in self if one in refused}

    def _check_treatable(self, action, channel=None):
        """Refuse with the first that cannot be treated so, and how many they are."""
        # what was read before may have been paid since
        self.invalidate_recordset(["amount_at_stake"])
        refused = self._obstacles(action, channel)
        if refused:
            rejection, why = next(iter(refused.items()))
            raise UserError(
                self.env._(
                    "%(rejection)s cannot be treated so: %(why)s (%(count)s of "
                    "%(total)s rejections)",
                    rejection=rejection.display_name,
                    why=why,
                    count=len(refused),
                    total=len(self),
                )
            )

    def _treat_resend(self, numbers, sent_on=None, lot=None, note=None):
        """Record that these were corrected and sent again.

        :param numbers: {rejection: new invoice number}
        :return: the acts; the new attempts are theirs
        """
        self.check_access("write")
        self._check_treatable("correct_and_resend")
        # sudo: the next attempt of parts whose rejections the user may write; an agent
        # of the agency may not write parts otherwise
        shares = {rejection: rejection.sudo().share_id for rejection in self}
        asked = self._at_stake()
        attempts = self.sudo().share_id._resend_all(
            {
                share: {"invoice_number": numbers.get(one), **one._corrected_values()}
                for one, share in shares.items()
            },
            sent_on,
            lot,
        )
        return self.env["recouv.rejection.act"]._do(
            self,
            "correct_and_resend",
            {"note": note},
            {
                one: asked[one] | {"share_id": attempts[share].id}
                for one, share in shares.items()
            },
        )

    def _corrected_values(self):
        """Return what the new attempt takes from the patient's record of today."""
        # sudo: the identity goes with the share, which only its own group reads
        nir = self.sudo().patient_id.recouv_nir
        return {"nir": nir} if nir else {}

    def _treat_wait(self, until, note=None):
        """Wait until a day; the rejection then comes back to the list."""
        self._check_treatable("wait")
        self._check_until(until)
        return self.env["recouv.rejection.act"]._do(
            self, "wait", {"until": until, "note": note}
        )

    def _check_until(self, until):
        today = fields.Date.context_today(self)
        if not until or until < today:
            raise UserError(self.env._("Say until which day, today or later."))
        lost = [
            one for one in self if one.limitation_date and one.limitation_date < until
        ]
        if lost:
            raise UserError(
                self.env._(
                    "%(rejection)s is lost on %(day)s: it cannot wait until then.",
                    rejection=lost[0].display_name,
                    day=fields.Date.to_string(lost[0].limitation_date),
                )
            )

    def _treat_ask(self, until, channel=None, note=None):
        """Ask the patients for their certificate or card, and wait for the answer.

        :param channel: a key of CHANNELS; None: e-mail where there is one, else letter
        :return: the acts
        """
        self._check_treatable("ask_patient", channel)
        self._check_until(until)
        sent = self._write_to_patients("ask", channel, until=until)
        return self.env["recouv.rejection.act"]._do(
            self, "ask_patient", {"until": until, "note": note}, sent
        )

    def _treat_bill(self, date_due, note=None, channel=None):
        """Make these the patients' debts, told by an information letter.

        Letters are printed first, while nothing is locked; what is queued leaves only
        if all could be booked.

        :param date_due: new due date, from which the patient's schedule starts
        :return: the acts
        """
        if channel == "sms":
            raise UserError(
                self.env._(
                    "A text is too short for what the patient must be told: how to be "
                    "reimbursed, and by when to pay. Choose an e-mail or a letter."
                )
            )
        self._check_treatable("bill_patient", channel)
        if not date_due or date_due <= fields.Date.context_today(self):
            raise UserError(
                self.env._("Give the patient a due date that is still to come.")
            )
        reason = note or self.env._("Rejected by the payer")
        values = self._write_to_patients("bill", channel, date_due=date_due)
        asked = self._at_stake()
        backs = self.share_id._to_patient(reason, date_due)
        by_share = {back.undone_id: back for back in backs}
        for one in self:
            back = by_share.get(one.share_id.transfer_id, backs.browse())
            values[one] = values[one] | asked[one] | {"transfer_id": back.id}
        return self.env["recouv.rejection.act"]._do(
            self, "bill_patient", {"note": note}, values
        )

    def _treat_claim(self, until, note=None):
        """Claim these from their payers: one letter per payer, listing all of them.

        :return: the acts
        """
        self._check_treatable("claim_payer")
        self._check_until(until)
        values = {}
        for (company, payer), mine in self.grouped(
            lambda one: (one.company_id, one.payer_id)
        ).items():
            document = mine._claim_letter(company, payer)
            values |= {
                one: {"document_id": document.id, "channel": "letter",
                      "sent_to": payer.name}
                for one in mine
            }  # fmt: skip
        return self.env["recouv.rejection.act"]._do(
            self, "claim_payer", {"until": until, "note": note}, values
        )

    def _treat_give_up(self, note):
        """Give this money up: written off with its entry and its reason."""
        self._check_treatable("give_up")
        if not (note or "").strip():
            raise UserError(self.env._("Say why this money is given up."))
        asked = self._at_stake()
        offs = self.share_id._abandon(note)
        by_claim = {act.claim_id: act for act in offs}
        return self.env["recouv.rejection.act"]._do(
            self,
            "give_up",
            {"note": note},
            {
                one: asked[one]
                | {
                    "write_off_id": by_claim.get(
                        one.share_id.claim_id, offs.browse()
                    ).id
                }
                for one in self
            },
        )
