"""One practice insures what companies owe it: a limit, a loss, its indemnity."""

from datetime import timedelta

from odoo import Command, fields

from odoo.addons.recouv_lib.demo import clock
from odoo.addons.recouv_lib.demo.invoices import QUIET
from odoo.addons.recouv_lib.demo.practices import KINE, company_of, user_of

INSURER = ("Assurance-Crédit de l'Ouest", "2 rue du Risque", "44000", "Nantes")
#: debtor, address, limit asked, limit agreed (None: no answer yet)
DEBTORS = (
    ("Club omnisports du Blosne", "8 avenue de Cork", 40000, 30000),
    ("Résidence des Tilleuls", "5 rue de Brest", 8000, 8000),
    ("Studio Danse & Forme", "11 rue Vasselot", 3000, 0),
)
#: sums of the invoices to the club, which goes bankrupt
SALES = (25000.0, 15000.0)
#: days before today
STARTED, SOLD, NOTICED, DECLARED, SETTLED, PAID_SINCE = 330, 300, 258, 230, 60, 20
#: paid by the club's liquidator after the indemnity, and what it cost to get it
DIVIDEND, COSTS = 4200.0, 200.0


def prepare(env):
    """Make the policy, its limits and the invoices that they cover."""
    practice, today = _practice(env), fields.Date.today()
    with clock.at(today - timedelta(days=STARTED)):
        policy = _policy(practice, today - timedelta(days=STARTED))
        debtors = [_partner(practice, *debtor[:2]) for debtor in DEBTORS]
        for debtor, (_name, _street, asked, agreed) in zip(
            debtors, DEBTORS, strict=True
        ):
            _limit(practice, policy, debtor, asked, agreed)
    for rank, amount in enumerate(SALES):
        day = today - timedelta(days=SOLD - rank)
        with clock.at(day):
            _invoice(practice, debtors[0], amount, day)
    with clock.at(today - timedelta(days=SOLD - len(SALES))):
        practice["recouv.hold"].create(
            {
                "company_id": practice.company.id,
                "partner_id": debtors[0].id,
                "reason": "insurer",
                "note": "Confié au service de recouvrement de l’assureur.",
            }
        )
    with clock.at(today - timedelta(days=15)):
        _invoice(practice, debtors[1], 2400.0, today - timedelta(days=15))


def play(env):
    """Live through the loss: notice, declaration, indemnity, what came since."""
    practice, today = _practice(env), fields.Date.today()
    story = (
        (NOTICED, _notify),
        (DECLARED, _declare),
        (SETTLED, _receive),
        (PAID_SINCE, _share),
    )
    for ago, act in story:
        day = today - timedelta(days=ago)
        with clock.at(day):
            act(practice, day)
            env.cr.commit()  # pylint: disable=invalid-commit


def table(env):
    """Return (title, headers, rows): what became of the insured debtors."""
    rows = []
    for limit in env["recouv.insurance.limit"].search([], order="id"):
        losses = env["recouv.insurance.loss"].search(
            [("partner_id", "=", limit.partner_id.id)]
        )
        remitted = losses.recovery_ids.filtered("remitted_on")
        rows.append(
            [
                limit.partner_id.name,
                limit.amount_agreed,
                sum(losses.mapped("amount_settled")),
                sum(losses.mapped("amount_payable")),
                sum(losses.mapped("amount_received")),
                sum(remitted.mapped("amount_insurer")),
            ]
        )
    _ = env._
    headers = (
        _("Debtor"), _("Limit"), _("Unpaid"), _("Indemnity"), _("Received"),
        _("Remitted"),
    )  # fmt: skip
    return _("Credit insurance"), headers, rows


# --- before the loss ------------------------------------------------------------------


def _practice(env):
    company = company_of(env, KINE)
    context = {
        **env.context,
        **QUIET,
        "allowed_company_ids": company.ids,
        "lang": "fr_FR",
        "tz": "Europe/Paris",
    }
    return env(user=user_of(env, "kine").id, su=False, context=context)


def _partner(env, name, street, zip_code="35200", city="Rennes"):
    return env["res.partner"].create(
        {
            "name": name,
            "is_company": True,
            "company_id": env.company.id,
            "street": street,
            "zip": zip_code,
            "city": city,
            "country_id": env.ref("base.fr").id,
            "lang": "fr_FR",
        }
    )


def _policy(env, start):
    policy = env["recouv.insurance.policy"].create(
        {
            "name": "AC-350-1187",
            "insurer_id": _partner(env, *INSURER).id,
            "date_from": start,
            "sector": "Kinésithérapie",
            "minimum_premium": 600.0,
            "provisional_premium": 800.0,
            "instalments": "4",
            "file_fee": 25.0,
            "waiting_months": 5,
            "notice_days": 30,
            "max_credit_days": 60,
            "maximum_multiple": 40.0,
            "rate_ids": [
                Command.create({"debtor_kind": "professional", "rate": 0.9}),
                Command.create(
                    {"debtor_kind": "professional", "max_days": 30, "rate": 0.6}
                ),
            ],
        }
    )
    policy.action_activate()
    # the premium of the year is fixed by its turnover; the first one is booked now
    policy.premium_ids.sorted("date")[:1].action_book()
    return policy


def _limit(env, policy, debtor, asked, agreed):
    limit = env["recouv.insurance.limit"].create(
        {"policy_id": policy.id, "partner_id": debtor.id, "amount_asked": asked}
    )
    limit.action_ask()
    reason = agreed < asked and "Comptes non publiés"
    limit._answer(agreed, policy.date_from, reason=reason)


def _invoice(env, debtor, amount, day):
    # before the practice goes live: its first journal of sales
    journal = env["account.journal"].search(
        [("company_id", "=", env.company.id), ("type", "=", "sale")], limit=1
    )
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": debtor.id,
            "journal_id": journal.id,
            "invoice_date": day,
            "invoice_date_due": day + timedelta(days=30),
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "Convention de suivi",
                        "quantity": 1,
                        "price_unit": amount,
                        "tax_ids": [],
                    }
                )
            ],
        }
    )
    move.action_post()
    move.is_move_sent = True


# --- the loss -------------------------------------------------------------------------


def _loss(env):
    return env["recouv.insurance.loss"].search([], limit=1)


def _notify(env, _day):
    rows = env["recouv.insurance.cover"].search(
        [("partner_id.name", "=", DEBTORS[0][0]), ("company_id", "=", env.company.id)]
    )
    env["recouv.insurance.loss"]._prepare(rows)
    _loss(env).action_notify()


def _declare(env, _day):
    _loss(env).action_declare()


def _receive(env, day):
    loss = _loss(env)
    loss._settle()
    env["recouv.insurance.payment"]._take(
        loss, loss.amount_payable, day, journal=_bank(env)
    )
    loss.action_tell_debtor()


def _share(env, day):
    """The liquidator pays a part to the practice, which remits the insurer's share."""
    loss = _loss(env)
    invoice = loss.line_ids.move_id.filtered(lambda move: move.amount_residual)[:1]
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=invoice.ids
    ).create(
        {"payment_date": day, "amount": DIVIDEND, "journal_id": _bank(env).id}
    )._create_payments()
    recoveries = env["recouv.insurance.recovery"]
    credit = loss._payments_since()
    if not credit:  # payments without an entry wait for the bank
        return
    recovery = recoveries._take_payment(loss, credit[:1], COSTS, day)
    recovery._remit(day, journal=_bank(env))


def _bank(env):
    return env["account.journal"].search(
        [("company_id", "=", env.company.id), ("type", "=", "bank")], limit=1
    )
