from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .recouv_rejection_reason import ACTION_CLASSES, LEVELS
from .recouv_return_line import PARTS

STATES = [
    ("to_do", "To do"),
    ("in_correction", "Being corrected"),
    ("resent", "Sent again"),
    ("recovered", "Recovered"),
    ("to_patient", "Billed to the patient"),
    ("waiting", "Waiting"),
    ("abandoned", "Given up"),
    ("credited", "Invoice credited"),
]
#: somebody still has to do something, or an answer is awaited
OPEN_STATES = ("to_do", "in_correction", "waiting")
#: money may still come from the payer
ALIVE_STATES = (*OPEN_STATES, "resent")
#: what a person may write; the rest is the acts'
EDITABLE = frozenset({"reason_id", "action_class", "owner_id", "deadline", "note"})
PART_OF_KIND = {"amo": "O", "amc": "C"}


class RecouvRejection(models.Model):
    """A rejected share until it is money or a decision.

    One open rejection per share: a payer that rejects twice meanwhile adds its cause to
    it. Everything done to it is a ``recouv.rejection.act``, which can be undone while
    it is not final; states are written by the acts only. It is *recovered* when the
    share, or the attempt that replaced it, is paid by money after all.

    Return files make rejections by :meth:`_from_lines`.
    """

    _name = "recouv.rejection"
    _description = "Rejection"
    _inherit = ["recouv.evidence.mixin"]
    _order = "deadline, amount desc, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    share_id = fields.Many2one(
        "recouv.share",
        "Payer's part",
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    line_id = fields.Many2one(
        "recouv.return.line", index="btree_not_null", check_company=True
    )
    payer_id = fields.Many2one("res.partner", index=True, readonly=True)
    patient_id = fields.Many2one("res.partner", readonly=True, index="btree_not_null")
    move_id = fields.Many2one(related="share_id.move_id", string="Invoice")
    invoice_number = fields.Char(related="share_id.invoice_number")
    care_date = fields.Date(related="share_id.care_date")
    limitation_date = fields.Date(related="share_id.limitation_date")
    attempt = fields.Integer(related="share_id.attempt")
    reason_id = fields.Many2one(
        "recouv.rejection.reason", index="btree_not_null", check_company=True
    )
    fixer = fields.Selection(related="reason_id.fixer")
    what_to_do = fields.Text(related="reason_id.what_to_do")
    code = fields.Char(readonly=True)
    label = fields.Char(readonly=True)
    level = fields.Selection(LEVELS, readonly=True)
    part = fields.Selection(PARTS, readonly=True)
    other_causes = fields.Text("Also said", readonly=True)
    action_class = fields.Selection(ACTION_CLASSES, "What to do")
    owner_id = fields.Many2one("res.users", index="btree_not_null")
    deadline = fields.Date(index="btree_not_null")
    rejected_on = fields.Date(readonly=True)
    closed_on = fields.Date("Ended on", readonly=True)
    wait_until = fields.Date("Waits until", readonly=True, index="btree_not_null")
    state = fields.Selection(STATES, required=True, default="to_do", readonly=True)
    amount = fields.Monetary("Sum rejected", readonly=True)
    note = fields.Text()
    act_ids = fields.One2many("recouv.rejection.act", "rejection_id", readonly=True)

    # a return line is read once, whatever imports it
    _line_once = models.UniqueIndex(
        "(line_id) WHERE line_id IS NOT NULL",
        "This answer has its rejection already.",
    )
    _share_once = models.UniqueIndex(
        "(share_id) WHERE state IN ('to_do', 'in_correction', 'waiting')",
        "This share has an open rejection already.",
    )
    # the work list and the cockpit read what is open of a company, by cause
    _open_idx = models.Index(
        "(company_id, action_class, reason_id) INCLUDE (share_id, deadline) "
        "WHERE state IN ('to_do', 'in_correction', 'waiting')"
    )

    def _editable_fields(self):
        """EXTENDS: who works it may class it, hand it on and note."""
        return EDITABLE

    @api.model
    def _creatable_fields(self):
        """EXTENDS: a rejection known by a letter or a call is entered by hand."""
        return frozenset({"share_id", "reason_id", "code", "label", "level", "note",
                          "rejected_on", "owner_id"})  # fmt: skip

    @api.depends("share_id", "reason_id", "code")
    def _compute_display_name(self):
        for rejection in self:
            # sudo: the invoice's number is part of the name of its rejection
            number = rejection.invoice_number or rejection.sudo().move_id.name
            cause = rejection.reason_id.display_name or rejection.label
            known = " – ".join(filter(None, [number, cause or rejection.code]))
            name = known or (f"#{rejection._origin.id}" if rejection._origin else "")
            rejection.display_name = name

    # --- CRUD -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: what follows from the share is taken from it."""
        shares = self.env["recouv.share"].browse(
            [vals["share_id"] for vals in vals_list if vals.get("share_id")]
        )
        if not self._is_recording():
            self._check_creatable_by_hand(vals_list)
            if len(shares) < len(vals_list):
                raise UserError(self.env._("Say which part was rejected."))
            self._check_in_books(shares)
            made = self._record_new(self._complete_all(shares, vals_list))
            self._mark_rejected(shares)
            return made
        return super().create(vals_list)

    def _check_creatable_by_hand(self, vals_list):
        self.check_access("create")
        for vals in vals_list:
            self._check_creatable(vals.keys(), self._creatable_fields())
            if not vals.get("share_id"):
                raise UserError(
                    self.env._("Choose the payer's part that was rejected.")
                )

    @api.model
    def _check_in_books(self, shares):
        """Refuse what no payer can have seen: booked as rejected, the part of a plan
        would never be moved to its payer.

        :raises UserError: naming the part
        """
        shares.check_access("read")
        for share in shares:
            if not share.is_booked:
                raise UserError(
                    self.env._(
                        "%(share)s was not moved to its payer yet, who cannot have "
                        "rejected it: post the invoice or book the part first.",
                        share=share.display_name,
                    )
                )

    @api.model
    def _complete_all(self, shares, vals_list):
        shares.check_access("read")
        causes = {
            (PART_OF_KIND[share.kind], vals.get("code") or "", vals.get("label") or "")
            for share, vals in zip(shares, vals_list, strict=True)
        }
        reasons = {}
        for company in shares.company_id:
            reasons[company] = self.env["recouv.rejection.reason"]._find_all(
                company, causes
            )
        return [
            self._values_of(share, vals, reasons[share.company_id])
            for share, vals in zip(shares, vals_list, strict=True)
        ]

    @api.model
    def _values_of(self, share, vals, reasons):
        """Return the values of a rejection of one share.

        :param vals: code, label, level, and what is known better than by the share
        :param reasons: see ``_find_all`` of the reasons
        """
        part = PART_OF_KIND[share.kind]
        cause = (part, vals.get("code") or "", vals.get("label") or "")
        reason = self.env["recouv.rejection.reason"].browse(
            vals.get("reason_id")
        ) or reasons.get(cause, self.env["recouv.rejection.reason"])
        config = share.company_id._recouv_config()
        return {
            "rejected_on": fields.Date.context_today(self),
            **vals,
            "share_id": share.id,
            "company_id": share.company_id.id,
            "currency_id": share.currency_id.id,
            "payer_id": share.payer_id.id,
            "patient_id": share.patient_id.id,
            "part": part,
            "reason_id": reason.id,
            "action_class": self._action_for(share, reason),
            "owner_id": vals.get("owner_id")
            or reason.owner_id.id
            or config.recouv_rejection_user_id.id,
            "deadline": share._rejection_deadline(),
            "amount": share.amount_open,
        }

    @api.model
    def _action_for(self, share, reason):
        """What is proposed: never to bill a patient who may not be asked (H8)."""
        action = reason.action_class or "correct_and_resend"
        if action == "bill_patient" and share._patient_obstacle():
            return "claim_payer"
        return action

    # --- from return files ----------------------------------------------------------

    @api.model
    def _from_lines(self, lines, causes=None):
        """Open the rejections of return lines that were answered “rejected”.

        Set-based: a constant number of queries for any number of lines. Lines without a
        share, or that have their rejection already, are left alone, so that the same
        file twice changes nothing; a share that is rejected again while its rejection
        is open adds the cause to it. The shares become *rejected*.

        :param lines: recouv.return.line
        :param causes: ``{line id: [{"code", "label", "level"}, …]}``, the main one
            first; by default what the lines say (:meth:`_rejection_causes`)
        :return: the rejections of these lines, made or continued
        """
        lines = lines.filtered("share_id")
        done = self.search([("line_id", "in", lines.ids)])
        fresh = (lines - done.line_id).sorted("id")
        if not fresh:
            return done
        if causes is None:
            causes = {line.id: line._rejection_causes() for line in fresh}
        causes = {line.id: self._main_first(causes.get(line.id)) for line in fresh}
        # what is owed may have changed in this very transaction
        fresh.share_id.invalidate_recordset(["amount_open"])
        open_ones = self._open_by_share(fresh.share_id)
        new, again = self._split(fresh, open_ones)
        made = self._open(new, causes)
        by_share = open_ones | {one.share_id.id: one for one in made}
        for line in again:
            by_share[line.share_id.id]._add_causes(causes[line.id])
        self._mark_rejected(fresh.share_id)
        return done | self.browse({by_share[line.share_id.id].id for line in fresh})

    @api.model
    def _main_first(self, causes):
        """A cause of the whole invoice goes before one of a line."""
        rank = {"lot": 0, "F": 1, "L": 2, "A": 3}
        return sorted(causes or [{}], key=lambda one: rank.get(one.get("level"), 1))

    @api.model
    def _open_by_share(self, shares):
        found = self.search(
            [("share_id", "in", shares.ids), ("state", "in", OPEN_STATES)]
        )
        return {one.share_id.id: one for one in found}

    @api.model
    def _split(self, lines, open_ones):
        """Return (lines that open a rejection, lines that add to one)."""
        new, again, seen = lines.browse(), lines.browse(), set(open_ones)
        for line in lines:
            if line.share_id.id in seen:
                again += line
            else:
                new += line
                seen.add(line.share_id.id)
        return new, again

    @api.model
    def _open(self, lines, causes):
        if not lines:
            return self.browse()
        wanted = {company: [] for company in lines.company_id}
        for line in lines:
            main = causes[line.id][0]
            part = PART_OF_KIND[line.share_id.kind]
            wanted[line.company_id].append(
                (part, main.get("code") or "", main.get("label") or "")
            )
        reasons = {
            company: self.env["recouv.rejection.reason"]._find_all(company, asked)
            for company, asked in wanted.items()
        }
        return self._record_new(
            [self._line_values(line, causes[line.id], reasons) for line in lines]
        )

    @api.model
    def _line_values(self, line, causes, reasons):
        main, *others = causes
        known = {
            "line_id": line.id,
            "code": main.get("code") or False,
            "label": main.get("label") or False,
            "level": main.get("level") or False,
            "other_causes": self._cause_text(others),
        }
        return self._values_of(line.share_id, known, reasons[line.company_id])

    @api.model
    def _cause_text(self, causes):
        return "\n".join(
            " ".join(filter(None, [one.get("code"), one.get("label")]))
            for one in causes
        ) or False  # fmt: skip

    def _add_causes(self, causes):
        said = self._cause_text(causes)
        known = (self.other_causes or "").splitlines()
        own = self._cause_text([{"code": self.code, "label": self.label}])
        known_or_own = (*known, own)
        fresh = [one for one in (said or "").splitlines() if one not in known_or_own]
        if fresh:
            self._record({"other_causes": "\n".join([*known, *fresh])})

    @api.model
    def _mark_rejected(self, shares):
        shares.filtered(
            lambda share: share.state in ("draft", "transmitted", "acknowledged")
        )._set_state("rejected")

    # --- classing -------------------------------------------------------------------

    def write(self, vals):
        """EXTENDS: another reason brings its own action."""
        if vals.get("reason_id") and "action_class" not in vals:
            reason = self.env["recouv.rejection.reason"].browse(vals["reason_id"])
            vals = {**vals, "action_class": reason.action_class}
        return super().write(vals)

    def action_learn(self):
        """Teach the action of these rejections to their reasons: what is open under
        them and what comes later is classed so."""
        for reason, rejections in self.grouped("reason_id").items():
            if not reason:
                raise UserError(
                    self.env._("%s has no reason yet.", rejections[0].display_name)
                )
            classes = set(rejections.mapped("action_class"))
            if len(classes) > 1:
                raise UserError(
                    self.env._(
                        "“%(reason)s” is given several actions: choose rejections of "
                        "one action.",
                        reason=reason.display_name,
                    )
                )
            action = classes.pop()
            if not action:
                raise UserError(
                    self.env._(
                        "Say first what is to be done about “%(reason)s”.",
                        reason=reason.display_name,
                    )
                )
            own = reason._own_copy(rejections.company_id)
            own.write({"action_class": action})
        return True

    # --- what may be done -----------------------------------------------------------

    def _obstacle(self, action):
        """Return why this rejection cannot be treated so (a sentence), or None.

        :param action: one of the action classes
        """
        self.ensure_one()
        if self.state not in OPEN_STATES:
            return self.env._(
                "it is %(state)s.",
                state=dict(self._fields["state"]._description_selection(self.env))[
                    self.state
                ].lower(),
            )
        check = {
            "correct_and_resend": self._resend_obstacle,
            "bill_patient": self._bill_obstacle,
            "give_up": self._give_up_obstacle,
        }.get(action)
        return check() if check else None

    def _resend_obstacle(self):
        if self.reason_id and not self.reason_id.is_resend_allowed:
            return self.env._(
                "“%(reason)s” is not put right by sending it again.",
                reason=self.reason_id.name,
            )
        return self.share_id._resend_obstacle()

    def _bill_obstacle(self):
        if not self.reason_id.is_patient_allowed:
            return self.env._(
                "“%(reason)s” does not make it the patient's debt.",
                reason=self.reason_id.name or self.label or self.code or "",
            )
        return self.share_id._patient_obstacle()

    def _give_up_obstacle(self):
        if self.env.su or self.env.user.has_group("recouv_lib.group_manager"):
            return None
        return self.env._("only a manager gives money up.")

    # --- opening the screens --------------------------------------------------------

    def action_treat(self):
        """Open the one screen that treats these rejections."""
        classes = set(self.mapped("action_class"))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Treat rejections"),
            "res_model": "recouv.rejection.treat",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_rejection_ids": self.ids,
                "default_action": classes.pop() if len(classes) == 1 else False,
            },
        }

    def action_start(self):
        """Say that these are being corrected in the billing software."""
        for rejection in self.filtered(lambda one: one.state == "to_do"):
            rejection._record({"state": "in_correction"})
        return True

    def action_stop(self):
        """Put back what is being corrected, or waits, into the list to do."""
        for rejection in self:
            if rejection.state in ("in_correction", "waiting"):
                rejection._record({"state": "to_do", "wait_until": False})
        return True

    # --- over after all ---------------------------------------------------------------

    @api.model
    def _recover(self, shares):
        """Close what stood against shares that a payer has paid after all."""
        return self._end(shares, "recovered")

    @api.model
    def _end(self, shares, state):
        """End what stands against shares of which nothing is asked any more.

        :param shares: the attempts that they correct are followed back
        """
        chain, more = shares, shares.origin_share_id
        while more:
            chain, more = chain | more, more.origin_share_id - chain
        alive = self.search(
            [("share_id", "in", chain.ids), ("state", "in", ALIVE_STATES)]
        )
        ended = fields.Date.context_today(self)
        alive._record({"state": state, "closed_on": ended, "wait_until": False})
        return alive

    @api.model
    def _cron_follow(self):
        """Find what was recovered, and what waited for a day that has come.

        Set-based; looks only at rejections that are alive.
        """
        # sudo: the job of every company, nothing is shown
        rejections = self.sudo()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT r.share_id FROM recouv_rejection r
                     JOIN recouv_share s ON s.id = r.share_id
                     JOIN recouv_claim c ON c.id = s.claim_id
                    WHERE r.state IN %(alive)s AND %(settlement)s = 'paid'""",
                alive=ALIVE_STATES,
                settlement=self.env["recouv.claim"]._settlement_sql(
                    SQL.identifier("c")
                ),
            )
        )
        shares = self.env["recouv.share"].sudo().browse([row[0] for row in rows])
        rejections._recover(shares)
        rejections.search(
            self._wait_over_domain(fields.Date.context_today(self))
        )._wake()

    @api.model
    def _wait_over_domain(self, today):
        return Domain("state", "=", "waiting") & Domain("wait_until", "<", today)

    def _wake(self):
        self._record({"state": "to_do", "wait_until": False})


class RecouvReturnLine(models.Model):
    _inherit = "recouv.return.line"

    def _rejection_causes(self):
        """Return the causes that this answer gives: ``[{code, label, level}]``.

        Extended by what reads them from files; a line that gives none is rejected all
        the same, for a reason to be found out.
        """
        self.ensure_one()
        return []
