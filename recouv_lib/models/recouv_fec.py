import csv
import io

from odoo import api, fields, models

FEC_WIZARD = "l10n_fr.fec.export.wizard"
#: places of the columns in the file (arrêté of 29 July 2013; LPF A47 A-1)
JOURNAL, NUMBER, ACCOUNT, AUX, AUX_NAME, PIECE, LABEL, CREDIT = 0, 2, 4, 6, 7, 8, 10, 12

MONEY_JOURNALS = ("bank", "cash", "credit")


class RecouvFec(models.AbstractModel):
    """Labels of the FEC without names nor acts, where a practice wants it.

    Odoo's own export (``l10n_fr_account``, not a dependency of ours) makes the file in
    one method; it is wrapped when the server loads, as automated actions do. The sums,
    numbers, dates and accounts are never touched. In the entries that move a
    receivable, or money that comes in (cheques at the bank, transfers not yet matched:
    the bank writes the payer's name), the label becomes a neutral word with the entry's
    number and the piece the entry's number; a debtor's auxiliary account is named by
    its number. Entries and auxiliary accounts of suppliers and others stay as they are.
    """

    _name = "recouv.fec"
    _description = "Neutral labels of the FEC"

    def _register_hook(self):
        """Wrap the export where it is installed; once per registry."""
        super()._register_hook()
        model = self.env.registry.get(FEC_WIZARD)
        if model is None or hasattr(model.generate_fec, "recouv_origin"):
            return
        origin = model.generate_fec

        def generate_fec(wizard):
            return wizard.env["recouv.fec"]._neutral_result(origin(wizard))

        generate_fec.recouv_origin = origin
        model.generate_fec = generate_fec

    @api.model
    def _neutral_result(self, result):
        """Return the export's result, its content neutral if the company wants it."""
        if not self.env.company.recouv_neutral_labels:
            return result
        content = result["file_content"].decode()
        return result | {"file_content": self._neutral_content(content).encode()}

    @api.model
    def _neutral_content(self, content):
        rows = list(csv.reader(io.StringIO(content), delimiter="|"))
        debtors, words = self._receivable_codes(), self._words()
        entries = self._debtor_entries(rows[1:], debtors)
        target = io.StringIO()
        writer = csv.writer(target, delimiter="|", lineterminator="\r\n")
        for rank, row in enumerate(rows):
            if rank and row[AUX_NAME] and row[ACCOUNT] in debtors:
                row[AUX_NAME] = f"Client {row[AUX]}"
            if rank and _entry(row) in entries:
                word = words.get(row[JOURNAL], "Opération")
                row = self._neutral_row(row, word)
            writer.writerow(row)
        return target.getvalue()[:-2]

    @api.model
    def _debtor_entries(self, rows, debtors):
        """Return the entries that tell of a debtor: {(journal, number)}.

        They move a receivable, pass through an account of receipts on their way to the
        bank, or are money in that nobody has matched yet.
        """
        on_the_way, unmatched = self._money_in_codes()
        return {
            _entry(row)
            for row in rows
            if row[ACCOUNT] in debtors | on_the_way
            or (row[ACCOUNT] in unmatched and _amount(row[CREDIT]))
        }

    @api.model
    def _money_in_codes(self):
        """Return the codes of accounts of receipts on their way, and of suspense."""
        journals = self._journals().filtered(
            lambda journal: journal.type in MONEY_JOURNALS
        )
        lines = journals.inbound_payment_method_line_ids
        charts = self.env["account.chart.template"].with_context(
            allowed_company_ids=self.env.company.root_id.ids
        )
        usual = charts.ref(
            "account_journal_payment_debit_account_id", raise_if_not_found=False
        )
        on_the_way = lines.payment_account_id - journals.default_account_id
        if usual:
            on_the_way |= usual
        return (
            set(on_the_way.mapped("code")),
            set(journals.suspense_account_id.mapped("code")),
        )

    @api.model
    def _receivable_codes(self):
        accounts = self.env["account.account"].search(
            [
                *self.env["account.account"]._check_company_domain(self.env.company),
                ("account_type", "=", "asset_receivable"),
            ]
        )
        return set(accounts.mapped("code"))

    @api.model
    def _neutral_row(self, row, word):
        row = list(row)
        if row[LABEL] != "/":
            row[LABEL] = f"{word} {row[NUMBER]}"
        if row[PIECE] != "-":
            row[PIECE] = row[NUMBER]
        return row

    @api.model
    def _words(self):
        """Return {journal code: neutral word}; in French, as the file is."""
        known = {"sale": "Honoraires", **dict.fromkeys(MONEY_JOURNALS, "Encaissement")}
        return {
            journal.code: known[journal.type]
            for journal in self._journals()
            if journal.type in known
        }

    @api.model
    def _journals(self):
        companies = self.env.company._accessible_branches()
        return (
            self.env["account.journal"]
            .with_context(active_test=False)
            .search([("company_id", "in", companies.ids)])
        )


def _entry(row):
    return row[JOURNAL], row[NUMBER]


def _amount(text):
    """Read a sum as the file has it: spaces, a decimal comma."""
    return float(text.strip().replace(",", ".") or 0)


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_neutral_labels = fields.Boolean(
        "No names in the receipts book and the FEC",
        help="Debtors appear by their number, entries by theirs: what an accountant or "
        "the tax office reads tells nobody who was cared for.",
    )
