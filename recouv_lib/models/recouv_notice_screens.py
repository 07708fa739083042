from odoo import fields, models


class RecouvNotice(models.Model):
    """What the screens of a notice show and press."""

    _inherit = "recouv.notice"

    document_data = fields.Binary(
        related="document_id.datas", string="Content of the document"
    )

    def action_view_claims(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_claim_action"
        )
        return action | {
            "domain": [("id", "in", self.line_ids.claim_id.ids)],
            "context": {},
        }

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.document_id.id}",
            "target": "new",
        }


class RecouvNoticeLine(models.Model):
    _inherit = "recouv.notice.line"

    def action_open_claim(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "recouv.claim",
            "res_id": self.claim_id.id,
            "view_mode": "form",
        }
