"""The buyer tells the debtors of what it bought, and a month later reminds them; the
practice has its statement."""

from datetime import timedelta

from odoo import fields

from odoo.addons.recouv_lib.demo import clock
from odoo.addons.recouv_lib.demo.invoices import QUIET
from odoo.addons.recouv_lib.demo.practices import AGENCY, company_of, user_of

#: days before today; the ready schedule reminds 31 days after the notification
POSTED, PRESENTED, REMINDED = 49, 46, 14
#: states of a notice that has left
LEFT = ("sent", "delivered")
#: of a textbook, not the agency's dedicated account
IBAN = "FR7630004008230004567890175"


def live(env, schedules, tell):
    """Notify the debtors of these schedules, present the letters, tell the practice.

    :param schedules: schedules transferred, some days ago
    """
    today = fields.Date.today()
    company = company_of(env, AGENCY)
    context = {
        **env.context,
        **QUIET,
        "allowed_company_ids": company.ids,
        "lang": "fr_FR",
        "tz": "Europe/Paris",
    }
    buyer = env(user=user_of(env, "agence").id, su=False, context=context)
    account = env["res.partner.bank"].create(
        {"acc_number": IBAN, "partner_id": company.partner_id.id}
    )
    company.recouv_assignee_bank_id = account
    with clock.at(today - timedelta(days=POSTED)) as moment:
        letters = _post(buyer, company, moment.date())
    with clock.at(today - timedelta(days=PRESENTED)) as moment:
        letters.filtered(
            lambda letter: letter.channel == "registered_letter"
        )._record_presentation(moment.date())
    tell(f"{company.name} : {len(letters)} cessions notifiées aux débiteurs")
    # texts leave on working days, in the hours of the day
    day, calendar = today - timedelta(days=REMINDED), company._recouv_calendar()
    while not calendar.is_working(day):
        day += timedelta(days=1)
    with clock.at(day, hour=10):
        reminders = _remind(buyer, company, day)
    tell(f"{company.name} : {len(reminders)} rappels du cessionnaire envoyés")
    _state(env, schedules)


def _post(buyer, company, day):
    """The letters of one day, printed and posted."""
    run = buyer["recouv.run"].create(
        {"company_id": company.id, "capacity": "assignee", "date": day}
    )
    run.action_propose()
    if run.notice_ids:
        run.action_execute()
    letters = run.notice_ids.filtered(lambda notice: notice.state == "printed")
    for rank, letter in enumerate(letters):
        letter.tracking_ref = f"2C{company.id:03}{rank:08}"
    letters._mark_posted(day)
    return letters


def _remind(buyer, company, day):
    """The buyer's own reminders of one day, once its notifications stood a month."""
    run = buyer["recouv.run"].create(
        {"company_id": company.id, "capacity": "assignee", "date": day}
    )
    run.action_propose()
    if run.notice_ids:
        run.action_execute()
    return run.notice_ids.filtered(lambda notice: notice.state in LEFT)


def _state(env, schedules):
    """The practice's statement of the week in which it sold."""
    for schedule in schedules:
        practice = schedule.company_id
        contract = schedule.contract_id
        contract.sudo().statement_frequency = "weekly"
        contract.sudo().statement_form = "screen"
        day = schedule.transferred_on + timedelta(days=7)
        statements = env["recouv.assignment.statement"]
        statements._generate(practice, contract.agency_id, day)
