from datetime import timedelta

from odoo import Command, api, models
from odoo.tools import SQL

from ..lib import import_rows
from .recouv_import_patients import QUIET


class RecouvImport(models.Model):
    """Rows of invoices become posted customer invoices, free of tax.

    Care is exempt (art. 261, 4, 1° CGI), so no tax is computed. In opening mode the
    revenue was booked elsewhere: the counterpart is the transition account, and what
    was paid before is deducted on the invoice. The number of the practice's software
    becomes reference and payment reference; the journal keeps its own numbers.
    """

    _inherit = "recouv.import"

    # --- looking up ---------------------------------------------------------------

    def _partners_by_name(self, names):
        """{plain name: ids} of the company's contacts with these names."""
        wanted = list({name for name in names if name})
        if not wanted:
            return {}
        self.env["res.partner"].flush_model(["name", "company_id", "active"])
        rows = self.env.execute_query(
            SQL(
                """SELECT lower(name), array_agg(id) FROM res_partner
                    WHERE lower(name) = ANY(%s) AND active
                      AND (company_id = %s OR company_id IS NULL)
                    GROUP BY lower(name)""",
                wanted,
                self.company_id.id,
            )
        )
        return dict(rows)

    def _patient_names(self, values):
        """The name of the patient, both ways round: programs differ."""
        names = [values.get(n, "") for n in ("patient_first_name", "patient_name")]
        names = [name.lower() for name in names if name]
        return {" ".join(names), " ".join(reversed(names))} - {""}

    def _who_is_who(self, items):
        """What the look-ups of a batch gave: by number, by name, practitioners."""
        values = [item.values for item in items]
        numbers = {v.get("patient_number") for v in values}
        numbers |= {v.get("payer_number") for v in values}
        names = {name for v in values for name in self._patient_names(v)}
        practitioners = {v.get("practitioner", "").lower() for v in values}
        return {
            "numbers": self._partners_by_number(numbers),
            "names": self._partners_by_name(names | practitioners),
        }

    # --- planning -----------------------------------------------------------------

    def _plan_invoices(self, items):
        people, known = self._who_is_who(items), {}
        again = []
        for item in items:
            if before := item.vals.pop("known", None):
                self._complete_known(item, before)
            item.facts = self._invoice_facts(item)
            if self._check_invoice(item) and before:
                known[item.number] = before
                again.append(item)
            elif item.action == "create":
                self._plan_new_invoice(item, people)
        self._plan_known_invoices(again, known, people)

    def _total(self, values):
        return values.get("amount", values.get("residual"))

    def _paid(self, values):
        """What was paid before, in the file's own words or as a difference."""
        if "paid" in values:
            return values["paid"]
        if "amount" in values and "residual" in values:
            return values["amount"] - values["residual"]
        return 0

    def _invoice_facts(self, item):
        values = item.values
        party = values.get("patient_number")
        names = sorted(self._patient_names(values))
        total = self.company_id.currency_id.round(float(self._total(values) or 0))
        return {
            "amount": str(total),
            "date": str(values.get("date", "")),
            "party": party or import_rows.digest(*names),
            "payer": values.get("payer_number", ""),
        }

    def _check_invoice(self, item):
        """Whether the row can be an invoice at all; else it says why not."""
        values, total = item.values, self._total(item.values)
        compare = self.company_id.currency_id.compare_amounts
        if not values.get("date"):
            item.fail(self.env._("The invoice has no date."))
        elif total is None or compare(float(total), 0) == 0:
            item.fail(self.env._("The invoice has no amount."))
        elif compare(float(total), 0) < 0:
            item.fail(
                self.env._("A negative amount is a credit note: enter it by hand.")
            )
        elif compare(float(self._paid(values)), float(total)) > 0:
            item.warn(
                self.env._("More was paid than the invoice: the rest is left out.")
            )
        return item.action != "error"

    def _plan_new_invoice(self, item, people):
        item.digest = self._soft_digest(item)
        patient = self._patient_of(item, people)
        debtor = self._debtor_of(item, patient, people)
        currency = self._currency_of(item)
        if item.action == "error":
            return
        practitioner = people["names"].get(item.values.get("practitioner", "").lower())
        if item.values.get("practitioner") and not practitioner:
            item.warn(self.env._("The practitioner is not known here; left out."))
        item.vals = {
            **self._invoice_vals(item),
            "partner_id": debtor,
            # None: the patient is still to be made
            "recouv_patient_id": False if patient and patient == debtor else patient,
            "recouv_practitioner_id": practitioner[0] if practitioner else False,
            "currency_id": currency.id,
        }
        self._add_lines(item, currency)

    def _patient_of(self, item, people):
        """The contact of the row; None where he is to be made, with what is missing."""
        values = item.values
        if found := people["numbers"].get(values.get("patient_number")):
            return found
        names = self._patient_names(values)
        found = {pid for name in names for pid in people["names"].get(name, [])}
        if len(found) == 1 and not values.get("patient_number"):
            return found.pop()
        if not found and names and self.mapping_id.create_patients:
            return None
        who = values.get("patient_number") or values.get("patient_name", "")
        if len(found) > 1:
            item.fail(self.env._("Several patients are called %s: give a number.", who))
        else:
            item.fail(self.env._("The patient %s is not known here.", who))
        return None

    def _debtor_of(self, item, patient, people):
        """The contact who pays: the patient, unless the row names another one.

        An unknown one is told: in his place the patient, often a child, would be
        reminded for good.
        """
        number = item.values.get("payer_number")
        if not number or number == item.values.get("patient_number"):
            return patient
        found = people["numbers"].get(number)
        if not found:
            item.fail(
                self.env._(
                    "The payer %s is not known here: import the patients with this "
                    "one, or make it the reference of a contact, then import this "
                    "file again.",
                    number,
                )
            )
        return found

    def _currency_of(self, item):
        currency = self.company_id.currency_id
        text = item.values.get("currency", "").upper()
        if text and text not in (currency.name, currency.symbol):
            # sudo: a manager of another language may look up any active currency
            currency = self.env["res.currency"].sudo().search([("name", "=", text)])
            if not currency:
                item.fail(self.env._("“%s” is no currency that is in use.", text))
        return currency

    def _invoice_vals(self, item):
        values, mapping = item.values, self.mapping_id
        due = values.get("due_date") or values["date"] + timedelta(
            days=mapping.due_days
        )
        return {
            "move_type": "out_invoice",
            "company_id": self.company_id.id,
            "journal_id": mapping.journal_id.id,
            "invoice_date": values["date"],
            "invoice_date_due": max(due, values["date"]),
            "invoice_payment_term_id": False,
            "ref": item.number,
            "payment_reference": item.number,
            "recouv_care_end_date": values.get("care_end", False),
            "is_move_sent": mapping.mark_sent,
        }

    def _add_lines(self, item, currency):
        """The lines of the invoice; in the company's currency the receivable item, too.

        Without tax, term or rate that item is known beforehand. Odoo's machinery that
        finds it out, and looks for taxes, takes most of the time of a new invoice, so
        it is spared (`_create_moves`).
        """
        amounts = self._amounts(item)
        if currency != self.company_id.currency_id:
            lines = [self._invoice_line(*one) for one in amounts]
            item.vals["invoice_line_ids"] = lines
            return
        lines = [
            self._invoice_line(
                name, amount, balance=-amount, amount_currency=-amount, sequence=100
            )
            for name, amount in amounts
        ]
        item.vals["line_ids"] = [*lines, self._receivable_line(item, amounts)]

    def _amounts(self, item):
        """[(label, amount)] of the lines, in the currency's decimals."""
        mapping, values = self.mapping_id, item.values
        round_ = self.company_id.currency_id.round
        label = values.get("label") or mapping.line_label or self.env._("Fees")
        total = round_(float(self._total(values)))
        lines = [(label, total)]
        paid = min(round_(float(self._paid(values))), total)
        if mapping.is_opening and paid > 0:
            lines.append((self.env._("Paid before"), -paid))
        return lines

    def _invoice_line(self, name, amount, **more):
        mapping = self.mapping_id
        account = (
            mapping.opening_account_id if mapping.is_opening else mapping.account_id
        )
        return Command.create(
            {
                "name": name,
                "quantity": 1,
                "price_unit": amount,
                "account_id": account.id,
                "tax_ids": [Command.clear()],
                **more,
            }
        )

    def _receivable_line(self, item, amounts):
        total = self.company_id.currency_id.round(sum(amount for _n, amount in amounts))
        return Command.create(
            {
                "display_type": "payment_term",
                "name": item.number,
                "date_maturity": item.vals["invoice_date_due"],
                "balance": total,
                "amount_currency": total,
            }
        )

    # --- writing ------------------------------------------------------------------

    def _create_invoices(self, items):
        partners = self._missing_patients(items)
        vals_list = [
            self._with_patient(item.vals, partners.get(item.number)) for item in items
        ]
        for item, move in zip(items, self._create_moves(vals_list), strict=True):
            item.target = move.id
        self._pay_before(items)

    @api.model
    def _with_patient(self, vals, made):
        """Return the values with the patient who was made, the debtor's if he pays."""
        if not made:
            return vals
        debtor = vals["partner_id"] or made
        patient = made if made != debtor else False
        return vals | {"partner_id": debtor, "recouv_patient_id": patient}

    def _create_moves(self, vals_list):
        """Create and post invoices; return them in the order of their values."""
        moves = self.env["account.move"].with_context(
            **QUIET, default_move_type="out_invoice", check_move_validity=True
        )
        made = {}
        for whole in (True, False):
            some = [
                rank
                for rank, vals in enumerate(vals_list)
                if ("line_ids" in vals) == whole
            ]
            batch = moves.with_context(skip_invoice_sync=whole)
            batch = batch.create([vals_list[rank] for rank in some])
            batch._post(soft=False)
            made.update(zip(some, batch.ids, strict=True))
        return moves.browse([made[rank] for rank in range(len(vals_list))])

    def _missing_patients(self, items):
        """{number of the row: partner id}: each patient who was not there, made once.

        They are looked for again: the first half of a batch may have made them.
        """
        rows = [item for item in items if item.vals["recouv_patient_id"] is None]
        if not rows:
            return {}
        people, found, new = self._who_is_who(rows), {}, {}
        for item in rows:
            if partner := self._patient_of(item, people):
                found[item.number] = partner
            else:
                new.setdefault(item.facts["party"], []).append(item)
        firsts = [some[0] for some in new.values()]
        partners = self._create_patients_of(firsts)
        for some, partner in zip(new.values(), partners, strict=True):
            found.update(dict.fromkeys([item.number for item in some], partner.id))
        return found

    def _create_patients_of(self, items):
        partners = self._partners().create(
            [
                {**self._new_patient_vals(), **self._named_in(item.values)}
                for item in items
            ]
        )
        self.env["recouv.import.key"].sudo()._keep_made(  # written by the import alone
            self, "patients", partners, lambda partner: partner.ref or f"~{partner.id}"
        )
        return partners

    @api.model
    def _named_in(self, values):
        names = (values.get("patient_first_name"), values.get("patient_name"))
        return {
            "name": " ".join(name for name in names if name),
            "ref": values.get("patient_number"),
        }

    def _pay_before(self, items):
        """What the practice had cashed before, as payments of these invoices."""
        if self.mapping_id.is_opening:
            return
        wanted = []
        for item in items:
            total = float(self._total(item.values))
            paid = min(float(self._paid(item.values)), total)
            if paid > 0:
                move = self.env["account.move"].browse(item.target)
                wanted.append(
                    {
                        "move": move,
                        "partner_id": move.partner_id.id,
                        "amount": paid,
                        "date": item.values["date"],
                        "memo": item.number,
                        "journal": self.mapping_id.payment_journal_id,
                    }
                )
        if wanted:
            payments = self._register_payments(wanted)
            self.env["recouv.import.key"].sudo()._keep_made(  # as above
                self, "payments", payments, lambda payment: f"~{payment.id}"
            )

    def _update_invoices(self, items):
        for item in items:
            move = self.env["account.move"].browse(item.target)
            move.with_context(**QUIET).recouv_care_end_date = item.values.get(
                "care_end"
            )
