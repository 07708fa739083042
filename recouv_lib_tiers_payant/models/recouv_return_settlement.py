from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.lib.wording import labelled

from .recouv_return_line_apply import GONE, PERHAPS_KNOWN, cents
from .recouv_return_line_twice import PERHAPS_TWICE
from .recouv_share_books import SETTLED

CHOICES = [
    ("share", "It is the answer about this share"),
    ("patient", "Credit the patient"),
    ("account", "Book it on another account"),
    ("not_ours", "It is not ours"),
    ("taken_off", "It was put on the wrong share"),
]
#: what a person may book on a share all the same
MAY_INSIST = ("already_paid", "too_much")


class RecouvReturnSettlement(models.Model):
    """What a person said about a line of a return, and how to take it back.

    Made by the dialog only. Undoing reverses its entry and puts the line back into the
    list of lines to settle.
    """

    _name = "recouv.return.settlement"
    _description = "Line of a return settled by hand"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    line_id = fields.Many2one(
        "recouv.return.line",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    choice = fields.Selection(CHOICES, required=True, readonly=True)
    share_id = fields.Many2one(
        "recouv.share",
        "Payer's part",
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    account_id = fields.Many2one("account.account", readonly=True, check_company=True)
    note = fields.Char(readonly=True)
    move_id = fields.Many2one(
        "account.move", "Entry", readonly=True, index="btree_not_null",
        ondelete="restrict",
    )  # fmt: skip
    share_state = fields.Char("State before", readonly=True)
    issue = fields.Char("Reason before", readonly=True)

    def _compute_display_name(self):
        labels = dict(self._fields["choice"]._description_selection(self.env))
        for settlement in self:
            line = settlement.line_id.display_name
            settlement.display_name = labelled(
                self.env, line, labels.get(settlement.choice)
            )

    # --- settling -----------------------------------------------------------------

    def _settle(self, line, choice, share=None, is_anyway=False, **said):
        """Settle one line as a person says.

        :param line: ``recouv.return.line`` that waits (or, to take it off its share,
            one that was applied)
        :param is_anyway: book on the share even what it does not owe
        :param said: ``account``, ``note``
        :return: the settlement
        :raises UserError: what stands against it; nothing is booked then
        """
        line.check_access("write")
        line._check_may_settle(choice)
        # sudo: books of a line the user may write; all that is used was checked
        line = line.sudo().with_company(line.company_id)
        share = line._share_meant(choice, (share or self.env["recouv.share"]).sudo())
        account, note = said.get("account"), said.get("note")
        settlement = self._record_new(
            [
                {
                    "company_id": line.company_id.id,
                    "line_id": line.id,
                    "choice": choice,
                    "share_id": (share or line.share_id).id,
                    "account_id": account.id if account else False,
                    "note": note,
                    "share_state": (share or line.share_id).state,
                    "issue": line.issue,
                }
            ]
        )
        work = getattr(line, f"_settle_{choice}")
        move = work(share=share, account=account, note=note, is_anyway=is_anyway)
        settlement._record({"move_id": move.id if move else False})
        return settlement

    # --- undoing ------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS recouv.undo.mixin"""
        if obstacle := super()._undo_obstacle():
            return obstacle
        if self.line_id.settlement_ids.sorted("id")[-1:] != self:
            return self.env._("The line was settled otherwise since.")
        # sudo: whether somebody works on the rejection that it opened
        work = self.env["recouv.rejection"].sudo()
        working = work.search_count(
            [("line_id", "=", self.line_id.id), ("state", "!=", "abandoned")], limit=1
        )
        if working and self.choice == "share":
            return self.env._("Give up the rejection that it opened first.")
        return None

    def _undo(self):
        """EXTENDS recouv.undo.mixin"""
        # sudo: books of settlements the user may write, checked by `undo`
        for settlement in self.sudo():
            freed = settlement._reverse_entry()
            settlement.line_id._reopen(settlement, freed)

    def _reverse_entry(self):
        """Reverse the entry, whose items settle nothing from now on.

        :return: the items of which a sum taken back had used the money
        """
        move = self.move_id
        if not move:
            return move.line_ids
        freed = move.line_ids.matched_credit_ids.credit_move_id
        move.line_ids.remove_move_reconcile()
        journal = move.journal_id
        day = self.line_id._open_day(journal, move.date)
        reverse = move._reverse_moves(
            [{"date": day, "recouv_return_payment_id": False}], cancel=True
        )
        if reverse.state != "posted":
            reverse._post(soft=False)
        return freed


class RecouvReturnLine(models.Model):
    """Settling by hand: the money moves from where it waits to where it belongs."""

    _inherit = "recouv.return.line"

    def _check_may_settle(self, choice):
        wanted = ("done", "settled") if choice == "taken_off" else ("to_settle",)
        if self.outcome not in wanted or self.kind == "retained":
            raise UserError(
                self.env._(
                    "%s does not wait to be settled that way.", self.display_name
                )
            )
        if self.kind == "transfer" and choice in ("share", "patient"):
            raise UserError(
                self.env._(
                    "%s is a whole transfer: take in the return that tells its "
                    "invoices, or book it on an account.",
                    self.display_name,
                )
            )
        last = self._standing_settlements()[-1:]
        if choice == "taken_off" and last.choice == "patient":
            raise UserError(
                self.env._(
                    "%s was credited to the patient: undo that settlement instead.",
                    self.display_name,
                )
            )

    def _share_meant(self, choice, share):
        """Return the attempt that a person's choice counts for."""
        if choice == "share":
            return self._counting(share)
        return share._recouv_current() if choice == "patient" else share

    def _settle_share(self, share, is_anyway=False, **_other):
        """The answer is about this share: book it there."""
        share = self._check_share(share)
        self._lock_by_hand(share)
        code, values = self._verdict_by_hand(share)
        if self.paid:
            self._check_bookable(share, code, values, is_anyway)
        move = None
        if self.paid:
            target = share._recouv_target()
            move = self._move_money(target.account_id, target.partner_id)
            self._reconcile_by_hand(share, move)
        self.write(
            {
                "share_id": share.id,
                "match_how": "manual",
                "outcome": "settled",
                "issue": False,
            }
        )
        if code not in (*GONE.values(), "not_booked", "superseded"):
            self._tell_shares({self: share}, {self: ("", {})})
        return move

    def _check_share(self, share):
        if not share or share.company_id != self.company_id:
            raise UserError(self.env._("Choose a share of this practice."))
        return share

    def _verdict_by_hand(self, share):
        """Return (code, values) of what stands against this line on a share now."""
        returned = {share: share._recouv_returned()}
        return self._verdict(share, cents_of(share), returned)

    def _check_bookable(self, share, code, values, is_anyway):
        """Refuse money that the share cannot take.

        :raises UserError: why, and what to do instead
        """
        why = self._advice(share).get(code)
        if not why or (is_anyway and code in MAY_INSIST):
            return
        shown = {name: self._show_value(name, one) for name, one in values.items()}
        issue = self._issue_sentences()[code] % shown
        raise UserError(self.env._("%(issue)s %(why)s", issue=issue, why=why))

    def _advice(self, share):
        """What to do with money that stands against a share, by code."""
        _ = self.env._
        elsewhere = _("Choose another share, or book it on another account.")
        insist = _("Tick “Book it all the same” to leave the excess to the payer.")
        # of a living share it waits there for the money that was paid otherwise
        is_gone = share.state in GONE
        return ({"nothing_to_recover": elsewhere} if is_gone else {}) | {
            "patient_billed": _(
                "Choose “Credit the patient”: the money settles what was billed, the "
                "rest is theirs."
            ),
            "given_up": _("Book it on another account: the loss was booked already."),
            "cancelled": elsewhere,
            "not_booked": elsewhere,
            "other_currency": elsewhere,
            "already_paid": insist,
            "too_much": insist,
        }

    def _settle_patient(self, share, **_other):
        """The patient was billed this part: the payer's money is theirs."""
        share = self._check_share(share)
        item = share._recouv_billed_item()
        self._check_creditable(share, item)
        self._lock_items(item)
        move = self._move_money(item.account_id, item.partner_id)
        credit = move.line_ids.sorted("sequence")[1]
        if not item.reconciled:
            self.env["account.move.line"]._reconcile_plan([item | credit])
        self.write(
            {
                "share_id": share.id,
                "match_how": "manual",
                "outcome": "settled",
                "issue": False,
            }
        )
        return move

    def _check_creditable(self, share, item):
        """Refuse what is no money for a patient who was billed.

        :raises UserError: why, and what to do instead
        """
        if cents(self.paid) < 0:
            raise UserError(
                self.env._(
                    "%s takes money back, which credits nobody: book it on the share.",
                    self.display_name,
                )
            )
        if not cents(self.paid):
            raise UserError(
                self.env._(
                    "%s brings no money: there is nothing to credit.",
                    self.display_name,
                )
            )
        if not item:
            raise UserError(
                self.env._(
                    "%s was not billed to the patient: book the answer on the share.",
                    share.display_name,
                )
            )
        if share.currency_id != self.company_id.currency_id:
            raise UserError(self._issue_sentences()["other_currency"])

    def _settle_account(self, account, **_other):
        """The money is for something else: an account that the user chose."""
        if not account:
            raise UserError(self.env._("Choose the account to book it on."))
        partner = self.item_id.partner_id
        move = self._move_money(account, partner) if self.paid else None
        self.write({"outcome": "settled"})
        return move

    def _settle_not_ours(self, **_other):
        """Nothing of ours: the money stays to be given back."""
        self.write({"outcome": "settled"})

    def _settle_taken_off(self, note=None, **_other):
        """It was put on the wrong share: the money waits again, the share is open."""
        share, move = self.share_id, None
        _journal, accounts = self.company_id._recouv_return_settings()
        if self.paid:
            self._lock_by_hand(share)
            item = self._standing_item()
            freed = item.matched_credit_ids.credit_move_id
            item.remove_move_reconcile()
            move = self._move_money(
                accounts["recouv_allot_account_id"],
                self.payment_id.payer_id.commercial_partner_id,
                item,
            )
            share._recouv_take_again(freed)
        self.write(
            {
                "share_id": False,
                "match_how": "none",
                "outcome": "to_settle",
                "issue": "taken_off",
                "issue_values": {"why": note or ""},
            }
        )
        if share:
            share._recouv_state_from_books()
        return move

    def _standing_item(self, without=None):
        """The item by which this line stands in the books now.

        :param without: a settlement that is being undone
        """
        standing = self._standing_settlements() - (without or self.settlement_ids[:0])
        last = standing[-1:].move_id.line_ids.sorted("sequence")
        return last[1] if last else self.item_id

    def _standing_settlements(self):
        """Settlements that moved money and were not undone, the oldest first."""
        return self.settlement_ids.filtered(
            lambda one: one.move_id and not one.undone_on
        ).sorted("id")

    # --- entries ------------------------------------------------------------------

    def _move_money(self, account, partner, item=None):
        """Move what this line paid from where it stands to an account, and settle it.

        :return: the entry: first item settles the old place, second is the new one
        """
        item = item or self._standing_item()
        journal, accounts = self.company_id._recouv_return_settings()
        day = self._open_day(journal, fields.Date.context_today(self))
        label = self.invoice_number or self.reference or self.code or ""
        payment = self.payment_id
        balance = item.balance if item else -self.paid
        vals = [
            payment._item(label, item.account_id, item.partner_id, -balance, 0)
            if item
            # nothing of it is booked yet: the bank is to show it from now on
            else payment._waiting_values(accounts, self.paid, 0),
            payment._item(label, account, partner, balance, 1),
        ]
        move = self._post_move(payment, day, journal, vals)
        settling = move.line_ids.sorted("sequence")[0]
        if item and item.account_id.reconcile:
            self.env["account.move.line"]._reconcile_plan([item | settling])
        return move

    def _open_day(self, journal, day):
        """Return a day on which the books are open.

        :raises UserError: today's books are locked too
        """
        today = fields.Date.context_today(self)
        for candidate in (day, today):
            if not self.company_id._get_violated_lock_dates(candidate, False, journal):
                return candidate
        raise UserError(self.env._("The books are locked today: nothing was booked."))

    def _reconcile_by_hand(self, share, move):
        item = move.line_ids.sorted("sequence")[1]
        if item.balance > 0:
            share._recouv_reopen(item)
        elif not share._recouv_target().reconciled:
            Item = self.env["account.move.line"]
            Item._reconcile_plan([share._recouv_target() | item])

    # --- undoing ------------------------------------------------------------------

    def _reopen(self, settlement, freed):
        """Put the line back where it was before a settlement.

        :param freed: items of which the settlement had taken the money back
        """
        share = settlement.share_id
        if settlement.choice == "taken_off":
            self.write(
                {"share_id": share.id, "outcome": "done", "issue": settlement.issue}
            )
            self._reconcile_again(share, settlement)
        else:
            self.write(
                {
                    "share_id": False,
                    "match_how": "none",
                    "outcome": "to_settle",
                    "issue": settlement.issue,
                }
            )
            if settlement.choice == "share":
                share._recouv_take_again(freed)
        # a late word about an attempt that was corrected had told nothing
        is_late = settlement.share_state == "corrected" and not settlement.move_id
        if share and settlement.choice in ("share", "taken_off") and not is_late:
            share._recouv_state_from_books(settlement.share_state)

    def _reconcile_again(self, share, settlement):
        """Let what was taken off stand on the share again."""
        item = self._standing_item(without=settlement)
        if item.balance > 0:
            share._recouv_reopen(item)
        else:
            share._recouv_take_again(item)

    def _search_again(self):
        """Look for shares once more; what is found now is settled on its share."""
        open_ones = self.filtered(
            lambda line: (
                line._wants_share() and line.issue not in (PERHAPS_KNOWN, PERHAPS_TWICE)
            )
        )
        for lines in open_ones.grouped("company_id").values():
            lines._settle_found(lines._find())

    def _settle_found(self, found):
        for line in self:
            match = found[line.id]
            share = self.env["recouv.share"].browse(match.share_id or ())
            if share and not line._stands_in_the_way(share):
                settlement = self.env["recouv.return.settlement"]._settle(
                    line, "share", share=share
                )
                # sudo: found by the machine, as it says
                settlement.sudo().line_id.match_how = match.how

    def _stands_in_the_way(self, share):
        # sudo: what is owed on a share of the line's own company
        return self._verdict_by_hand(self._counting(share.sudo()))[0]


class RecouvShare(models.Model):
    _inherit = "recouv.share"

    def _recouv_billed_item(self):
        """The item by which the patient owes what came back from the payer."""
        backs = self.transfer_id.undoing_ids.filtered(
            lambda back: (
                back.state == "posted" and back.target_line_id.parent_state == "posted"
            )
        )
        items = backs.sorted("id").target_line_id
        still = items.filtered(lambda item: not item.reconciled)
        return still[-1:] or items[-1:]

    def _recouv_state_from_books(self, otherwise=None):
        """Say where a share stands once an answer was taken off it.

        :param otherwise: where it stood before that answer
        """
        share = self._recouv_current()
        if share != self:
            # it was corrected and sent again since: that is told of the new attempt
            share._recouv_state_from_books()
            return
        self.env["account.move.line"].flush_model()
        target = self._recouv_target()
        target.invalidate_recordset(["amount_residual_currency"])
        if not cents_of(self):
            known = (otherwise, self.state)
            state = next((one for one in known if one in GONE), "paid")
        elif self._recouv_returned():
            state = "partial"
        else:
            is_known = otherwise not in (None, *SETTLED)
            state = otherwise if is_known else self._unpaid_state()
        self._recouv_follow_transfer()
        self._set_state(state)


def cents_of(share):
    """Cents that the payer still owes of a share."""
    return round(share._recouv_target().amount_residual_currency * 100)
