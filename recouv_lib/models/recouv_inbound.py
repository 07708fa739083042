import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import email_normalize, html2plaintext

from ..lib import auto_reply, phone

CHANNELS = [
    ("email", "E-mail"),
    ("sms", "SMS"),
    ("phone", "Call"),
    ("letter", "Letter"),
]
# how it came, in the words of agreements and cases
SOURCE_OF = {"phone": "call", "email": "email", "sms": "sms", "letter": "letter"}
STOP = re.compile(r"^\W*(stop|arret|arrêt|unsubscribe|désabonner)\W*$", re.I)
# more debtors than this behind one sender are not listed: somebody must search
MAX_CANDIDATES = 10
# a provider that asks again within this time repeats itself
REPEAT_MINUTES = 10
# who answers a text does so within this time; later the number may be another's
ANSWER_MONTHS = 6
MAX_TEXT = 20000


class RecouvInbound(models.Model):
    """What debtors answer. It pauses their claims until a human has handled it.

    An answer to an e-mail is known by the message it answers, a text by the number it
    comes from, else the sender decides where one debtor only has that address. What
    may come from several debtors waits here to be attached; it pauses nobody.
    """

    _name = "recouv.inbound"
    _description = "Reply"
    _inherit = ["recouv.evidence.mixin", "mail.thread"]
    _evidence_files = ()  # the files of the chatter are its readers' own
    _order = "received_on desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    channel = fields.Selection(CHANNELS, required=True, default="phone")
    sender = fields.Char(help="Address or number it came from.")
    text = fields.Text()
    received_on = fields.Datetime(
        required=True, default=lambda self: fields.Datetime.now()
    )
    state = fields.Selection(
        [("to_handle", "To handle"), ("handled", "Handled")],
        required=True,
        readonly=True,
        default="to_handle",
    )
    partner_id = fields.Many2one(
        "res.partner", "Debtor", index="btree_not_null", check_company=True
    )
    candidate_ids = fields.Many2many(
        "res.partner",
        "recouv_inbound_candidate_rel",
        string="May come from",
        readonly=True,
    )
    claim_ids = fields.Many2many(
        "recouv.claim", "recouv_inbound_claim_rel", check_company=True
    )
    notice_id = fields.Many2one(
        "recouv.notice",
        "Answers",
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    message_id = fields.Many2one("mail.message", readonly=True, ondelete="set null")
    hold_id = fields.Many2one(
        "recouv.hold", "Pause", readonly=True, check_company=True, copy=False
    )
    remark = fields.Char(readonly=True, help="What the reader must know of it.")
    caution = fields.Char(related="partner_id.recouv_caution")
    handled_on = fields.Datetime(readonly=True, copy=False)
    handled_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    # the day's list, and the gateway's look at the last minutes
    _todo_idx = models.Index("(company_id, state, received_on)")

    @api.depends("channel", "sender", "partner_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["channel"]._description_selection(self.env))
        for reply in self:
            who = reply.partner_id.display_name or reply.sender or ""
            reply.display_name = f"{labels.get(reply.channel, '')} – {who}"

    @api.model_create_multi
    def create(self, vals_list):
        """What is known to come from a debtor pauses his claims at once."""
        replies = super().create(vals_list)
        replies.filtered(lambda r: r.state == "to_handle")._pause()
        return replies

    def write(self, vals):
        """A debtor chosen by hand is attached: his open claims are paused."""
        result = super().write(vals)
        if vals.get("partner_id") or vals.get("claim_ids"):
            self.filtered(lambda r: r.state == "to_handle")._pause()
        return result

    # --- pause ----------------------------------------------------------------------

    def _pause(self):
        """Suspend the claims named, else every open claim of the debtor.

        What pauses already does so once: handling the reply ends one pause.
        """
        unpaused = self.filtered(lambda r: not r.hold_id)
        for reply in unpaused.filtered(lambda r: r.partner_id or r.claim_ids):
            claims = reply.claim_ids or reply._open_claims(reply.partner_id)
            values = {"candidate_ids": [Command.clear()]}
            if not reply.partner_id:
                values["partner_id"] = claims[:1].partner_id.id
            if claims:
                label = self.env._("%(reply)s to handle", reply=reply.display_name)
                values["claim_ids"] = [Command.set(claims.ids)]
                values["hold_id"] = claims._hold("reply", label)[:1].id
            reply._record(values)

    def _open_claims(self, persons):
        return self.env["recouv.claim"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", persons.commercial_partner_id.ids),
                ("closed_on", "=", False),
                ("settlement", "=", "open"),
            ]
        )

    # --- what a human does ----------------------------------------------------------

    def action_handle(self):
        """Handled: the pause ends and the schedule resumes."""
        self._handle()
        return True

    def _handle(self):
        waiting = self.filtered(lambda r: r.state != "handled")
        waiting.hold_id._standing().action_lift(self.env._("Reply handled"))
        waiting._record(
            {
                "state": "handled",
                "handled_on": fields.Datetime.now(),
                "handled_by_id": self.env.uid,
            }
        )

    def action_reopen(self):
        """Handled by mistake: it waits again and pauses again.

        What waits already, a colleague having clicked first, is left as it is.
        """
        self.check_access("write")
        handled = self.filtered(lambda r: r.state == "handled")
        handled._record(
            {
                "state": "to_handle",
                "handled_on": False,
                "handled_by_id": False,
                "hold_id": False,
            }
        )
        handled._pause()
        return True

    def action_promise(self):
        return self._action_agree("promise", self.env._("Promise to pay"))

    def action_plan(self):
        return self._action_agree("plan", self.env._("Payment plan"))

    def action_dispute(self):
        return self._action_suspend("dispute", self.env._("Dispute"))

    def action_complaint(self):
        return self._action_suspend("complaint", self.env._("Complaint"))

    def _action_agree(self, kind, name):
        """Open the agreement on what is still owed; making it handles the reply.

        :raise UserError: all of it was paid or closed since
        """
        self._check_attached()
        claims = self.claim_ids._still_owed()
        if not claims:
            raise UserError(
                self.env._(
                    "%(reply)s: nothing is owed any more on %(claims)s. Mark the reply "
                    "as handled.",
                    reply=self.display_name,
                    claims=", ".join(self.claim_ids.mapped("display_name")),
                )
            )
        return claims._action_dialog(
            "recouv.plan.wizard",
            name,
            default_kind=kind,
            default_source=SOURCE_OF[self.channel],
            default_claim_ids=claims.ids,
            default_inbound_id=self.id,
            default_count=1 if kind == "promise" else 3,
        )

    def _check_attached(self):
        self.ensure_one()
        if not self.claim_ids:
            raise UserError(
                self.env._("Choose the debtor or the claims of this reply first.")
            )

    def _action_suspend(self, reason, name):
        """Open the suspension of these claims; applying it handles the reply."""
        self._check_attached()
        return self.claim_ids._action_dialog(
            "recouv.hold.wizard",
            name,
            default_mode="hold",
            default_reason=reason,
            default_opened_by=SOURCE_OF[self.channel],
            default_claim_ids=self.claim_ids.ids,
            default_inbound_id=self.id,
        )

    def action_view_claims(self):
        """Open the claim that the reply is about, or their list."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_claim_action"
        )
        if len(self.claim_ids) == 1:
            return action | {
                "res_id": self.claim_ids.id,
                "views": [(False, "form")],
                "context": {},
            }
        return action | {"domain": [("id", "in", self.claim_ids.ids)], "context": {}}

    # --- e-mail ---------------------------------------------------------------------

    @api.model
    def _mail_facts(self, message, message_dict):
        """Read what Odoo's gateway takes out of the message while it posts it."""
        references = " ".join(
            str(message_dict.get(name) or "") for name in ("in_reply_to", "references")
        )
        return {
            "references": re.findall(r"<[^<>\s]+>", references),
            "message_id": message_dict.get("message_id"),
            "sender": email_normalize(message_dict.get("email_from") or ""),
            "text": html2plaintext(message_dict.get("body") or "").strip(),
            "automatic": auto_reply.is_automatic(message, message_dict.get("subject")),
        }

    @api.model
    def _receive_email(self, facts):
        """Keep an e-mail that answers our notices; the gateway has posted it already.

        What a machine wrote stays in the history and pauses nobody; so does what a
        user of the practice wrote.

        :return: the reply, empty when it answers nothing of ours
        """
        notices = self._notices_answered(facts["references"])
        if facts["automatic"] or not notices or self._is_ours(facts["sender"]):
            return self.browse()
        notice = notices[0]
        message = self.env["mail.message"].search(
            [("message_id", "=", facts["message_id"])], limit=1
        )
        claims = notice._claims_still_open()
        return self.with_company(notice.company_id)._record_new(
            [
                {
                    "company_id": notice.company_id.id,
                    "channel": "email",
                    "sender": facts["sender"],
                    "text": facts["text"][:MAX_TEXT],
                    "partner_id": notice.partner_id.id,
                    "claim_ids": [Command.set(claims.ids)],
                    "notice_id": notice.id,
                    "message_id": message.id,
                    "remark": self._other_notices_remark(notices),
                }
            ]
        )

    @api.model
    def _notices_answered(self, references):
        """Return the notices whose messages are named, the newest first."""
        if not references:
            return self.env["recouv.notice"]
        return self.env["recouv.notice"].search(
            Domain("message_id.message_id", "in", references)
            | Domain("copy_message_id.message_id", "in", references),
            order="id desc",
        )

    @api.model
    def _other_notices_remark(self, notices):
        others = notices[1:]
        if not others:
            return False
        return self.env._(
            "It answers %(count)s notices: attached to the newest, not to %(others)s.",
            count=len(notices),
            others=", ".join(others.mapped("payment_reference")),
        )

    @api.model
    def _is_ours(self, address):
        return bool(
            address
            and self.env["res.users"].search_count(
                [("email_normalized", "=", address), ("share", "=", False)], limit=1
            )
        )

    @api.model
    def _receive_stray_email(self, company, sender, text):
        """Keep an e-mail that names no message of ours: its sender decides.

        :return: the reply; attached where one debtor only has the address
        """
        address = email_normalize(sender or "", strict=False)
        found = self.env["res.partner"]
        if address:  # an unreadable one would be that of all who have none
            found = found.search(
                [
                    ("email_normalized", "=", address),
                    ("company_id", "in", (company.id, False)),
                ]
            )
        return self._keep(company, "email", address or sender, text, found)

    @api.private  # the gateway of e-mails calls it, nobody else
    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """EXTENDS 'mail': what arrives on an alias of this model is kept here.

        An administrator makes the alias, with ``{"company_id": …}`` as its defaults.
        """
        company_id = (custom_values or {}).get("company_id") or self.env.company.id
        return self._receive_stray_email(
            self.env["res.company"].browse(company_id),
            msg_dict.get("email_from"),
            html2plaintext(msg_dict.get("body") or "").strip(),
        )

    # --- SMS ------------------------------------------------------------------------

    @api.model
    def _receive_sms(self, company, number, text):
        """Keep a text that a debtor sent; STOP opts out of SMS.

        :param number: as the provider writes it, international or national
        :raise UserError: no such number, or nothing written
        """
        country = company._recouv_country().code or "FR"
        written = phone.e164(number, country)
        if not written or not (text or "").strip():
            raise UserError(self.env._("A text needs a number and some words."))
        known = self._repeated(company, written, text)
        if known:
            return known
        if STOP.match(text):
            return self._opt_out(company, written, text)
        notice = self.env["recouv.notice"].search(
            [
                ("company_id", "=", company.id),
                ("channel", "=", "sms"),
                ("sent_to", "=", written),
                ("state", "in", ("sending", "sent", "delivered")),
                ("is_test", "=", False),
                ("date_sending", ">=", self._answers_since()),
            ],
            order="id desc",
        )
        # a number changes hands: who has it today may have written as well
        found = notice.partner_id | self.env["recouv.find"]._partners_by_phone(
            written, company
        )
        lead = notice[:1] if len(notice.partner_id) == 1 else notice.browse()
        return self._keep(company, "sms", written, text, found, lead)

    @api.model
    def _answers_since(self):
        """Return from when on a text of ours may still be answered."""
        return fields.Datetime.subtract(fields.Datetime.now(), months=ANSWER_MONTHS)

    @api.model
    def _repeated(self, company, number, text):
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=REPEAT_MINUTES)
        return self.search(
            [
                ("company_id", "=", company.id),
                ("channel", "=", "sms"),
                ("sender", "=", number),
                ("text", "=", text),
                ("received_on", ">=", since),
            ],
            limit=1,
        )

    @api.model
    def _opt_out(self, company, number, text):
        # sudo: whoever hands over the text, the number alone is put on the list
        self.env["phone.blacklist"].sudo()._add([number])
        return self._record_new(
            [
                {
                    "company_id": company.id,
                    "channel": "sms",
                    "sender": number,
                    "text": text,
                    "state": "handled",
                    "handled_on": fields.Datetime.now(),
                    "remark": self.env._("Opted out of SMS."),
                }
            ]
        )

    @api.model
    def _received_lately(self, company, minutes):
        """Return how many texts came in the last minutes."""
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=minutes)
        return self.search_count(
            [
                ("company_id", "=", company.id),
                ("channel", "=", "sms"),
                ("received_on", ">=", since),
            ]
        )

    # --- keep -----------------------------------------------------------------------

    @api.model
    def _keep(self, company, channel, sender, text, persons, notice=None):
        """Keep what came in; attach it where one debtor only may have written it.

        :param notice: what it may answer; left out where another debtor wrote
        """
        debtors = persons.commercial_partner_id
        owing = self.env["recouv.claim"].search(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", debtors.ids),
                ("closed_on", "=", False),
                ("settlement", "=", "open"),
            ]
        )
        # where nobody owes any more, it answers who was written to
        debtors = owing.partner_id or (notice and notice.partner_id) or debtors
        alone = debtors if len(debtors) == 1 else debtors.browse()
        if notice and notice.partner_id != alone:
            notice = None
        several = (debtors - alone)[:MAX_CANDIDATES]
        return self.with_company(company)._record_new(
            [
                {
                    "company_id": company.id,
                    "channel": channel,
                    "sender": sender,
                    "text": (text or "")[:MAX_TEXT],
                    "partner_id": alone.id,
                    "notice_id": notice.id if notice else False,
                    "claim_ids": [Command.set(notice._claims_still_open().ids)]
                    if notice
                    else False,
                    "candidate_ids": [Command.set(several.ids)],
                    "remark": self._unattached_remark(debtors),
                }
            ]
        )

    @api.model
    def _unattached_remark(self, debtors):
        if len(debtors) == 1:
            return False
        if debtors:
            return self.env._("Several debtors have this address: choose whose it is.")
        return self.env._("Nobody here has this address: search the debtor.")


class RecouvNotice(models.Model):
    _inherit = "recouv.notice"

    def _claims_still_open(self):
        """Return the claims it named that are still owed."""
        return self.line_ids.claim_id.filtered(
            lambda claim: not claim.closed_on and claim.settlement == "open"
        )


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        # EXTENDS 'mail': an answer to a notice pauses what it was about
        replies = self.env["recouv.inbound"].sudo()
        facts = replies._mail_facts(message, message_dict)
        if facts["automatic"]:
            routes = [route for route in routes or () if route[0] != replies._name]
        result = super()._message_route_process(message, message_dict, routes)
        if routes:
            # sudo: the gateway has no user of the company; the reply is kept there
            replies._receive_email(facts)
        return result


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_sms_token = fields.Char(
        "Token of incoming SMS",
        groups="base.group_system",
        copy=False,
        help="The SMS provider sends it with each answer; empty: none is taken.",
    )

    def action_recouv_new_sms_token(self):
        """Make a new token; the old one stops at once."""
        for company in self:
            company.recouv_sms_token = secrets.token_urlsafe(32)
        return True


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_sms_token = fields.Char(
        related="company_id.recouv_sms_token", readonly=True, groups="base.group_system"
    )

    def action_recouv_new_sms_token(self):
        return self.company_id.action_recouv_new_sms_token()
