from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .sale_common import SaleCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleRanks(SaleCommon):
    """A sale writes on nobody that is a customer already."""

    def test_who_is_a_customer_is_not_written(self):
        move = self.make_invoice(self.patient, 100.0)
        sale = self.decided(move)
        there = sale.sudo().line_ids.purchase_id.partner_id
        there.customer_rank = 1
        self.env.flush_all()
        self.env.cr.postcommit.data.clear()
        self.sign(sale)
        counted = self.env.cr.postcommit.data.get(
            "account.res.partner.increase_rank.customer_rank", {}
        )
        self.assertFalse({self.patient.id, there.id} & set(counted))

    def test_who_is_none_yet_becomes_one(self):
        sale = self.decided(self.make_invoice(self.patient, 100.0))
        there = sale.sudo().line_ids.purchase_id.partner_id
        there.customer_rank = 0
        self.sign(sale)
        self.assertTrue(there.customer_rank)
