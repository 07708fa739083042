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
ACCENTS = "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸ"
PLAIN = "AAACEEEEIIOOUUUY"


class RecouvBankMatcher(models.AbstractModel):
    """Searches what movements of the bank pay, many movements at a time.

    Each rule gathers evidence for all movements of a batch with a fixed number of
    queries; `lib.matching` then weighs it against the amounts. Another add-on adds a
    rule by extending :meth:`_rules` and says what its evidence means by extending
    ``recouv.bank.match._reason_sentences``.

    Everything is read as superuser, because a secretary does not read entries; each
    query is limited to the company of the movements, whose access the caller checked.
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
    def _propose(self, st_lines):
        """Search what statement lines pay.

        :return: {id of the line: list of values of ``recouv.bank.match``, best first}
        """
        found = {}
        for company, lines in st_lines.sudo().grouped("company_id").items():
            batch = Batch(lines, company)
            evidence = defaultdict(list)
            for rule in self._rules():
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

    # --- items -------------------------------------------------------------------

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
            domain |= Domain(
                [("id", "in", list(item_ids)), ("reconciled", "=", False)]
            )
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

    # --- proposals ---------------------------------------------------------------

    @api.model
    def _proposal_vals(self, batch, proposal, by_id):
        currency = batch.currencies[proposal.currency]
        lines = [
            self._allocation_vals(by_id[item_id], units, currency)
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
    def _allocation_vals(self, item, units, currency):
        return {
            "move_line_id": item.id,
            "label": item.move_name or item.name,
            "partner_id": item.partner_id.id,
            "date_due": item.date_maturity or item.date,
            "residual": item.amount_residual_currency,
            "amount": from_units(units, currency),
        }

    # --- evidence: references and numbers ------------------------------------------

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
        """Invoice numbers in the text, by their digits (index on open invoices)."""
        digits = SQL("regexp_replace(%s, '[^0-9]', '', 'g')", SQL("move_name"))
        domain = Domain("display_type", "=", "payment_term")
        return self._numbers(batch, domain, digits, "move_name")

    @api.model
    def _evidence_other_numbers(self, batch):
        """Numbers of entries that are no invoices, such as an opening balance."""
        digits = SQL("regexp_replace(%s, '[^0-9]', '', 'g')", SQL("name"))
        domain = Domain("move_type", "=", "entry") & Domain("name", "!=", False)
        return self._numbers(batch, domain, digits, "name")

    @api.model
    def _numbers(self, batch, domain, digits, name):
        keys = list(batch.lines_by_number())
        if not keys:
            return
        Item = self.env["account.move.line"]
        domain = self._open_domain(batch) & domain
        query = Item._search(
            domain & Domain.custom(to_sql=lambda _m, _a, _q: SQL(
                "%s = ANY(%s)", digits, keys
            ))
        )
        items = Item.browse(query).fetch([name, "partner_id"])
        for item in items:
            yield from self._number_evidence(batch, item, item[name])
