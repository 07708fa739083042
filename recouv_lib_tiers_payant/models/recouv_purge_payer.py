from odoo import api, fields, models
from odoo.tools import SQL, split_every

#: people whose identity is erased in one transaction
BATCH = 1000


class RecouvPurge(models.Model):
    """Erases what third-party payers made necessary to know of people: their number on
    the parts of purged claims, the files that name them, and the social-security
    identity of those who have been neither treated nor followed for long."""

    _inherit = "recouv.purge"

    sent_file_count = fields.Integer("Transmitted files (B2)", readonly=True)
    return_file_count = fields.Integer("Return files", readonly=True)
    identity_count = fields.Integer("Social-security identities", readonly=True)

    @api.model
    def _payer_files(self, company):
        """Return {name of the counter: the files that may be erased}."""
        # sudo: how many, for the manager who purges; `_run` checked the right
        env = self.sudo().env
        return {
            "sent_file_count": env["recouv.sent.file"]._purgeable(company),
            "return_file_count": env["recouv.return.file"]._purgeable(company),
        }

    @api.model
    def _count(self, company):
        """EXTENDS: with files of payers and identities."""
        counts = super()._count(company)
        files = self._payer_files(company)
        people = self._forgettable(company, self._retention(company))
        return {
            **counts,
            **{name: len(found) for name, found in files.items()},
            "identity_count": len(people),
        }

    @api.model
    def _run(self, company):
        """EXTENDS: then files and identities, which are of no claim."""
        purge = super()._run(company)
        # sudo: the right to purge this company was checked by super
        done = purge.sudo()
        for name, files in done._payer_files(company).items():
            files._erase_file()
            done[name] = len(files)
            done.env["recouv.engine"]._checkpoint()
        people = done._forgettable(company, done._retention(company))
        for ids in split_every(BATCH, people.ids):
            done.env["res.partner"].browse(ids)._forget_identity()
            done.identity_count += len(ids)
            done.env["recouv.engine"]._checkpoint()
        return purge

    def _erase(self, claims):
        """EXTENDS: the social-security number goes with the last claim of the part."""
        result = super()._erase(claims)
        shares = self.env["recouv.share"].search([("claim_id", "in", claims.ids)])
        shares._record({"nir": False, "ack_label": False})
        return result

    @api.model
    def _forgettable(self, company, retention):
        """Return the patients of a company whose identity serves nothing any more.

        Nobody with a claim or a part that is not purged, with an invoice or with rights
        checked since the first day that is kept for settled claims. A contact shared by
        companies is left to all of them: it is found where none of them needs it.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id FROM res_partner p
                    WHERE (p.recouv_nir IS NOT NULL OR p.recouv_birth_code IS NOT NULL
                           OR COALESCE(p.recouv_birth_rank, 0) <> 0
                           OR EXISTS (
                        SELECT 1 FROM recouv_coverage v
                         WHERE v.partner_id = p.id
                           AND (v.member_number IS NOT NULL
                                OR v.exemption <> 'none')))
                      AND (p.company_id = %(company)s OR p.company_id IS NULL)
                      AND p.create_date < %(kept)s
                      AND NOT EXISTS (
                        SELECT 1 FROM recouv_claim c
                         WHERE c.partner_id = p.id AND c.purged_on IS NULL)
                      AND NOT EXISTS (
                        SELECT 1 FROM recouv_share h
                          LEFT JOIN recouv_claim c ON c.id = h.claim_id
                         WHERE h.patient_id = p.id AND c.purged_on IS NULL
                           AND (h.claim_id IS NOT NULL OR h.care_date IS NULL
                                OR h.care_date >= %(kept)s))
                      AND NOT EXISTS (
                        SELECT 1 FROM account_move m
                         WHERE (m.partner_id = p.id OR m.recouv_patient_id = p.id)
                           AND COALESCE(m.invoice_date, m.date) >= %(kept)s)
                      AND NOT EXISTS (
                        SELECT 1 FROM recouv_coverage v
                         WHERE v.partner_id = p.id
                           AND GREATEST(v.checked_on, v.valid_from,
                                        v.create_date::date) >= %(kept)s)""",
                company=company.id,
                kept=retention.settled,
            )
        )
        # sudo: who they are is not shown, only how many
        return self.sudo().env["res.partner"].browse([row[0] for row in rows])


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _forget_identity(self):
        """Erase the social-security identity of these people, and what their rights
        say of them: member number, exemption, papers. That they had rights stays."""
        self.write(
            {
                "recouv_nir": False,
                "recouv_birth_code": False,
                "recouv_birth_rank": False,
            }
        )
        rights = self.env["recouv.coverage"].with_context(active_test=False)
        rights.search([("partner_id", "in", self.ids)]).write(
            {
                "member_number": False,
                "exemption": "none",
                "document": False,
                "document_name": False,
            }
        )
        shares = self.env["recouv.share"].search([("patient_id", "in", self.ids)])
        shares._record({"nir": False, "exemption": "none"})
