from odoo import api, models


class ResPartner(models.Model):
    """A contact goes under a contact that its author may read, and no other."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS 'base': a guessed parent would lend its name and its address.

        :raise AccessError: the parent is not the user's to read
        """
        self._recouv_check_link(vals.get("parent_id") for vals in vals_list)
        return super().create(vals_list)

    def write(self, vals):
        """EXTENDS 'base': see ``create``."""
        self._recouv_check_link([vals.get("parent_id")])
        return super().write(vals)

    @api.model
    def _recouv_check_link(self, ids):
        self.browse({found for found in ids if found}).exists().check_access("read")


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
