"""The schedules that every company receives, ready to use (law.md §8.1, §10.2).

Written once, in English; French comes from the translations. Delays are the ones of
the sources (``delay_max_days`` where they give a range); a deadline given to the
debtor ends before the next step may leave. A practice changes its own copy freely.
"""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

CALL_SCRIPT = _lt(
    """<p><b>Speak to {{ object.text_debtor }} in person, to nobody else.</b></p>
<p>Hello, this is {{ object.text_sender }}. I am calling about {{ object.text_amount }},
reference {{ object.text_references }}, which we have not received. It may simply have
slipped your mind: when could you pay it?</p>
<ul>
<li>“I forgot.” – It happens. Shall we agree on a day?</li>
<li>“I thought it was all covered.” – A part remains yours; we gladly explain it.</li>
<li>“I cannot pay now.” – Several instalments, free of charge, are possible.</li>
<li>“I have paid.” – On which day, and how? We look and call back.</li>
<li>“I do not agree.” – I note it; you will receive an answer before anything else.</li>
</ul>
<p><b>Voicemail:</b> your name, the number {{ object.text_phone }}, “please call back”;
no reason, no sum.</p>"""
)
PAYER_SCRIPT = _lt(
    """<p>Hello, this is {{ object.text_sender }}, number
{{ object.text_professional_number }}. We await {{ object.text_amount }} for
{{ object.text_references }}.</p>
<ul>
<li>Under way: which day, which transfer reference?</li>
<li>Rejected: which reason, since when? It is corrected and sent again.</li>
<li>Never received: sent again today.</li>
</ul>"""
)

ACTION_PLAN = {
    "code": "action_plan",
    "name": _lt("Action plan: SMS and call, two letters, mise en demeure"),
    "description": _lt(
        "SMS and call over one to two weeks, a first letter after 10 to 15 days, a "
        "second one 10 to 15 days later, then a registered mise en demeure; the "
        "hand-over is decided after one to two months in all."
    ),
    "steps": [
        {
            "name": _lt("Reminder by SMS"),
            "channel": "sms", "anchor": "due_date",
            "delay_days": 1, "delay_max_days": 7, "deadline_days": 7,
            "max_attempts": 2, "fallback_channel": "email", "approval": "automatic",
            "sms": "sms_template_reminder", "mail": "mail_template_reminder",
        },
        {
            "name": _lt("Reminder by phone"),
            "channel": "call", "anchor": "previous_step",
            "delay_days": 8, "delay_max_days": 14,
            "max_attempts": 2, "approval": "automatic", "call_script": CALL_SCRIPT,
        },
        {
            "name": _lt("First letter"),
            "channel": "letter", "anchor": "previous_step",
            "delay_days": 10, "delay_max_days": 15, "deadline_days": 10,
            "fallback_channel": "email", "email_copy": True,
            "letter": "letter_template_first", "mail": "mail_template_reminder",
        },
        {
            "name": _lt("Second letter"),
            "channel": "letter", "anchor": "previous_step", "tone": "firm",
            "delay_days": 11, "delay_max_days": 15, "deadline_days": 10,
            "fallback_channel": "email",
            "letter": "letter_template_second", "mail": "mail_template_second",
        },
        {
            "name": _lt("Mise en demeure"),
            "channel": "registered_letter", "anchor": "previous_step",
            "tone": "formal", "is_formal_notice": True, "on_exhausted": "hold",
            "delay_days": 11, "delay_max_days": 15, "deadline_days": 15,
            "letter": "letter_template_formal_notice",
        },
        {
            "name": _lt("Decide the hand-over"),
            "channel": "handover", "anchor": "previous_step",
            "tone": "formal", "offer_plan": False,
        },
    ],
}  # fmt: skip

CALENDAR_15 = {
    "code": "calendar_15",
    "name": _lt("Calendar 15 / 15 / 15 from the end of care"),
    "description": _lt(
        "SMS in the first fifteen days after the end of care, a letter at 15 days, a "
        "second one at 30, a registered mise en demeure at 45, the last step before "
        "the court. Indicative: faster for large or recurring debts."
    ),
    "steps": [
        {
            "name": _lt("Reminder by SMS"),
            "channel": "sms", "anchor": "care_end",
            "delay_days": 5, "delay_max_days": 15, "deadline_days": 7,
            "max_attempts": 2, "fallback_channel": "email", "approval": "automatic",
            "sms": "sms_template_reminder", "mail": "mail_template_reminder",
        },
        {
            "name": _lt("First letter"),
            "channel": "letter", "anchor": "care_end",
            "delay_days": 15, "deadline_days": 14, "fallback_channel": "email",
            "letter": "letter_template_first", "mail": "mail_template_reminder",
        },
        {
            "name": _lt("Second letter"),
            "channel": "letter", "anchor": "previous_step", "tone": "firm",
            "delay_days": 15, "deadline_days": 14, "fallback_channel": "email",
            "letter": "letter_template_second", "mail": "mail_template_second",
        },
        {
            "name": _lt("Mise en demeure"),
            "channel": "registered_letter", "anchor": "previous_step",
            "tone": "formal", "is_formal_notice": True, "on_exhausted": "hold",
            "delay_days": 15, "deadline_days": 15,
            "letter": "letter_template_formal_notice",
        },
        {
            "name": _lt("Decide what comes next"),
            "channel": "handover", "anchor": "previous_step",
            "tone": "formal", "offer_plan": False,
        },
    ],
}  # fmt: skip

PHONE_REMINDERS = {
    "code": "phone_reminders",
    "name": _lt("Swiss reminders with phone call"),
    "description": _lt(
        "First reminder 45 to 55 days after the invoice, a personal one with a "
        "proposal of arrangement 30 days later, a call after 10 days, a formal letter "
        "10 days later only if nobody was reached, hand-over 25 days later. The "
        "patient may pay or ask for instalments at every step."
    ),
    "steps": [
        {
            "name": _lt("First reminder"),
            "channel": "letter", "anchor": "invoice_date",
            "delay_days": 45, "delay_max_days": 55, "deadline_days": 20,
            "fallback_channel": "email",
            "letter": "letter_template_first", "mail": "mail_template_reminder",
        },
        {
            "name": _lt("Personal reminder with proposal of arrangement"),
            "channel": "letter", "anchor": "previous_step",
            "delay_days": 30, "deadline_days": 9, "fallback_channel": "email",
            "letter": "letter_template_arrangement", "mail": "mail_template_second",
        },
        {
            "name": _lt("Reminder by phone"),
            "channel": "call", "anchor": "previous_step",
            "delay_days": 10, "max_attempts": 2, "approval": "automatic",
            "call_script": CALL_SCRIPT,
        },
        {
            "name": _lt("Formal letter, if the call failed"),
            "channel": "letter", "anchor": "previous_step",
            "condition": "call_failed", "tone": "formal",
            "delay_days": 10, "deadline_days": 20,
            "letter": "letter_template_last",
        },
        {
            "name": _lt("Decide the hand-over"),
            "channel": "handover", "anchor": "previous_step",
            "delay_days": 25, "tone": "formal",
        },
    ],
}  # fmt: skip

PAYERS = {
    "code": "payers",
    "capacity": "payer_followup",
    "name": _lt("Payers: e-mail, call, letters"),
    "description": _lt(
        "For health funds and insurers that do not answer: e-mail, call, letter, "
        "then a registered letter."
    ),
    "steps": [
        {
            "name": _lt("E-mail to the payer"),
            "channel": "email", "anchor": "due_date",
            "delay_days": 7, "deadline_days": 14, "max_attempts": 2,
            "fallback_channel": "letter", "approval": "automatic",
            "mail": "mail_template_payer", "letter": "letter_template_payer_first",
        },
        {
            "name": _lt("Call to the payer"),
            "channel": "call", "anchor": "previous_step",
            "delay_days": 15, "max_attempts": 2, "approval": "automatic",
            "call_script": PAYER_SCRIPT,
        },
        {
            "name": _lt("Letter to the payer"),
            "channel": "letter", "anchor": "previous_step", "tone": "firm",
            "delay_days": 15, "deadline_days": 14, "fallback_channel": "email",
            "letter": "letter_template_payer_second", "mail": "mail_template_payer",
        },
        {
            "name": _lt("Registered letter to the payer"),
            "channel": "registered_letter", "anchor": "previous_step",
            "tone": "formal", "is_formal_notice": True, "on_exhausted": "hold",
            "delay_days": 15, "deadline_days": 15,
            "letter": "letter_template_payer_formal_notice",
        },
    ],
}  # fmt: skip

AGENCY_SCRIPT = _lt(
    """<p><b>Speak to {{ object.text_debtor }} in person, to nobody else.</b></p>
<p>Hello, this is {{ object.text_sender }}. I am calling you for
{{ object.text_creditor }}, after {{ object.text_first_letter }}:
{{ object.text_amount }} remain to be paid. Is there something that prevents you?</p>
<ul>
<li>“I forgot.” – Shall we agree on a day?</li>
<li>“I cannot pay now.” – Several instalments are possible, free of charge.</li>
<li>“I have paid.” – When, to whom? I look and call you back.</li>
<li>“I do not agree.” – I note it; the practice answers before anything else.</li>
</ul>
<p><b>Voicemail:</b> your name, the number {{ object.text_phone }}, “please call back”;
no reason, no sum.</p>"""
)
# R124-4: the first contact is a letter, and every later one recalls it
AGENCY = {
    "code": "agency",
    "capacity": "mandatary",
    "name": _lt("Agency: letter, SMS, call, two letters"),
    "description": _lt(
        "The first letter with all that the law asks for (CPCE R124-4) as soon as the "
        "claim is accepted, then an SMS, a call, a firm letter and a last one before "
        "the practice is asked to choose the court or to stop."
    ),
    "steps": [
        {
            "name": _lt("First letter of the agency"),
            "channel": "letter", "anchor": "placement", "on_exhausted": "hold",
            "delay_days": 0, "deadline_days": 10,
            "letter": "letter_template_agency_first",
        },
        {
            "name": _lt("SMS of the agency"),
            "channel": "sms", "anchor": "previous_step",
            "delay_days": 11, "deadline_days": 7, "max_attempts": 2,
            "fallback_channel": "email", "approval": "automatic",
            "sms": "sms_template_agency", "mail": "mail_template_agency",
        },
        {
            "name": _lt("Call of the agency"),
            "channel": "call", "anchor": "previous_step",
            "delay_days": 8, "max_attempts": 2, "approval": "automatic",
            "call_script": AGENCY_SCRIPT,
        },
        {
            "name": _lt("Firm letter of the agency"),
            "channel": "letter", "anchor": "previous_step", "tone": "firm",
            "delay_days": 10, "deadline_days": 10, "fallback_channel": "email",
            "letter": "letter_template_agency_second", "mail": "mail_template_agency",
        },
        {
            "name": _lt("Last letter of the agency"),
            "channel": "registered_letter", "anchor": "previous_step",
            "tone": "formal", "is_formal_notice": True, "on_exhausted": "hold",
            "delay_days": 15, "deadline_days": 15,
            "letter": "letter_template_agency_last",
        },
    ],
}  # fmt: skip

SCHEDULES = (ACTION_PLAN, CALENDAR_15, PHONE_REMINDERS, PAYERS)
# where a schedule comes first in the list of a company
FIRST_IN = {"CH": "phone_reminders"}
