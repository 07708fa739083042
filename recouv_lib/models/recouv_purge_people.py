from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import split_every

from .recouv_purge import BATCH

#: what people wrote or sent, model by model; dates, sums and reasons stay
WORDS = {
    "recouv.hold": ("note", "lift_note", "answer_text", "history", "file_number"),
    "recouv.inbound": ("text", "sender", "remark"),
    "recouv.courtesy": ("sent_to", "failure"),
    "recouv.collection": ("memo",),
    "recouv.cheque": ("drawer", "number", "bank_name", "note", "deposit_on_reason"),
    "recouv.bounce": ("note",),
    "recouv.privacy.request": ("demand", "answer"),
}
#: of these, documents and messages go as well
WITH_FILES = ("recouv.hold", "recouv.inbound", "recouv.courtesy")
#: a person's suspension for one of these reasons is evidence as long as it stands
CONTESTED = ("dispute", "frozen", "complaint")


class RecouvPurge(models.Model):
    """The purge of what stands on a person and on no claim (GDPR art. 5 § 1 e).

    Suspensions of a person, replies that were attached to nothing, courtesy messages,
    what was written on money received and its cheques, what was asked about data:
    emptied once they are older than ``retention_settled_claims`` and nothing of that
    person lives. Kept: dates, sums, reasons, the entries and the register of requests.
    """

    _inherit = "recouv.purge"

    people_count = fields.Integer("Other records emptied", readonly=True)

    @api.model
    def _count(self, company):
        """EXTENDS: with what stands on people; the claims counted are gone by then."""
        counts = super()._count(company)
        found = self._leftovers(company, self._retention(company), counts["claims"])
        counts["people_count"] = sum(map(len, found.values()))
        counts["document_count"] += len(self._leftover_files(found))
        counts["message_count"] += len(self._leftover_messages(found))
        return counts

    def _erase_leftovers(self, retention):
        # EXTENDS: batch by batch, each committed, as with claims
        result = super()._erase_leftovers(retention)
        for model, records in self._leftovers(self.company_id, retention).items():
            for ids in split_every(BATCH, records.ids):
                self._empty_leftovers(model, records.browse(ids))
                self.env["recouv.engine"]._checkpoint()
        return result

    def _empty_leftovers(self, model, records):
        found = {model: records}
        files, messages = self._leftover_files(found), self._leftover_messages(found)
        self.people_count += len(records)
        self.document_count += len(files)
        self.message_count += len(messages)
        files.unlink()
        messages.unlink()
        vals = dict.fromkeys(WORDS[model], False)
        if model == "recouv.inbound":
            vals["candidate_ids"] = [Command.clear()]
        # a tracked change would write the old words into the messages again
        records.with_context(tracking_disable=True).write(vals)

    # --- what is old ----------------------------------------------------------------

    @api.model
    def _leftovers(self, company, retention, going=()):
        """Return {model: records that still hold words, old, of people of whom nothing
        lives}.

        :param going: claims that count as purged already
        """
        # sudo: words that colleagues wrote, in the company that the caller checked
        ids = tuple(going.ids) if going else ()
        purges = self.sudo().with_context(recouv_purge_going=ids)
        found = {}
        for model, domain in self._old_domains(retention.settled).items():
            words = Domain.OR(Domain(name, "!=", False) for name in WORDS[model])
            own = Domain("company_id", "=", company.id)
            records = purges.env[model].search(own & domain & words)
            pursued = purges._pursued(records.partner_id)
            found[model] = records.filtered(
                lambda record, pursued=pursued: record.partner_id not in pursued
            )
        return found

    @api.model
    def _old_domains(self, day):
        """Return {model: domain of what ended before ``day``}."""
        ended = Domain("date_to", "<", day) | Domain(
            [
                ("date_to", "=", False),
                ("date_from", "<", day),
                ("reason", "not in", CONTESTED),
            ]
        )
        return {
            "recouv.hold": Domain("partner_id", "!=", False) & ended,
            "recouv.inbound": Domain(
                [("claim_ids", "=", False), ("received_on", "<", day)]
            ),
            "recouv.courtesy": Domain("create_date", "<", day),
            "recouv.collection": Domain("date", "<", day),
            "recouv.cheque": Domain(
                [("received_on", "<", day), ("state", "!=", "held")]
            ),
            "recouv.bounce": Domain("date", "<", day),
            "recouv.privacy.request": Domain("done_on", "<", day),
        }

    @api.model
    def _leftover_domain(self, found, field):
        return Domain.OR(
            Domain(field, "=", model) & Domain("res_id", "in", found[model].ids)
            for model in WITH_FILES
            if model in found
        )

    @api.model
    def _leftover_files(self, found):
        # sudo: papers on records that were searched in the company checked before
        files = self.env["ir.attachment"].sudo()
        return files.search(self._leftover_domain(found, "res_model"))

    @api.model
    def _leftover_messages(self, found):
        # sudo: as the papers
        messages = self.env["mail.message"].sudo()
        messages = messages.search(self._leftover_domain(found, "model"))
        if "recouv.inbound" in found:
            messages |= found["recouv.inbound"].message_id.sudo()
        return messages
