"""Test ground of money in: what a secretary does in “Collect”."""

from datetime import date

from odoo.tests import Form

from .common import TODAY, RecouvCommon


class MoneyCommon(RecouvCommon):
    """A patient with two overdue invoices; a bank, a cash desk, a secretary."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.company_data["default_journal_bank"]
        cls.cash = cls.company_data["default_journal_cash"]
        cls.old = cls.make_invoice(amount=100, due=date(2026, 5, 1))
        cls.young = cls.make_invoice(amount=60, due=date(2026, 6, 1))
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)

    def dialog(self, records=None, **values):
        """The dialog as a secretary opens it on ``records`` (default: the patient)."""
        records = self.patient if records is None else records
        action = records.with_user(self.secretary).action_recouv_collect()
        model = self.env["recouv.collect"].with_user(self.secretary)
        form = Form(model.with_context(**action["context"]))
        for name, value in {"print_receipt": False, **values}.items():
            setattr(form, name, value)
        return form

    def lay(self, form, **parts):
        """Lay parts on invoices, named by attributes of this test."""
        wanted = {getattr(self, name).name: part for name, part in parts.items()}
        for index in range(len(form.line_ids)):
            with form.line_ids.edit(index) as line:
                line.amount = wanted.get(line.name, 0.0)

    def collect(self, records=None, parts=None, **values):
        """Collect, and return what was made."""
        form = self.dialog(records, **values)
        if parts:
            self.lay(form, **parts)
        wizard = form.save()
        wizard.action_collect()
        return wizard.collection_id

    def collect_later(self, day="2026-07-10", **values):
        act = self.collect(method="cheque_later", deposit_on=day, **values)
        return act.cheque_ids

    def deposit(self, cheques, day=None, **values):
        slip = (
            self.env["recouv.deposit"]
            .with_user(self.secretary)
            .create(
                {"journal_id": self.bank.id, **({"date": day} if day else {}), **values}
            )
        )
        cheques.with_user(self.secretary).write({"deposit_id": slip.id})
        return slip

    def paid(self, act):
        """{invoice: sum paid}, as the act asked it."""
        return {line.move_line_id.move_id: line.amount for line in act.line_ids}

    def owed(self, *moves):
        """What still may be paid on each invoice, in both modes of Odoo."""
        Collection = self.env["recouv.collection"]
        items = [move._recouv_receivable_items() for move in moves]
        return [Collection._owed_on(item)[item] for item in items]

    def assertBalanced(self, payment):
        """The payment's entry balances to the cent."""
        lines = payment.move_id.line_ids
        self.assertTrue(
            payment.company_currency_id.is_zero(sum(lines.mapped("balance")))
        )
