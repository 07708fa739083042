import re

from odoo import api, fields, models
from odoo.exceptions import UserError

# an invoice's own portal page shows the acts: no message may lead there
PORTAL_LINK = re.compile(r"/my/(?:invoices|orders)|access_token=|/mail/view", re.I)


class RecouvNotice(models.Model):
    """What the channels share: texts in the debtor's language, evidence, test mode.

    Every channel records on the notice the address it used (``sent_to``) and, for
    SMS and e-mail, the message as it left (``message_id``, on the oldest claim).
    """

    _inherit = "recouv.notice"

    sent_to = fields.Char("Sent to", readonly=True, help="The address as it was used.")
    message_id = fields.Many2one(
        "mail.message",
        "Message as sent",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    message_body = fields.Html(related="message_id.body")
    is_test = fields.Boolean(
        "Test", readonly=True, help="Went to the test address, not to the debtor."
    )

    def _deliver(self):
        """EXTENDS: what leaves in test mode is marked, so that it can be forgotten."""
        testing = self.filtered(lambda n: n.company_id._recouv_test_mode())
        testing._record({"is_test": True})
        return super()._deliver()

    # --- texts ----------------------------------------------------------------------

    def _render_texts(self, template_field, parts):
        """Return {notice id: {part: text}}; a notice whose text cannot be made fails.

        :param template_field: field of the step that holds the template
        :param parts: fields of the template to render
        """
        texts = {}
        groups = self.grouped(
            lambda notice: (notice.step_id, notice._in_recipient_language().env.lang)
        )
        for (step, lang), notices in groups.items():
            texts |= notices._render_template(step, step[template_field], lang, parts)
        return texts

    def _render_template(self, step, template, lang, parts):
        if not template:
            self._fail("rendering", self._missing_text_message(step))
            return {}
        try:
            rendered = {
                part: template._render_field(part, self.ids, set_lang=lang)
                for part in parts
            }
        except UserError as error:
            self._fail("rendering", f"{step.policy_id.name}, {step.name}: {error}")
            return {}
        texts = {
            notice.id: {part: rendered[part][notice.id] for part in parts}
            for notice in self
        }
        return self._refuse_portal_links(step, texts)

    @api.model
    def _missing_text_message(self, step):
        return self.env._(
            "The step “%(step)s” of the policy “%(policy)s” has no text for this "
            "channel: choose one in the policy.",
            step=step.name or "",
            policy=step.policy_id.name or "",
        )

    def _refuse_portal_links(self, step, texts):
        for notice in self:
            parts = texts[notice.id].values()
            if any(PORTAL_LINK.search(part or "") for part in parts):
                texts.pop(notice.id)
                notice._fail(
                    "rendering",
                    self.env._(
                        "The text of the step “%(step)s” of the policy “%(policy)s” "
                        "leads to the invoice's own page, which shows care: take the "
                        "link out.",
                        step=step.name,
                        policy=step.policy_id.name,
                    ),
                )
        return texts

    # --- activities -----------------------------------------------------------------

    def _tell_once(self, summary, note=""):
        """Raise one activity for a whole batch, unless the same one is still open."""
        claim = self.lead_claim_id[:1]
        if not claim:
            return
        waiting = self.env["mail.activity"].search_count(
            [
                ("res_model", "=", "recouv.claim"),
                ("summary", "=", summary),
                ("user_id", "=", claim.company_id._recouv_responsible().id),
            ],
            limit=1,
        )
        if not waiting:
            claim._schedule_todo(summary, note)
