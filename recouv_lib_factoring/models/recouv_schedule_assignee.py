"""The schedule of what a buyer has bought: told first, then reminded with tact."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

ASSIGNEE_SCRIPT = _lt(
    """<p><b>Speak to {{ object.text_debtor }} in person, to nobody else.</b></p>
<p>Hello, this is {{ object.text_sender }}. You received {{ object.text_first_letter }}:
{{ object.text_creditor }} has passed its invoice on to us, and {{ object.text_amount }}
remain to be paid. Did the letter reach you? Is there something that prevents you?</p>
<ul>
<li>“I did not understand the letter.” – I explain it; nothing is added to the invoice.
</li>
<li>“I have paid the practice.” – On which day? I ask it and call you back.</li>
<li>“I cannot pay now.” – Several instalments are possible, free of charge.</li>
<li>“I do not agree.” – I note it; the practice answers before anything else.</li>
</ul>
<p>To pay: {{ object.text_account }}, reference {{ object.text_reference }}.</p>
<p><b>Voicemail:</b> your name, the number {{ object.text_phone }}, “please call back”;
no reason, no sum.</p>"""
)

ASSIGNEE = {
    "code": "assignee",
    "capacity": "assignee",
    "name": _lt("Buyer: notification, SMS, call, letter, mise en demeure"),
    "description": _lt(
        "The debtor is told of the assignment first, by registered letter (C. civ. "
        "1324); then an SMS, a call, a letter and a mise en demeure, before the claim "
        "passes to collection. A plain letter costs less and proves less: change the "
        "channel of the first step."
    ),
    "steps": [
        {
            "name": _lt("Notification of the assignment"),
            "channel": "registered_letter", "anchor": "assignment",
            "on_exhausted": "hold", "delay_days": 0, "deadline_days": 30,
            "letter": "recouv_lib_factoring.letter_template_assignee_notification",
        },
        {
            "name": _lt("SMS of the buyer"),
            "channel": "sms", "anchor": "previous_step",
            "delay_days": 31, "deadline_days": 7, "max_attempts": 2,
            "fallback_channel": "email", "approval": "automatic",
            "sms": "recouv_lib_factoring.sms_template_assignee",
            "mail": "recouv_lib_factoring.mail_template_assignee",
        },
        {
            "name": _lt("Call of the buyer"),
            "channel": "call", "anchor": "previous_step",
            "delay_days": 10, "max_attempts": 2, "approval": "automatic",
            "call_script": ASSIGNEE_SCRIPT,
        },
        {
            "name": _lt("Letter of the buyer"),
            "channel": "letter", "anchor": "previous_step",
            "delay_days": 10, "deadline_days": 14, "fallback_channel": "email",
            "letter": "recouv_lib_factoring.letter_template_assignee_reminder",
            "mail": "recouv_lib_factoring.mail_template_assignee",
        },
        {
            "name": _lt("Mise en demeure of the buyer"),
            "channel": "registered_letter", "anchor": "previous_step",
            "tone": "formal", "is_formal_notice": True, "on_exhausted": "hold",
            "delay_days": 15, "deadline_days": 15,
            "letter": "recouv_lib_factoring.letter_template_assignee_formal",
        },
        {
            "name": _lt("Pass to collection"),
            "channel": "handover", "anchor": "previous_step",
            "delay_days": 16, "tone": "formal", "offer_plan": False,
        },
    ],
}  # fmt: skip
