from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class RecouvReadLog(models.Model):
    """Who looked at which claim, on which day: one row per user, claim, day and way.

    Written when a claim is opened alone or exported; a list on the screen is not a
    reading of each. Nobody edits or deletes it; the purge empties it after the delay of
    the parameter ``retention_read_log``.
    """

    _name = "recouv.read.log"
    _description = "Reading of a claim"
    _order = "id desc"
    _check_company_auto = True
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict"
    )
    claim_id = fields.Many2one(
        "recouv.claim", required=True, readonly=True, ondelete="cascade", index=True
    )
    day = fields.Date("Read on", required=True, readonly=True)
    read_at = fields.Datetime("First time that day", required=True, readonly=True)
    way = fields.Selection(
        [
            ("form", "Opened"),
            ("export", "Exported"),
            ("access", "Given to the debtor"),
        ],
        required=True,
        readonly=True,
    )

    _once_a_day_uniq = models.UniqueIndex("(user_id, claim_id, day, way)")
    # the manager looks at a company's latest readings; the purge at the oldest
    _day_idx = models.Index("(company_id, day)")

    @api.depends("user_id", "claim_id")
    def _compute_display_name(self):
        # sudo: the name of a colleague who may have left the company since
        for log in self:
            reader = log.user_id.sudo().name
            log.display_name = f"{reader} – {log.claim_id.display_name}"

    @api.model
    def _log(self, claims, way):
        """Record that the user reads ``claims``; one statement, no lock waited for.

        Written in SQL: nobody has the right to create a row otherwise.
        """
        if not claims:
            return
        now = fields.Datetime.now()
        claims.flush_recordset(["company_id"])
        self.env.cr.execute(
            SQL(
                """INSERT INTO recouv_read_log
                          (company_id, user_id, claim_id, day, read_at, way)
                   SELECT c.company_id, %(user)s, c.id, %(day)s, %(now)s, %(way)s
                     FROM recouv_claim c WHERE c.id = ANY(%(claims)s)
                   ON CONFLICT DO NOTHING""",
                user=self.env.uid,
                day=fields.Date.context_today(self),
                now=now,
                way=way,
                claims=list(claims.ids),
            )
        )

    def write(self, vals):  # pylint: disable=method-required-super
        """Nobody rewrites who read what."""
        raise UserError(self.env._("The log of readings is not edited."))


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def web_read(self, specification):
        """EXTENDS 'web': a claim opened alone is a reading."""
        result = super().web_read(specification)
        if len(self) == 1 and len(specification) > 1 and not self.env.su:
            self.env["recouv.read.log"]._log(self._origin, "form")
        return result

    # it writes: the server must give it a cursor that may
    web_read._readonly = False

    def export_data(self, fields_to_export):
        """EXTENDS 'base': what leaves in a file was read."""
        result = super().export_data(fields_to_export)
        self.env["recouv.read.log"]._log(self, "export")
        return result
