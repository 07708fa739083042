from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_derived_mixin import derived_search

#: channels whose text carries the address of the data-protection notice
INFORMING = ("letter", "registered_letter", "email")


class RecouvClaim(models.Model):
    """Data protection of a claim: was the debtor informed, was it purged."""

    _inherit = "recouv.claim"

    gdpr_informed_on = fields.Date(
        "Informed on",
        compute="_compute_derived",
        search=derived_search("gdpr_informed_on"),
        help="The day the debtor first received, from this company, the "
        "data-protection notice or a letter or e-mail that says where it is.",
    )
    purged_on = fields.Date(
        readonly=True, copy=False, help="Its texts and documents were erased that day."
    )

    @api.model
    def _derived_sql(self, fname, alias):
        if fname == "gdpr_informed_on":
            return self._informed_sql(SQL.identifier(alias))
        return super()._derived_sql(fname, alias)

    @api.model
    def _derived_reads(self):
        requests = self.env["recouv.privacy.request"]._fields
        return [
            *super()._derived_reads(),
            *(requests[name] for name in ("partner_id", "kind", "done_on")),
        ]

    @api.model
    def _informed_sql(self, claim):
        """First proven contact with the notice's address, or the notice handed over.

        One debtor in one company is informed once, whatever the claim.
        """
        return SQL(
            """LEAST(
                (SELECT MIN(n.proven_on) FROM recouv_notice n
                   JOIN res_company co ON co.id = n.company_id
                  WHERE n.company_id = %(claim)s.company_id
                    AND n.partner_id = %(claim)s.partner_id
                    AND n.channel IN %(channels)s AND n.state <> 'cancelled'
                    AND n.proven_on IS NOT NULL
                    AND COALESCE(co.recouv_privacy_url, '') <> ''),
                (SELECT MIN(r.done_on) FROM recouv_privacy_request r
                  WHERE r.company_id = %(claim)s.company_id
                    AND r.partner_id = %(claim)s.partner_id
                    AND r.kind = 'information'))""",
            claim=claim,
            channels=INFORMING,
        )
