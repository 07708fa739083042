from odoo import api, models
from odoo.tools import SQL


class ResPartner(models.Model):
    """A contact goes under a contact that its author may read, and in its company.

    Odoo's own form gives a contact the company of its parent; an import or a program
    does not, and a guardian's name, with the patient's, would be read by every company.
    """

    _inherit = "res.partner"

    def init(self):
        """EXTENDS 'base': contacts that were made before take their parent's company.

        Contacts of users stay: Odoo ties them to the companies of the user.
        """
        result = super().init()
        self.env.cr.execute(
            SQL(
                """UPDATE res_partner child SET company_id = parent.company_id
                     FROM res_partner parent
                    WHERE child.commercial_partner_id = parent.id
                      AND child.id <> parent.id AND child.company_id IS NULL
                      AND parent.company_id IS NOT NULL
                      AND NOT EXISTS (SELECT 1 FROM res_users u
                                       WHERE u.partner_id = child.id)"""
            )
        )
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS 'base': a guessed parent would lend its name and its address.

        :raise AccessError: the parent is not the user's to read
        """
        parents = self._recouv_check_link(vals.get("parent_id") for vals in vals_list)
        companies = {parent.id: parent.company_id.id for parent in parents}
        for vals in vals_list:
            company = companies.get(vals.get("parent_id"))
            if company and not vals.get("company_id"):
                vals["company_id"] = company
        return super().create(vals_list)

    def write(self, vals):
        """EXTENDS 'base': see ``create``."""
        self._recouv_check_link([vals.get("parent_id")])
        result = super().write(vals)
        if vals.get("parent_id") and not vals.get("company_id"):
            for contact in self.filtered(lambda p: not p.user_ids):
                if contact.parent_id.company_id and not contact.company_id:
                    contact.company_id = contact.parent_id.company_id
        return result

    @api.model
    def _recouv_check_link(self, ids):
        """Return the contacts of ``ids``, which the user must be able to read."""
        linked = self.browse({found for found in ids if found}).exists()
        if linked:
            linked.check_access("read")
        return linked


class ResPartnerBank(models.Model):
    """An account is of a contact that its author may read."""

    _inherit = "res.partner.bank"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS 'base': a guessed holder would be told by name."""
        holders = (vals.get("partner_id") for vals in vals_list)
        self.env["res.partner"]._recouv_check_link(holders)
        return super().create(vals_list)

    def write(self, vals):
        """EXTENDS 'base': see ``create``."""
        self.env["res.partner"]._recouv_check_link([vals.get("partner_id")])
        return super().write(vals)
