from odoo import api, models


class RecouvTpLoggedMixin(models.AbstractModel):
    """What an agent of the agency reads of this model is logged (C13).

    All that hands values out over RPC passes here: a screen (``web_read``,
    ``web_search_read``), a list, groups, a copy's values, a file. Nothing is logged
    of others, nor of names alone (those of a link).
    """

    _name = "recouv.tp.logged.mixin"
    _description = "Readings of the agency are logged"

    def _tp_reading_name(self, count):
        """Say how many of these were read, for the log."""
        return self.env._("%(model)s: %(count)s", model=self._description, count=count)

    def _tp_logged(self):
        """Return those of these records of which a reading is logged."""
        return self

    def read(self, fields=None, load="_classic_read"):
        """EXTENDS: what is read over RPC or by a screen (``web_read``) is a reading."""
        result = super().read(fields, load)
        self.env["recouv.tp.access"]._log_reading(self._origin, fields)
        return result

    @api.model
    def search_read(
        self, domain=None, fields=None, offset=0, limit=None, order=None, **read_kwargs
    ):
        """EXTENDS: so is what is read without :meth:`read`."""
        result = super().search_read(
            domain, fields, offset, limit, order, **read_kwargs
        )
        found = self.browse([row["id"] for row in result])
        self.env["recouv.tp.access"]._log_reading(found, fields)
        return result

    def web_read(self, specification):
        """EXTENDS 'web': it reads by :meth:`read`."""
        return super().web_read(specification)

    @api.model
    def web_search_read(self, domain, specification, *args, **kwargs):
        """EXTENDS 'web': it reads by :meth:`read`."""
        return super().web_search_read(domain, specification, *args, **kwargs)

    @api.model
    def read_group(self, domain, *args, **kwargs):
        """EXTENDS: a group tells of the records in it."""
        self._tp_log_groups(domain)
        return super().read_group(domain, *args, **kwargs)

    @api.model
    def formatted_read_group(self, domain, *args, **kwargs):
        """EXTENDS 'web': a group tells of the records in it."""
        self._tp_log_groups(domain)
        return super().formatted_read_group(domain, *args, **kwargs)

    @api.model
    def formatted_read_grouping_sets(self, domain, *args, **kwargs):
        """EXTENDS 'web': a group tells of the records in it."""
        self._tp_log_groups(domain)
        return super().formatted_read_grouping_sets(domain, *args, **kwargs)

    @api.model
    def web_read_group(self, domain, *args, **kwargs):
        """EXTENDS 'web': a group tells of the records in it."""
        self._tp_log_groups(domain)
        return super().web_read_group(domain, *args, **kwargs)

    def copy_data(self, default=None):
        """EXTENDS: the values of a copy are those of the record."""
        result = super().copy_data(default)
        self.env["recouv.tp.access"]._log_reading(self, None)
        return result

    def export_data(self, fields_to_export):
        """EXTENDS 'base': what leaves in a file was read."""
        result = super().export_data(fields_to_export)
        self.env["recouv.tp.access"]._log_export(self)
        return result

    # they log: the server must give them a cursor that may write
    read._readonly = False
    search_read._readonly = False
    web_read._readonly = False
    web_search_read._readonly = False
    read_group._readonly = False
    formatted_read_group._readonly = False
    formatted_read_grouping_sets._readonly = False
    web_read_group._readonly = False

    @api.model
    def _tp_log_groups(self, domain):
        access = self.env["recouv.tp.access"]
        if access._is_logged() and (read := self.search(domain)._tp_logged()):
            access._log("list", name=self._tp_reading_name(len(read)))


class RecouvShare(models.Model):
    _name = "recouv.share"
    _inherit = ["recouv.share", "recouv.tp.logged.mixin"]

    def _tp_reading_name(self, count):
        return self.env._("%s parts", count)


class RecouvLot(models.Model):
    _name = "recouv.lot"
    _inherit = ["recouv.lot", "recouv.tp.logged.mixin"]

    def _tp_reading_name(self, count):
        return self.env._("%s lots", count)


class RecouvRejection(models.Model):
    _name = "recouv.rejection"
    _inherit = ["recouv.rejection", "recouv.tp.logged.mixin"]

    def _tp_reading_name(self, count):
        return self.env._("%s rejections", count)


class RecouvRejectionAct(models.Model):
    _name = "recouv.rejection.act"
    _inherit = ["recouv.rejection.act", "recouv.tp.logged.mixin"]

    def _tp_reading_name(self, count):
        return self.env._("%s treatments", count)


class ResPartner(models.Model):
    """Name, address, phone and e-mail of who was rejected; a payer is no person."""

    _name = "res.partner"
    _inherit = ["res.partner", "recouv.tp.logged.mixin"]

    def _tp_reading_name(self, count):
        return self.env._("%s contacts", count)

    def _tp_logged(self):
        """EXTENDS: patients; neither payers, nor the practice, nor its users."""
        # sudo: which of the contacts that were read are patients
        patients = self.sudo().filtered(
            lambda one: one.partner_share and not one.recouv_payer_kind
        )
        return patients.sudo(False) - self.env.companies.sudo().partner_id
