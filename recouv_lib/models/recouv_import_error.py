from odoo import fields, models


class RecouvImportError(models.Model):
    """What is wrong with one row of an imported file, kept with its cells.

    The cells are shown to managers only: they hold all that the practice's software
    exports on a person.
    """

    _name = "recouv.import.error"
    _description = "Row of an import to look at"
    _order = "row_number, id"
    _rec_name = "message"
    _check_company_auto = True

    import_id = fields.Many2one(
        "recouv.import",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
    row_number = fields.Integer("Line", readonly=True, aggregator=None)
    column = fields.Char(readonly=True)
    message = fields.Char(readonly=True, required=True)
    severity = fields.Selection(
        [("error", "Not imported"), ("warning", "To look at")],
        required=True,
        readonly=True,
        default="error",
    )
    cells = fields.Json(readonly=True, groups="recouv_lib.group_manager")
    raw_row = fields.Char(
        "Row", compute="_compute_raw_row", groups="recouv_lib.group_manager"
    )

    def _compute_raw_row(self):
        for error in self:
            error.raw_row = " ; ".join(error.cells or [])
