from odoo import api, models


class RecouvReturnLine(models.Model):
    """What stands against an answer: one code and one sentence each."""

    _inherit = "recouv.return.line"

    @api.model
    def _issue_sentences(self):
        """Code → sentence for whoever settles the line; add-ons add their own."""
        return self._not_found_sentences() | self._found_sentences()

    @api.model
    def _not_found_sentences(self):
        _ = self.env._
        return {
            # not found (see `lib.answer_matching`)
            "unknown": _("No share has this number, or this person, date and amount."),
            "ambiguous": _("Several shares may be meant: choose one."),
            "part_unknown": _(
                "An intermediary handed this on without saying whose answer it is: "
                "choose the part of the caisse or that of the mutual fund."
            ),
            "claimed": _("The only share that fits is another answer's."),
            "other_person": _("Number and date fit, but the person is another one."),
            "other_number": _("Person, date and amount fit, but not the number."),
            "nothing_to_find": _("The answer names neither an invoice nor a person."),
        }

    @api.model
    def _found_sentences(self):
        _ = self.env._
        return {
            # found, but
            "not_booked": _("The share is not booked: the payer owes nothing yet."),
            "cancelled": _("The invoice %(invoice)s is cancelled."),
            "patient_billed": _(
                "This part was billed to the patient meanwhile: it may be paid twice."
            ),
            "billed_back": _(
                "%(amount_back)s is taken back that the payer had paid, and the rest "
                "of this part was billed to the patient meanwhile. Book it on the "
                "share: the payer then owes it again."
            ),
            "given_up": _("This part was given up."),
            "already_paid": _("Paid in full already, on %(day_paid)s."),
            "too_much": _(
                "%(amount_paid)s is paid, only %(amount_open)s was still owed."
            ),
            "contradiction": _(
                "Rejected here, but paid on %(day_paid)s: two answers contradict each "
                "other."
            ),
            "nothing_to_recover": _(
                "%(amount_back)s is taken back, but only %(amount_paid)s was paid by "
                "returns."
            ),
            "lump": _("A lump sum for no invoice: say on which account it belongs."),
            "no_details": _(
                "Announced without its invoices: take in the return that tells them, "
                "or say on which account it belongs. Nothing is booked until then."
            ),
            "detailed": _("“%(file)s” tells its invoices and was booked instead."),
            "lot_unknown": _("No lot has this number and date."),
            "other_currency": _("The share is in another currency: book it by hand."),
            "taken_off": _("Taken off its share: %(why)s"),
            "perhaps_known": _(
                "Perhaps known already: “%(file)s” said the same. Nothing is booked "
                "until you say what it is."
            ),
            "perhaps_twice": _(
                "Perhaps the transfer that “%(file)s” announced already as "
                "“%(transfer)s”: same day, same sum, same answer. Nothing is booked "
                "until you say what it is."
            ),
            # told, without effect
            "announced_twice": _(
                "“%(file)s” announced the transfer “%(transfer)s” before: its money "
                "is booked once."
            ),
            "superseded": _(
                "The part was corrected and sent again since: this answer about the "
                "earlier attempt changes nothing."
            ),
            "test": _("A test, so its sender says: read, never applied."),
            # applied all the same
            "excess": _(
                "%(amount_excess)s more than was owed: it stays for the payer."
            ),
        }
