from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, split_every

from ..lib.months import add_months

#: claims erased in one transaction
BATCH = 200


@dataclass(frozen=True)
class Retention:
    """First days that are still kept, by what is kept."""

    settled: object
    unpaid: object
    read_log: object


class RecouvPurge(models.Model):
    """One purge: what was erased for good, how many, when, by whom.

    Purged are claims settled or ended longer ago than ``retention_settled_claims``, and
    unpaid ones whose right to sue expired longer ago than ``retention_unpaid_claims``.
    Erased are their texts, messages, copies of e-mails and SMS, documents, attachments,
    and the readings older than ``retention_read_log``. Kept are the claim and its
    notices as dates and sums, every accounting entry, the register of requests (its
    documents go as the texts of settled claims do), and whatever is open and can still
    be sued for, contested, frozen, under an agreement that runs, before a court, or
    goes on in a later claim, which its proofs serve.

    Strategy: batches of claims, each found again at its turn and committed by the
    engine's checkpoint; running it again goes on where it stopped.
    """

    _name = "recouv.purge"
    _description = "Purge"
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", "By", required=True, readonly=True)
    claim_count = fields.Integer("Claims", readonly=True)
    notice_count = fields.Integer("Notices emptied", readonly=True)
    message_count = fields.Integer("Messages and SMS", readonly=True)
    document_count = fields.Integer("Documents", readonly=True)
    log_count = fields.Integer("Readings", readonly=True)
    settled_before = fields.Date(readonly=True)
    unpaid_before = fields.Date("Time-barred before", readonly=True)

    @api.depends("date", "company_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for purge in self:
            purge.display_name = self.env._(
                "Purge of %(day)s, %(company)s",
                day=format_date(self.env, purge.date),
                company=purge.company_id.name,
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        raise UserError(self.env._("The record of a purge is kept."))

    # --- what may go ----------------------------------------------------------------

    @api.model
    def _retention(self, company):
        """Read the delays in force; a missing one is an error, nothing is guessed."""
        today = fields.Date.context_today(self)
        parameters = self.env["recouv.legal.parameter"]

        def before(code, unit):
            value = round(parameters._get(code, today, company))
            return add_months(today, -value * unit)

        return Retention(
            settled=before("retention_settled_claims", 12),
            unpaid=before("retention_unpaid_claims", 12),
            read_log=before("retention_read_log", 1),
        )

    @api.model
    def _purgeable(self, company, retention, limit=None):
        """Return the claims that may be erased, the oldest first."""
        self.env.flush_all()
        claims = self.env["recouv.claim"]
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id FROM recouv_claim c
                     LEFT JOIN account_move_line l ON l.id = %(item)s
                    WHERE c.company_id = %(company)s AND c.purged_on IS NULL
                      AND c.holder <> 'court' AND NOT %(held)s AND %(over)s
                    ORDER BY c.id %(limit)s""",
                company=company.id,
                item=claims._item_id_sql(SQL.identifier("c")),
                held=self._held_sql(),
                over=self._over_sql(retention),
                limit=SQL("LIMIT %s", limit) if limit else SQL(),
            )
        )
        return claims.browse([row[0] for row in rows])

    @api.model
    def _held_sql(self):
        """Contested or frozen, asked about by the debtor, agreed upon, or not over:
        the same debt goes on in another claim (a transfer, its return)."""
        today = fields.Date.context_today(self)
        return SQL(
            """(%(hold)s OR EXISTS (
                SELECT 1 FROM recouv_privacy_request r
                 WHERE r.partner_id = c.partner_id AND r.company_id = c.company_id
                   AND r.done_on IS NULL AND r.kind <> 'erasure')
             OR EXISTS (
                SELECT 1 FROM recouv_claim later
                 WHERE later.origin_claim_id = c.id AND later.purged_on IS NULL)
             OR EXISTS (
                SELECT 1 FROM recouv_plan_claim_rel r
                  JOIN recouv_plan p ON p.id = r.plan_id
                 WHERE r.claim_id = c.id AND p.state <> 'cancelled'
                   AND p.date_end >= %(today)s))""",
            today=today,
            hold=self.env["recouv.hold"]._active_sql(
                SQL.identifier("c"),
                today,
                SQL("h.reason IN ('dispute', 'frozen', 'complaint')"),
            ),
        )

    @api.model
    def _over_sql(self, retention):
        """Settled or ended before the one day, or time-barred before the other."""
        return SQL(
            """CASE WHEN c.closed_on IS NOT NULL THEN c.closed_on < %(settled)s
                    WHEN l.id IS NULL OR l.parent_state <> 'posted'
                         THEN c.write_date < %(settled)s
                    WHEN l.reconciled THEN (
                         SELECT MAX(pr.max_date) FROM account_partial_reconcile pr
                          WHERE pr.debit_move_id = l.id) < %(settled)s
                    ELSE c.limitation_date < %(unpaid)s END""",
            settled=retention.settled,
            unpaid=retention.unpaid,
        )

    @api.model
    def _count(self, company):
        """Return what a purge would erase now, without erasing anything.

        :raise AccessError: the user is no manager of the company
        """
        self._check_right(company)
        retention = self._retention(company)
        claims = self._purgeable(company, retention)
        return {
            "claims": claims,
            "notice_count": len(self._own_notices(claims)),
            "message_count": self._messages(claims, count=True),
            "document_count": len(self._documents(claims))
            + len(self._request_documents(company, retention)),
            "log_count": self._old_readings(company, retention, count=True),
        }

    # --- erasing --------------------------------------------------------------------

    @api.model
    def _check_right(self, company):
        if self.env.su:
            return
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(self.env._("Only a manager may erase for good."))
        if company not in self.env.companies:
            raise AccessError(self.env._("This company is not yours."))

    @api.model
    def _run(self, company):
        """Erase for good what the delays allow; return the record of it.

        :raise AccessError: the user is no manager of the company
        """
        self._check_right(company)
        retention = self._retention(company)
        # sudo: messages and attachments of others, of claims checked just above only
        purge = self.sudo().create(
            {
                "company_id": company.id,
                "date": fields.Datetime.now(),
                "user_id": self.env.uid,
                "settled_before": retention.settled,
                "unpaid_before": retention.unpaid,
            }
        )
        for ids in split_every(BATCH, self._purgeable(company, retention).ids):
            purge._erase(purge.env["recouv.claim"].browse(ids))
            self.env["recouv.engine"]._checkpoint()
        purge._erase_request_documents(retention)
        purge._erase_leftovers(retention)
        purge.log_count = self._old_readings(company, retention)
        return purge.sudo(self.env.su)

    def _erase(self, claims):
        notices = self._own_notices(claims)
        documents = self._documents(claims)
        self.claim_count += len(claims)
        self.notice_count += len(notices)
        self.document_count += len(documents)
        self.message_count += self._messages(claims)
        documents.unlink()
        self._empty_notices(notices)
        self._empty_holds(claims)
        claims.activity_ids.unlink()
        claims.with_context(tracking_disable=True).write(
            {"purged_on": fields.Date.context_today(self)}
        )

    def _erase_leftovers(self, retention):
        """Empty what is old and stands on no claim; extended by who keeps such."""

    def _erase_request_documents(self, retention):
        documents = self._request_documents(self.company_id, retention)
        self.document_count += len(documents)
        documents.unlink()

    @api.model
    def _request_documents(self, company, retention):
        """What was given long ago to who asked: the register is proof enough."""
        # sudo: documents that a colleague attached, of the company checked before
        requests = self.env["recouv.privacy.request"].sudo()
        found = requests.search(
            [("company_id", "=", company.id), ("done_on", "<", retention.settled)]
        )
        return found.document_ids

    @api.model
    def _own_notices(self, claims):
        """Return the notices that name no claim but these, or purged ones."""
        notices = claims.notice_line_ids.notice_id
        return notices.filtered(
            lambda notice: all(
                claim in claims or claim.purged_on for claim in notice.line_ids.claim_id
            )
        )

    @api.model
    def _documents(self, claims):
        """Attachments of the claims and of the notices that are theirs alone.

        A document of the books (an invoice's PDF) is never among them.
        """
        notices = self._own_notices(claims)
        # sudo: whoever they are of, papers on these claims go; claims were checked
        files = self.env["ir.attachment"].sudo()
        found = files.search(self._domain_on(claims, "res_model"))
        kept = {"account.move", "account.payment", "account.bank.statement"}
        linked = (notices.document_id | notices.proof_ids).sudo()
        return found | linked.filtered(lambda file: file.res_model not in kept)

    @api.model
    def _messages(self, claims, count=False):
        """Erase (or count) chatter, copies of e-mails and SMS of these claims."""
        # sudo: whoever wrote them, words on these claims go; claims were checked
        messages = self.env["mail.message"].sudo()
        messages = messages.search(self._domain_on(claims, "model"))
        messages |= self._own("recouv.inbound", claims).message_id.sudo()
        texts = self.env["sms.sms"].sudo()
        texts = texts.search([("mail_message_id", "in", messages.ids)])
        number = len(messages) + len(texts)
        if not count:
            texts.unlink()
            messages.unlink()
        return number

    @api.model
    def _empty_notices(self, notices):
        """Keep the notice as a date and a sum; its words and numbers go."""
        for notice in notices:
            notice._record(
                {
                    "personal_note": False,
                    "failure_message": False,
                    "tracking_ref": False,
                    "copy_tracking_ref": False,
                    "sent_to": False,
                }
            )

    @api.model
    def _empty_holds(self, claims):
        """What was said of these people goes: holds, agreements, replies."""
        holds = self._own("recouv.hold", claims).filtered(lambda h: not h.partner_id)
        words = ("note", "lift_note", "answer_text", "history", "file_number")
        holds.write(dict.fromkeys(words, False))
        words = ("note", "cancel_reason", "review_note")
        plans = self._own("recouv.plan", claims)
        # a tracked change would write the old words into the messages again
        plans.with_context(tracking_disable=True)._record(dict.fromkeys(words, False))
        events = self.env["recouv.limitation.event"]
        events.search([("claim_id", "in", claims.ids)]).write({"note": False})
        replies = self._own("recouv.inbound", claims)
        replies.write({"text": False, "sender": False})

    @api.model
    def _own(self, model, claims):
        """Return the records of ``model`` that are about no claim but these, or purged
        ones."""
        found = self.env[model].search([("claim_ids", "in", claims.ids)])
        return found.filtered(
            lambda record: all(
                claim in claims or claim.purged_on for claim in record.claim_ids
            )
        )

    @api.model
    def _domain_on(self, claims, field):
        """Return the domain of what hangs on these claims and on what is theirs alone.

        :param field: the field that names the model, beside ``res_id``
        """
        holds = self._own("recouv.hold", claims).filtered(lambda h: not h.partner_id)
        owners = (
            claims,
            self._own_notices(claims),
            holds,
            self._own("recouv.plan", claims),
            self._own("recouv.inbound", claims),
        )
        return Domain.OR(
            Domain(field, "=", records._name) & Domain("res_id", "in", records.ids)
            for records in owners
        )

    @api.model
    def _old_readings(self, company, retention, count=False):
        # sudo: nobody deletes a reading otherwise
        logs = self.env["recouv.read.log"].sudo()
        found = [("company_id", "=", company.id), ("day", "<", retention.read_log)]
        number = logs.search_count(found)
        if not count:
            logs.search(found).unlink()
        return number

    @api.model
    def _cron_purge(self):
        """Purge every company; off until a manager switches it on."""
        for company in self.env["res.company"].search([]):
            self._run(company)
