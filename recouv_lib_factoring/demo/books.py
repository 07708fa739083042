"""What becomes of sold receivables, and the books of both companies."""

import base64
from datetime import timedelta

from odoo import Command, fields

from odoo.addons.recouv_lib.demo import clock
from odoo.addons.recouv_lib.demo.practices import user_of

#: after the deed
PAID = timedelta(days=2)
#: accounts of a sale, by the setting that names them, as they are printed
ACCOUNTS = (
    "recouv_assignment_account_id",
    "recouv_holdback_account_id",
    "recouv_commission_account_id",
    "recouv_financing_account_id",
    "recouv_acquired_account_id",
    "recouv_assignors_account_id",
    "recouv_loss_account_id",
    "transfer_account_id",
)


def live(env, schedules, tell):
    """Pay the price of these schedules; then one debtor pays the buyer, one pays the
    practice, one disputes, one is lost.

    :param schedules: transferred ``recouv.assignment`` of one practice
    :param tell: called with a sentence for each thing done
    """
    for schedule in schedules:
        with clock.at(schedule.transferred_on + PAID):
            schedule._pay_price()
    tell(f"cession : bordereaux payés : {len(schedules)}")
    lines = schedules.line_ids.filtered(lambda line: line.state == "transferred")
    paid, mistaken, disputed, lost = (lines[rank : rank + 1] for rank in range(4))
    if paid:
        pay_buyer(paid)
        tell("cession : un débiteur paie le cessionnaire")
    if mistaken:
        mistaken._note_collected(pay_practice(mistaken)).action_pay()
        tell(
            "cession : un débiteur paie le cabinet par erreur, reversé au cessionnaire"
        )
    if disputed:
        ask_back(disputed)
        tell(
            "cession : une créance contestée est rachetée, avec l’accord du "
            "cessionnaire et un acte, à déduire de son prochain paiement"
        )
    if lost:
        bought = lost.purchase_id
        buyer = bought.with_user(user_of(env, "agence"))
        purchase = buyer.with_context(lang="fr_FR").with_company(bought.company_id)
        purchase._note_loss("insolvent", "Liquidation close, plus rien à saisir.")
        tell("cession : une créance est perdue, par le cessionnaire seul")
    env.cr.commit()


def ask_back(line):
    """The practice asks for a disputed receivable with its document; the buyer agrees,
    and the deed is made."""
    letter = line.env["recouv.document"]._pdf(
        "<!DOCTYPE html><p>La note est contestée.</p>", "Contestation"
    )
    content = base64.b64encode(letter)
    seller, buyer = (user_of(line.env, login) for login in ("medecin", "agence"))
    sold = line.with_user(seller).sudo()
    asked = sold._ask_buy_back("disputed", content, "contestation.pdf")
    asked.with_user(buyer).sudo().action_accept()


def pay_buyer(line):
    """The debtor pays what he owes the buyer, at its bank."""
    item = line.purchase_id.item_id
    _settle(item, _receipt(item.company_id, item, item.amount_residual))


def pay_practice(line):
    """The debtor pays the practice what it has sold; return the open credit."""
    item = line.origin_line_id
    return _receipt(item.company_id, item, line.purchase_id.item_id.amount_residual)


def _receipt(company, item, amount):
    """Book money at a company's bank; return what it leaves on the debtor's account."""
    moves = item.env["account.move"].with_company(company)
    journal = moves.env["account.journal"].search(
        [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
    )
    move = moves.create(
        {
            "journal_id": journal.id,
            "date": fields.Date.context_today(item),
            "line_ids": [
                Command.create(
                    {
                        "name": "Virement reçu",
                        "account_id": account.id,
                        "partner_id": item.partner_id.id,
                        "balance": balance,
                    }
                )
                for account, balance in (
                    (journal.default_account_id, amount),
                    (item.account_id, -amount),
                )
            ],
        }
    )
    move.action_post()
    return move.line_ids.filtered(lambda line: line.balance < 0)


def _settle(item, credit):
    (item + credit).reconcile()


def table(env):
    """Both companies' books of the sales: title, headers, rows."""
    _, contracts = env._, env["recouv.factoring.contract"].search([])
    rows = []
    for company in contracts.company_id | contracts.agency_id:
        for account, balance in _balances(env, company):
            money = company.currency_id.format(balance)
            rows.append([company.name, account.code, account.name, money])
    headers = (_("Company"), _("Account"), _("Name"), _("Balance"))
    return _("Books of the sales"), headers, rows


def _balances(env, company):
    """Return [(account, balance)] of the accounts of a sale, zeros left out."""
    own = env(context=dict(env.context, allowed_company_ids=company.ids))
    accounts = own["account.account"].union(
        *(own["res.company"].browse(company.id)[fname] for fname in ACCOUNTS)
    )
    sums = own["account.move.line"]._read_group(
        [
            ("company_id", "=", company.id),
            ("account_id", "in", accounts.ids),
            ("parent_state", "=", "posted"),
        ],
        ["account_id"],
        ["balance:sum"],
    )
    balances = [(account, company.currency_id.round(sum_)) for account, sum_ in sums]
    return [(account, sum_) for account, sum_ in balances if sum_]
