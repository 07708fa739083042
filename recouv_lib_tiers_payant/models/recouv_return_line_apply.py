from collections import defaultdict

from odoo import Command, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import format_date

from .recouv_return_line_twice import ANNOUNCED_TWICE, PERHAPS_TWICE
from .recouv_share_books import ANSWERING

#: lines booked in one entry, whose last item waits for the bank (core's cost of an
#: item grows with the size of its entry)
ENTRY_LINES = 49
#: cents by which a payer may pay too much and still be booked on the share
TOLERANCE = 100
#: what a table without transfers says once more: it may be an overlap
PERHAPS_KNOWN = "perhaps_known"
#: a table of transfers says nothing of the invoices; a file that does has come
NO_DETAILS, DETAILED = "no_details", "detailed"
#: money of these waits outside the books until someone says what it is
UNBOOKED = (PERHAPS_KNOWN, NO_DETAILS, DETAILED, ANNOUNCED_TWICE, PERHAPS_TWICE)
#: states in which a part is no more the payer's
GONE = {
    "to_patient": "patient_billed",
    "abandoned": "given_up",
    "cancelled": "cancelled",
}


class RecouvReturnLine(models.Model):
    """Applying lines of one transfer, at most :data:`ENTRY_LINES` at a time.

    Strategy: lock the payers' items; judge every line against what is owed under the
    lock (what is owed after the lines before it); write one entry, in which each line
    that moves money has its item and one item waits for the bank; reconcile; then say
    to shares and rejections what was answered. What nothing is known of, or what stands
    against it, goes to the account of money to allot and to the list of lines to
    settle: the transfer is in the books whole, as the bank will show it.

    Runs elevated, see ``recouv_return_file_apply.py``.
    """

    _inherit = "recouv.return.line"

    def _look_up(self):
        """Find shares of answers; acknowledgments and sums need none."""
        answers = self.filtered(lambda line: line._wants_share())
        if answers:
            answers._match()
        (self - answers).write({"outcome": "matched"})

    def _wants_share(self):
        return self.kind == "answer" and self.file_id.family != "arl"

    def _apply(self):
        """Book these lines of one transfer and say what they answered."""
        acks = self.filtered(
            lambda line: line.kind == "lot" or line.file_id.family == "arl"
        )
        acks._apply_acks()
        # the answers themselves say where their shares stand
        answers = (self - acks).with_context(recouv_share_answering=ANSWERING)
        lines = answers.sorted(lambda line: (line.offset, line.id))
        shares = {line: line._counting(line.share_id) for line in lines}
        lines._lock_targets(shares)
        verdicts = lines._judge(shares)
        items = lines._book_entry(shares, verdicts)
        lines._reconcile(shares, verdicts, items)
        lines._keep_verdicts(shares, verdicts, items)
        lines._tell_shares(shares, verdicts)

    def _counting(self, share):
        """The share that this answer counts for: money follows a corrected part to
        its next attempt, a late or repeated rejection stays with the one it names."""
        if self._is_late(share):
            return share
        return share._recouv_current()

    def _is_late(self, share):
        """A word without money about an attempt that was corrected since."""
        is_word = self.status in ("R", "D") and not cents(self.paid)
        return share.state == "corrected" and is_word

    # --- locks --------------------------------------------------------------------

    def _lock_targets(self, shares):
        """Lock the payers' items and read them afresh.

        :raises LockError: someone else is working on one of them
        """
        targets = self.env["account.move.line"].union(
            *(share._recouv_target() for share in shares.values())
        )
        self._lock_afresh(targets)

    def _lock_afresh(self, items):
        items.lock_for_update(allow_referencing=True)
        items.invalidate_recordset(
            ["amount_residual", "amount_residual_currency", "reconciled"]
        )

    def _lock_by_hand(self, share):
        """Lock one payer's item for a person, as :meth:`_lock_items`."""
        self._lock_items(share._recouv_target())

    def _lock_items(self, items):
        """Lock items for a person, who is told when that cannot be.

        :raises UserError: someone else is working on them
        """
        try:
            self._lock_afresh(items)
        except LockError as error:
            raise UserError(
                self.env._(
                    "Someone else is working on one of these receivables. Try again "
                    "in a moment."
                )
            ) from error

    # --- judging ------------------------------------------------------------------

    def _judge(self, shares):
        """Return {line: (code, values)} of what stands against each, ("", {}) if none.

        Lines of one share are judged in the file's order, each against what the ones
        before it left.
        """
        known = self.env["recouv.share"].union(*shares.values())
        owed = {
            share: cents(share._recouv_target().amount_residual_currency)
            for share in known
        }
        taken_back = [line for line in self if line.paid < 0]
        returned = {
            shares[line]: shares[line]._recouv_returned() for line in taken_back
        }
        verdicts = {}
        known, detailed, twice = self._perhaps_known(), self._detailed(), self._twice()
        for line in self:
            share = shares[line]
            verdict = line._verdict(share, owed.get(share, 0), returned)
            if line in known:
                verdict = PERHAPS_KNOWN, {"file": known[line].file_id.name}
            if line in detailed:
                verdict = DETAILED, {"file": detailed[line].file_id.name}
            if line in twice:
                first = twice[line].payment
                values = {"file": first.file_id.name, "transfer": first.display_name}
                verdict = twice[line].code, values
            verdicts[line] = verdict
            if share and verdict[0] in ("", "excess"):
                owed[share] -= cents(line.paid)
                returned[share] = returned.get(share, 0) + cents(line.paid)
        return verdicts

    def _verdict(self, share, owed, returned):
        """Return (code, values) of what stands against this line."""
        if self.kind != "answer":
            return {"lump": "lump", "transfer": NO_DETAILS}.get(self.kind, ""), {}
        if not share:
            return self.issue or "unknown", {}
        if self._is_late(share):
            return "superseded", {}
        against, paid = share._recouv_against(), cents(self.paid)
        if against == "patient_billed" and paid < 0:
            return self._verdict_billed_back(share, -paid, returned.get(share, 0))
        if against:
            return against, {"invoice": share.move_id.name or ""}
        if self.status == "R" and not paid:
            if owed > 0:
                return "", {}
            return "contradiction", {"day_paid": share._recouv_paid_on()}
        if paid and share.currency_id != self.company_id.currency_id:
            return "other_currency", {}
        if paid < 0:
            return self._verdict_back(-paid, returned.get(share, 0))
        return self._verdict_paid(share, paid, owed)

    def _verdict_billed_back(self, share, back, returned):
        """What the payer had paid of a part whose rest the patient was billed: a person
        says whether it is owed by the payer again."""
        if share.currency_id != self.company_id.currency_id:
            return "other_currency", {}
        code, values = self._verdict_back(back, returned)
        return code or "billed_back", values or {"amount_back": back / 100}

    def _verdict_paid(self, share, paid, owed):
        if not paid or paid <= owed:
            return "", {}
        if owed <= 0:
            return "already_paid", {"day_paid": share._recouv_paid_on()}
        if paid > owed + TOLERANCE:
            return "too_much", {
                "amount_paid": paid / 100,
                "amount_open": owed / 100,
            }
        return "excess", {"amount_excess": (paid - owed) / 100}

    def _perhaps_known(self):
        """Return {line: one booked from another file that says the very same}.

        Only of answers that their file ties to no transfer: what announces them is
        made up, so an overlapping table cannot be told by its transfers.
        """
        own = self.filtered(
            lambda line: line.payment_id.is_substitute and line.invoice_number
        )
        if not own:
            return {}
        others = self.search(
            [
                ("company_id", "in", own.company_id.ids),
                ("file_id", "not in", own.file_id.ids),
                ("invoice_number", "in", own.mapped("invoice_number")),
                # applied, or in the books on the account of money to allot
                "|",
                ("outcome", "in", ("done", "settled")),
                ("item_id", "!=", False),
            ]
        )
        same = {other._said(): other for other in others}
        return {line: same[line._said()] for line in own if line._said() in same}

    def _detailed(self):
        """Return {line of a transfer without invoices: the transfer with them}.

        The same sum, and the same day or the same words: one of its two labels.
        """
        bare = self.filtered(lambda line: line.kind == "transfer")
        if not bare:
            return {}
        payments = self.env["recouv.return.payment"].search(
            [
                ("company_id", "in", bare.company_id.ids),
                ("amount", "in", bare.mapped("paid")),
                ("is_test", "=", False),
                ("line_ids", "any", [("kind", "!=", "transfer")]),
            ]
        )
        return {
            line: found[:1]
            for line in bare
            if (found := payments.filtered(line._is_of_transfer))
        }

    def _is_of_transfer(self, payment):
        """Whether a transfer is the one of this line, told by another file."""
        own = self.payment_id
        words = {own.label1, own.label2} - {False, ""}
        is_same = own.date == payment.date or words & {payment.label1, payment.label2}
        same_sum = self.currency_id.compare_amounts(self.paid, payment.amount) == 0
        return payment != own and same_sum and bool(is_same)

    def _forget_detailed(self):
        """Say of transfers that waited for their invoices that these have come."""
        for line, payment in self._detailed().items():
            line.write(
                {
                    "outcome": "info",
                    "issue": DETAILED,
                    "issue_values": {"file": payment.file_id.name},
                }
            )

    def _said(self):
        """What an answer says, in whatever file."""
        sums = (cents(self.asked), cents(self.paid))
        return self.kind, self.invoice_number, self.part, self.status, sums

    @staticmethod
    def _verdict_back(back, returned):
        if back <= returned:
            return "", {}
        return "nothing_to_recover", {
            "amount_back": back / 100,
            "amount_paid": returned / 100,
        }

    # --- the entry ----------------------------------------------------------------

    def _book_entry(self, shares, verdicts):
        """Write and post the entry of the lines that move money.

        :return: {line: its journal item}
        """
        moving = self.filtered(
            lambda line: (
                not line.currency_id.is_zero(line.paid)
                and verdicts[line][0] not in UNBOOKED
            )
        )
        if not moving:
            return {}
        payment = moving.payment_id
        company = payment.company_id
        journal, accounts = company._recouv_return_settings()
        vals = [
            line._item_values(payment, accounts, shares[line], verdicts[line], rank)
            for rank, line in enumerate(moving)
        ]
        total = sum(cents(line.paid) for line in moving)
        if total:
            vals.append(payment._waiting_values(accounts, total / 100, len(vals)))
        move = self._post_move(
            payment, moving.file_id[:1].accounting_date, journal, vals
        )
        items = move.line_ids.sorted("sequence")
        return dict(zip(moving, items, strict=False))

    def _post_move(self, payment, day, journal, vals):
        company = payment.company_id
        light = {} if company.restrictive_audit_trail else {"tracking_disable": True}
        moves = self.env["account.move"].with_company(company).with_context(**light)
        move = moves.create(
            {
                "move_type": "entry",
                "company_id": company.id,
                "journal_id": journal.id,
                "date": day or payment.date or fields.Date.context_today(self),
                "ref": payment.display_name,
                "recouv_return_payment_id": payment.id,
                "line_ids": [Command.create(one) for one in vals],
            }
        )
        move._post(soft=False)
        return move

    def _item_values(self, payment, accounts, share, verdict, rank):
        """Values of the item of one line: the payer's own account, or what waits.

        Numbers only, no name and no act: the FEC may be read widely.
        """
        target = share._recouv_target() if verdict[0] in ("", "excess") else None
        if target:
            account, partner = target.account_id, target.partner_id
        else:
            kept = self.kind == "retained"
            fname = (
                "recouv_payer_debt_account_id" if kept else "recouv_allot_account_id"
            )
            account, partner = accounts[fname], payment.payer_id.commercial_partner_id
        return payment._item(
            self.invoice_number or self.reference or self.code,
            account,
            partner,
            -self.paid,
            rank,
        )

    # --- reconciling --------------------------------------------------------------

    def _reconcile(self, shares, verdicts, items):
        """Settle the payers' items; reopen those whose money was taken back."""
        by_share = defaultdict(self.env["account.move.line"].browse)
        for line, item in items.items():
            if shares[line] and verdicts[line][0] in ("", "excess"):
                by_share[shares[line]] |= item
        plan = []
        for share, own in by_share.items():
            if any(item.balance > 0 for item in own):
                share._recouv_reopen(own)
            else:
                plan.append(share._recouv_target() | own)
        if plan:
            # read together, though each pair is a set of its own
            everything = [item_id for pair in plan for item_id in pair.ids]
            plan = [pair.with_prefetch(everything) for pair in plan]
            self.env["account.move.line"]._reconcile_plan(plan)

    # --- telling ------------------------------------------------------------------

    def _keep_verdicts(self, shares, verdicts, items):
        for line in self:
            code, values = verdicts[line]
            item = items.get(line)
            line.write(
                {
                    "share_id": shares[line].id,
                    "outcome": line._outcome(code),
                    "issue": code or False,
                    "issue_values": _plain(values) or False,
                    "item_id": item.id if item else False,
                }
            )

    def _outcome(self, code):
        """A rejection of what is no more the payer's tells nothing new, nor does one
        that is known or that an attempt made since has overtaken."""
        if code in ("superseded", DETAILED, ANNOUNCED_TWICE):
            return "info"
        if code in (PERHAPS_KNOWN, PERHAPS_TWICE) and not self.paid:
            return "info"
        if code in GONE.values() and self.status in ("R", "D") and not self.paid:
            return "info"
        return "done" if code in ("", "excess") else "to_settle"

    def _tell_shares(self, shares, verdicts):
        """Write states of shares, and open the rejections."""
        answered = self.filtered(
            lambda line: (
                line.kind == "answer"
                and shares[line]
                and verdicts[line][0] in ("", "excess")
            )
        )
        known = self.env["recouv.share"].union(*(shares[line] for line in answered))
        known._record_answer(answered)
        # what is paid in full is not rejected, whatever a late answer says
        rejected = answered.filtered(
            lambda line: line._is_rejection() and shares[line]._recouv_owes()
        )
        if rejected:
            self.env["recouv.rejection"]._from_lines(
                rejected, {line.id: line.rejections or [] for line in rejected}
            )

    def _is_rejection(self):
        """Rejected, or paid in part with the reason for the rest.

        A deferred one says why it is not treated yet: a second return follows
        (noemie.md §1.1), and what was said stays on the line.

        The 576 family and some tables do not tell what was asked: of these the caller
        knows by the books that something is still owed.
        """
        if self.status == "R":
            return not self.paid
        if self.status == "D" or not self.rejections:
            return False
        return not self.asked or (
            self.currency_id.compare_amounts(self.paid, self.asked) < 0
        )

    def _apply_acks(self):
        """Tell lots whether they arrived (ARL)."""
        Lot = self.env["recouv.lot"]
        for line in self:
            refused = line.status == "R" or bool(line.rejections)
            lot = Lot._record_ack(
                {
                    "lot": line.lot,
                    "state": "negative" if refused else "positive",
                    "date": line.lot_date,
                    "label": " ".join(filter(None, (line.code, line.label))),
                    "invoice_number": line.invoice_number,
                    "ack_date": line.file_id.created_on,
                    "company": line.company_id,
                }
            )
            line.write(
                {
                    "outcome": "done" if lot else "to_settle",
                    "issue": False if lot else "lot_unknown",
                }
            )


class RecouvReturnPayment(models.Model):
    _inherit = "recouv.return.payment"

    def _item(self, label, account, partner, balance, rank):
        return {
            "name": f"{self._short_label()} {label or ''}".strip(),
            "sequence": rank,
            "account_id": account.id,
            "partner_id": partner.id,
            "balance": balance,
            "no_followup": True,
            "analytic_distribution": False,
        }

    def _waiting_values(self, accounts, amount, rank):
        """The item that waits for the bank to show this money."""
        account = accounts["recouv_announced_account_id"]
        partner = self.payer_id.commercial_partner_id
        return self._item("", account, partner, amount, rank) | {
            "recouv_is_announced": True
        }

    def _short_label(self):
        day = format_date(self.env, self.date) if self.date else ""
        return self.label2 or self.label1 or day


def cents(amount):
    return round(amount * 100)


def _plain(values):
    return {
        name: fields.Date.to_string(value) if name.startswith("day") else value
        for name, value in values.items()
    }
