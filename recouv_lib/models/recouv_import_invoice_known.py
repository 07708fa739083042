from decimal import Decimal

from odoo import models
from odoo.tools import format_amount

from ..lib import import_rows

# who stands for the debtor then, the file of the practice does not say
UNSURE = ("assignment", "subrogation")


class RecouvImport(models.Model):
    """A second file of invoices. A posted invoice never changes: what differs is told.

    What the practice's software says was paid is no proof of money and books nothing;
    but nobody should be reminded of it unseen.
    """

    _inherit = "recouv.import"

    # --- what may not change ------------------------------------------------------

    def _plan_known_invoices(self, items, known, people):
        """Compare rows with what was imported.

        :param known: {number of the row: {"digest", "facts"}}
        """
        for item in items:
            self._plan_known_invoice(item, known[item.number])
        fine = [item for item in items if item.action != "error"]
        self._check_payers(fine, known, people)
        self._warn_of_less([item for item in fine if item.action != "error"])

    def _plan_known_invoice(self, item, known):
        facts, digest = known["facts"], self._soft_digest(item)
        changed = [
            n for n in ("amount", "date", "party") if facts.get(n) != item.facts[n]
        ]
        if changed:
            item.fail(self._sentence_changed(item, changed[0], facts))
            return
        item.digest = digest
        item.action = "unchanged" if known["digest"] == digest else "update"

    def _soft_digest(self, item):
        return import_rows.digest(item.values.get("care_end", ""))

    def _sentence_changed(self, item, name, facts):
        texts = {
            "amount": self.env._(
                "The invoice was imported with %(old)s, the file now says %(new)s: "
                "correct it with a credit note or a new invoice.",
                old=self._shown_amount(facts.get("amount")),
                new=self._shown_amount(item.facts["amount"]),
            ),
            "date": self.env._(
                "The date of the invoice has changed; it was imported with %s.",
                facts.get("date"),
            ),
            "party": self.env._("The invoice was imported for another patient."),
        }
        return texts[name]

    def _shown_amount(self, text):
        return format_amount(self.env, float(text or 0), self.company_id.currency_id)

    def _check_payers(self, items, known, people):
        """Tell of invoices for which the file now names another payer.

        A number that is another one than before may be of the same contact.
        """
        others = []
        for item in items:
            payer = item.facts["payer"]
            before = known[item.number]["facts"].get("payer")
            item.facts["payer"] = payer or before or ""
            if payer and payer != before:
                others.append(item)
        moves = self.env["account.move"].browse([item.target for item in others])
        moves.fetch(["partner_id"])
        for item, move in zip(others, moves, strict=True):
            payer = item.facts["payer"]
            if people["numbers"].get(payer) != move.partner_id.id:
                item.fail(
                    self.env._(
                        "The file says that %(payer)s pays, the invoice was imported "
                        "for %(debtor)s: correct it with a credit note and a new "
                        "invoice.",
                        payer=payer,
                        debtor=move.partner_id.display_name,
                    )
                )

    # --- what was paid meanwhile --------------------------------------------------

    def _complete_known(self, item, known):
        """A file of what is left alone says less each time: it is the same invoice."""
        values, total = item.values, Decimal(known["facts"].get("amount") or 0)
        if "amount" not in values and values.get("residual", total) < total:
            values["amount"] = total

    def _left_in_file(self, item):
        """What the file says is left to pay; None where it does not say."""
        values = item.values
        if "residual" in values:
            left = values["residual"]
        elif "paid" in values and "amount" in values:
            left = values["amount"] - values["paid"]
        else:
            return None
        return max(float(left), 0.0)

    def _warn_of_less(self, items):
        """Tell of invoices of which less is left in the file than here."""
        paid = [
            (item, left)
            for item in items
            if (left := self._left_in_file(item)) is not None
            and left < float(self._total(item.values))
        ]
        owed = self._owed_of({item.target for item, _left in paid})
        for item, left in paid:
            if item.target not in owed:
                continue
            currency, debtor, total = owed[item.target]
            # with a part on a payer, a file may speak of the debtor's part alone
            says_less = currency.compare_amounts(left, total) < 0
            if says_less and currency.compare_amounts(left, debtor) != 0:
                item.warn(
                    self.env._(
                        "The file says that %(left)s is left to pay, here it is "
                        "%(here)s: if it was paid, record the payment.",
                        left=format_amount(self.env, left, currency),
                        here=format_amount(self.env, total, currency),
                    )
                )

    def _owed_of(self, ids):
        """Return {invoice id: (currency, what its debtor owes, what is owed in all)}.

        Wherever it stands: on the invoice, on a payer, as doubtful; less its credit
        notes, payments under way and cheques held. An invoice is left out where that
        cannot be said: cancelled, sold, or with a transfer undone by hand.
        """
        if not ids:
            return {}
        moves = self.env["account.move"].browse(ids)
        # these only: reading one field would fetch all, of a thousand invoices
        moves.fetch(["state", "currency_id", "commercial_partner_id"])
        transfers = self.env["recouv.transfer"].search(
            [("invoice_id", "in", moves.ids), ("state", "!=", "draft")]
        )
        unsure = transfers.filtered(
            lambda one: (
                one.state == "broken" or (one.kind in UNSURE and one.state == "posted")
            )
        )
        moves = moves.filtered(lambda move: move.state == "posted") - unsure.invoice_id
        owed = {move: [0.0, 0.0] for move in moves}
        for move, is_his, left in self._parts_left(moves, transfers - unsure):
            owed[move][0] += left if is_his else 0.0
            owed[move][1] += left
        return {move.id: (move.currency_id, *sums) for move, sums in owed.items()}

    def _parts_left(self, moves, transfers):
        """Return [(invoice, whether its debtor owes it, what is left of it)]."""
        parts = {
            item: (item.move_id & moves or item.move_id.reversed_entry_id, True)
            for item in self._receivables_of(moves)
        }
        for one in transfers:
            # what the agency collected is paid; its own debt is no patient's
            if one.kind != "collected" and one.invoice_id in moves:
                debtor = one.target_line_id.partner_id.commercial_partner_id
                is_his = debtor == one.invoice_id.commercial_partner_id
                parts[one.target_line_id] = (one.invoice_id, is_his)
        items = self.env["account.move.line"].union(*parts)
        held = self.env["recouv.cheque"]._held_on(items)
        owed = self.env["recouv.collection"]._owed_on(items)
        return [(*parts[i], left - held.get(i, 0.0)) for i, left in owed.items()]

    def _receivables_of(self, moves):
        """Return the posted receivable items of invoices and of their credit notes.

        One look for each column: no index serves a choice between two tables.
        """
        credits = self.env["account.move"].search(
            [("reversed_entry_id", "in", moves.ids)]
        )
        return self.env["account.move.line"].search_fetch(
            [
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("move_id", "in", (moves | credits).ids),
            ],
            ["move_id", "currency_id", "amount_residual_currency"],
        )
