from collections import defaultdict
from datetime import date

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..lib import matching, reference
from ..lib.matching import Evidence

# More open items of the same few amounts than this say nothing about who pays.
MAX_SAME_AMOUNT = 20_000
# The letters with accents that French names have, for comparing names in SQL.
ACCENTS = "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸàâäçéèêëîïôöùûüÿ"
PLAIN = "AAACEEEEIIOOUUUY" * 2


class RecouvBankMatcher(models.AbstractModel):
    """Searches what movements of the bank pay, many movements at a time.

    Each rule gathers evidence for all movements of a batch with a fixed number of
    queries; `lib.matching` then weighs it against the amounts. Another add-on adds a
    rule by extending :meth:`_rules` and says what its evidence means by extending
    ``recouv.bank.match._reason_sentences``.

    Everything is read as superuser, because payments, bank accounts and branches are
    not all for a secretary; each query is limited to the company of the movements,
    whose access the caller checked.
    """

    _name = "recouv.bank.matcher"
    _description = "Search of what bank movements pay"

    @api.model
    def _rules(self):
        """Names of the methods ``(batch) -> iterable of Evidence``, in any order."""
        return [
            "_evidence_references",
            "_evidence_invoice_references",
            "_evidence_numbers",
            "_evidence_other_numbers",
            "_evidence_payments",
            "_evidence_partners",
            "_evidence_accounts",
            "_evidence_history",
            "_evidence_names",
            "_evidence_amounts",
        ]

    @api.model
    def _propose(self, st_lines, rules=None):
        """Search what statement lines pay.

        :param rules: names of the rules to use; all of :meth:`_rules` when None
        :return: {id of the line: list of values of ``recouv.bank.match``, best first}
        """
        found = {}
        # Browsed anew, so that all are read together, wherever they come from.
        movements = st_lines.sudo().browse(st_lines.ids)
        for company, lines in movements.grouped("company_id").items():
            batch = Batch(lines, company)
            evidence = defaultdict(list)
            for rule in self._rules() if rules is None else rules:
                for one in getattr(self.sudo(), rule)(batch):
                    evidence[one.line_id].append(one)
            found.update(self._weigh(batch, evidence))
        return found

    @api.model
    def _weigh(self, batch, evidence):
        items = self._items(batch, evidence)
        book = matching.Book(self._book_items(items))
        by_id = {item.id: item for item in items}
        return {
            line_id: [
                self._proposal_vals(batch, proposal, by_id)
                for proposal in matching.propose(batch.facts[line_id], found, book)
            ]
            for line_id, found in evidence.items()
        }

    # --- items ------------------------------------------------------------------

    @api.model
    def _open_domain(self, batch):
        """Open receivable items of the company and its branches."""
        # "reconciled = False" becomes what core's partial index of open items covers.
        return Domain(
            [
                ("company_id", "child_of", batch.company.id),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("account_id", "in", self._receivable_accounts(batch)),
            ]
        )

    @api.model
    def _receivable_accounts(self, batch):
        if batch.receivable_ids is None:
            batch.receivable_ids = (
                self.env["account.account"]
                .with_company(batch.company)
                .search([("account_type", "=", "asset_receivable")])
                .ids
            )
        return batch.receivable_ids

    @api.model
    def _items(self, batch, evidence):
        """All open items that the evidence speaks of, in one query.

        The items of a debtor come whole, because a payment may be for all of them.
        """
        everything = [one for found in evidence.values() for one in found]
        item_ids = {item_id for one in everything for item_id in one.item_ids}
        partner_ids = {one.partner_id for one in everything if one.partner_id}
        debtors = Domain("partner_id", "in", list(partner_ids))
        domain = self._open_domain(batch) & debtors
        if item_ids:
            # Named items may be on other accounts (payments under way, …).
            domain |= Domain([("id", "in", list(item_ids)), ("reconciled", "=", False)])
        names = ["partner_id", "amount_residual_currency", "currency_id", "move_name"]
        return self.env["account.move.line"].search_fetch(
            domain, [*names, "date_maturity", "date", "name", "payment_id"]
        )

    @api.model
    def _book_items(self, items):
        for item in items:
            currency = item.currency_id
            yield matching.Item(
                id=item.id,
                partner_id=item.partner_id.id,
                residual=to_units(item.amount_residual_currency, currency),
                currency=currency.name,
                # A payment that was entered goes before an invoice of the same sum.
                due=date.min if item.payment_id else item.date_maturity or item.date,
                number=item.move_name or "",
            )

    # --- proposals --------------------------------------------------------------

    @api.model
    def _proposal_vals(self, batch, proposal, by_id):
        currency = batch.currencies[proposal.currency]
        lines = [
            self._allocation_vals(batch.company, by_id[item_id], units, currency)
            for item_id, units in proposal.allocations
        ]
        return {
            "rule": proposal.rule,
            "score": proposal.score,
            "reasons": proposal.reasons,
            "partner_id": proposal.partner_id,
            "match_currency_id": currency.id,
            "rest": from_units(proposal.rest, currency),
            "line_ids": [(0, 0, vals) for vals in lines],
        }

    @api.model
    def _allocation_vals(self, company, item, units, currency):
        return {
            "company_id": company.id,
            "move_line_id": item.id,
            "label": item.move_name or item.name,
            "partner_id": item.partner_id.id,
            "date_due": item.date_maturity or item.date,
            "residual": item.amount_residual_currency,
            "amount": from_units(units, currency),
        }

    # --- evidence: references and numbers -----------------------------------------

    @api.model
    def _evidence_references(self, batch):
        """ISO 11649 references of notices: the notice names its items."""
        lines_of = batch.lines_by_reference()
        Notice = self.env["recouv.notice"]
        notices = Notice.search(
            [
                ("payment_reference", "in", list(lines_of)),
                ("company_id", "=", batch.company.id),
            ]
        )
        for notice in notices:
            items = notice.line_ids.move_line_id
            known = reference.canonical(notice.payment_reference)
            values = {"reference": reference.print_reference(known)}
            # A notice without items of this company (a mandate) is another's business.
            for line_id in lines_of.get(known, ()) if items else ():
                yield Evidence(
                    line_id, "notice", tuple(items.ids), notice.partner_id.id, values
                )

    @api.model
    def _evidence_invoice_references(self, batch):
        """Structured references that invoices carry themselves (RF…, QRR)."""
        lines_of = batch.lines_by_reference()
        variants = {}
        for known in lines_of:
            variants[known] = known
            variants[reference.print_reference(known)] = known
        items = self.env["account.move.line"].search_fetch(
            self._open_domain(batch)
            & Domain("move_id.payment_reference", "in", list(variants)),
            ["move_id", "partner_id"],
        )
        for item in items:
            written = item.move_id.payment_reference
            for line_id in lines_of[variants[written]]:
                yield Evidence(
                    line_id,
                    "structured",
                    (item.id,),
                    item.partner_id.id,
                    {"reference": written},
                )

    @api.model
    def _evidence_numbers(self, batch):
        """Invoice numbers in the text; an index on open invoices answers this."""
        return self._numbers(
            batch, "move_name", Domain("display_type", "=", "payment_term")
        )

    @api.model
    def _evidence_other_numbers(self, batch):
        """Numbers of entries that are no invoices, such as an opening balance."""
        return self._numbers(batch, "name", Domain("move_id.move_type", "=", "entry"))

    @api.model
    def _numbers(self, batch, name, domain):
        keys = list(batch.lines_by_number())
        if not keys:
            return

        def same_digits(model, alias, query):
            return SQL(
                "regexp_replace(%s, '[^0-9]', '', 'g') = ANY(%s)",
                model._field_to_sql(alias, name, query),
                keys,
            )

        items = self.env["account.move.line"].search_fetch(
            self._open_domain(batch) & domain & Domain.custom(to_sql=same_digits),
            [name, "partner_id"],
        )
        for item in items:
            yield from self._number_evidence(batch, item[name], item)

    @api.model
    def _number_evidence(self, batch, number, item):
        for line_id in batch.lines_by_number()[matching.digits(number)]:
            text, keys = batch.text(line_id), batch.numbers[line_id]
            code = matching.compare_number(number, text, keys)
            if code:
                yield Evidence(
                    line_id, code, (item.id,), item.partner_id.id, {"number": number}
                )

    # --- evidence: payments that were entered ---------------------------------------

    @api.model
    def _evidence_payments(self, batch):
        """Payments under way of the same account, amount and direction.

        One that has an entry is matched by its line on the outstanding account; one
        that has none, by the invoices it was entered for.
        """
        amounts = {abs(line.amount) for line in batch.lines}
        payments = self.env["account.payment"].search(
            [
                # Without an accounting app a payment is "paid" from the start.
                ("state", "in", ("in_process", "paid")),
                ("is_matched", "=", False),
                ("journal_id", "in", batch.lines.journal_id.ids),
                ("amount", "in", list(amounts)),
            ],
            limit=MAX_SAME_AMOUNT,
        )
        by_sum = defaultdict(list)
        for payment in payments:
            by_sum[self._payment_key(payment)].append(payment)
        for line in batch.lines:
            key = (line.journal_id, line.currency_id, line.amount)
            yield from self._payment_evidence(batch, line, by_sum.get(key, ()))

    @api.model
    def _payment_key(self, payment):
        sign = 1 if payment.payment_type == "inbound" else -1
        return payment.journal_id, payment.currency_id, sign * payment.amount

    @api.model
    def _payment_evidence(self, batch, line, payments):
        """Said by its number or memo in the text; by the amount alone if only one."""
        words = matching.name_words(line.partner_name or line.payment_ref)
        for payment in payments:
            items = self._payment_items(payment)
            named = any(
                matching.compare_number(text, batch.text(line.id))
                for text in (payment.name, payment.memo)
            )
            alike = matching.compare_names(payment.partner_id.name, words)
            weight = 80 if named else 70 if alike == "name" else 40
            if items and (named or alike or len(payments) == 1):
                yield Evidence(
                    line.id,
                    "payment",
                    tuple(items.ids),
                    payment.partner_id.commercial_partner_id.id,
                    {"number": payment.name or payment.memo or ""},
                    weight=weight,
                )

    @api.model
    def _payment_items(self, payment):
        if payment.move_id:
            liquidity, _counterpart, _writeoff = payment._seek_for_lines()
            return liquidity.filtered(lambda item: item.account_id.reconcile)
        return payment.invoice_ids.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable" and not item.reconciled
        )

    # --- evidence: who paid ---------------------------------------------------------

    @api.model
    def _evidence_partners(self, batch):
        """The debtor that the movement already names."""
        for line in batch.lines.filtered("partner_id"):
            partner = line.partner_id.commercial_partner_id
            yield Evidence(line.id, "partner", partner_id=partner.id)

    @api.model
    def _evidence_accounts(self, batch):
        """The payer's account is known on a debtor."""
        lines_of = batch.lines_by_account()
        for account, partners in self._partners_by_account(
            lines_of, batch.company
        ).items():
            for partner_id in partners:
                for line_id in lines_of[account]:
                    yield Evidence(line_id, "iban", partner_id=partner_id)

    @api.model
    def _partners_by_account(self, accounts, company):
        """{account: ids of the debtors of this company who have it}, one query."""
        found = defaultdict(list)
        if not accounts:
            return found
        # As superuser: the accounts of contacts are not for a secretary; only the
        # contact is given back, and only if it is one of this company.
        banks = (
            self.env["res.partner.bank"]
            .sudo()
            .search_fetch(
                [
                    ("sanitized_acc_number", "in", list(accounts)),
                    ("company_id", "in", [False, company.id]),
                    ("partner_id.company_id", "in", [False, company.id]),
                ],
                ["sanitized_acc_number", "partner_id"],
            )
        )
        for bank in banks:
            partner_id = bank.partner_id.commercial_partner_id.id
            if partner_id not in found[bank.sanitized_acc_number]:
                found[bank.sanitized_acc_number].append(partner_id)
        return found

    @api.model
    def _evidence_history(self, batch):
        """The payer's account has paid for a debtor before (a parent for a child).

        Kept apart from the accounts of contacts: money must never be sent to it.
        """
        lines_of = batch.lines_by_account()
        if not lines_of:
            return
        groups = self.env["recouv.bank.match"]._read_group(
            [
                ("state", "=", "applied"),
                ("company_id", "=", batch.company.id),
                ("statement_line_id.account_number", "in", list(lines_of)),
                ("partner_id", "!=", False),
            ],
            ["statement_line_id.account_number", "partner_id"],
        )
        for account, partner in groups:
            for line_id in lines_of.get(account, ()):
                yield Evidence(line_id, "history", partner_id=partner.id, weight=55)

    @api.model
    def _evidence_names(self, batch):
        """A debtor with open items has all the words of the payer's name, in any order.

        Compared in SQL on sorted words without accents and titles.
        """
        lines_of = batch.lines_by_name()
        if not lines_of:
            return
        query = self.env["account.move.line"]._search(self._open_domain(batch))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT debtor.id, words.sorted
                  FROM res_partner debtor
            CROSS JOIN LATERAL (
                SELECT string_agg(word, ' ' ORDER BY word) AS sorted
                  FROM (SELECT DISTINCT regexp_split_to_table(
                            upper(translate(debtor.name, %s, %s)), '[^A-Z0-9]+'
                        ) AS word) split
                 WHERE word != '' AND word != ALL(%s)
                       ) words
                 WHERE words.sorted = ANY(%s) AND debtor.id IN %s
                """,
                ACCENTS,
                PLAIN,
                sorted(matching.TITLES),
                list(lines_of),
                query.subselect(SQL.identifier(query.table, "partner_id")),
            )
        )
        for partner_id, name in rows:
            for line_id in lines_of[name]:
                yield Evidence(line_id, "name", partner_id=partner_id)

    @api.model
    def _evidence_amounts(self, batch):
        """Open items of exactly the amount, whose debtor's name is in the text.

        Where only one item has the amount, that says a little by itself.
        """
        lines_of = batch.lines_by_amount()
        items = self.env["account.move.line"].search_fetch(
            self._open_domain(batch)
            & Domain("amount_residual_currency", "in", batch.amounts()),
            ["amount_residual_currency", "currency_id", "partner_id"],
            limit=MAX_SAME_AMOUNT,
        )
        # One query for all names, and nothing of the debtors but their names.
        items.partner_id.fetch(["name"])
        all_seen = len(items) < MAX_SAME_AMOUNT
        of_amount = defaultdict(list)
        for item in items:
            units = to_units(item.amount_residual_currency, item.currency_id)
            of_amount[item.currency_id.name, units].append(item)
        for key, same in of_amount.items():
            debtors = Debtors(same)
            for line_id in lines_of.get(key, ()):
                yield from debtors.evidence(batch.facts[line_id])
                if all_seen and len(same) == 1:
                    partner_id = same[0].partner_id.id
                    yield Evidence(line_id, "amount", (same[0].id,), partner_id)


class Batch:
    """Movements of one company, and what their texts hold, read once."""

    def __init__(self, lines, company):
        self.lines = lines
        self.company = company
        self.receivable_ids = None
        self.currencies = {}
        self.facts = {line.id: self._fact(line) for line in lines}
        self.numbers = {
            line_id: matching.number_keys(fact.text)
            for line_id, fact in self.facts.items()
        }
        self._by_number = None

    def _fact(self, line):
        amounts = {}
        for amount, currency in (
            (line.amount, line.currency_id),
            (line.amount_currency, line.foreign_currency_id),
        ):
            if currency:
                self.currencies[currency.name] = currency
                amounts[currency.name] = to_units(amount, currency)
        details = line.transaction_details or {}
        parts = [line.payment_ref, details.get("end_to_end_id"), line.ref]
        text = " ".join(part for part in parts if part)
        return matching.Line(line.id, amounts, text, line.partner_name or "")

    def text(self, line_id):
        return self.facts[line_id].text

    def amounts(self):
        """All amounts as the database keeps them."""
        return [
            from_units(units, self.currencies[name])
            for fact in self.facts.values()
            for name, units in fact.amounts.items()
        ]

    def lines_by_reference(self):
        """Structured reference → ids of the movements that carry it."""
        found = defaultdict(list)
        for line in self.lines:
            details = line.transaction_details or {}
            written = [
                reference.compact(ref) for ref in details.get("references") or []
            ]
            for known in {*written, *reference.find_references(self.text(line.id))}:
                found[known].append(line.id)
        return found

    def lines_by_number(self):
        if self._by_number is None:
            self._by_number = defaultdict(list)
            for line_id, keys in self.numbers.items():
                for key in keys:
                    self._by_number[key].append(line_id)
        return self._by_number

    def lines_by_account(self):
        found = defaultdict(list)
        for line in self.lines:
            if line.account_number:
                found[line.account_number].append(line.id)
        return found

    def lines_by_name(self):
        """Sorted words of the payer's name → ids; one word alone is no name."""
        found = defaultdict(list)
        for line_id, fact in self.facts.items():
            words = matching.name_words(fact.name)
            if len(words) > 1:
                found[" ".join(sorted(words))].append(line_id)
        return found

    def lines_by_amount(self):
        found = defaultdict(list)
        for line_id, fact in self.facts.items():
            for key in fact.amounts.items():
                found[key].append(line_id)
        return found


class Debtors:
    """The debtors of some items, found by the words of their names."""

    def __init__(self, items):
        self.names = {item.partner_id.id: item.partner_id.name for item in items}
        self.by_word = defaultdict(set)
        for partner_id, name in self.names.items():
            for word in matching.name_words(name):
                self.by_word[word].add(partner_id)

    def evidence(self, fact):
        """Evidence for each debtor whose name the payer's name or the text holds."""
        words = matching.name_words(fact.name or fact.text)
        alike = {one for word in words for one in self.by_word.get(word, ())}
        for partner_id in alike:
            code = matching.compare_names(self.names[partner_id], words)
            # Words of a free text are a weaker sign than a name in its own field.
            code = "name_close" if code and not fact.name else code
            if code:
                yield Evidence(fact.id, code, partner_id=partner_id)


def to_units(amount, currency):
    """An amount as a whole number of the currency's smallest unit."""
    return round((amount or 0.0) / currency.rounding)


def from_units(units, currency):
    return currency.round(units * currency.rounding)
