from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RecouvCommon

DRAWN = """
(function wait(left) {
    const charts = document.querySelectorAll(".o_recouv_canvas canvas");
    const tiles = document.querySelectorAll(".o_recouv_tile");
    if (charts.length >= 4 && tiles.length === 6) {
        tiles[0].click();
        return leave(60);
    }
    return left ? setTimeout(() => wait(left - 1), 250) : console.error("not drawn");
})(80);
function leave(left) {
    if (document.querySelector(".o_pivot")) {
        return console.log("test successful");
    }
    return left ? setTimeout(() => leave(left - 1), 250) : console.error("no pivot");
}
"""


@tagged("post_install", "-at_install")
class TestDashboardBrowser(RecouvCommon, HttpCase):
    """The dashboard in a real browser, as a secretary without any other right."""

    def test_a_secretary_sees_the_figures_and_what_is_behind_them(self):
        day = fields.Date.context_today(self.company)
        for age in (20, 45, 120, 200):
            self.make_invoice(due=day - timedelta(days=age), amount=10 * age)
        paid = self.make_invoice(due=day - timedelta(days=30))
        run = self.propose(day)
        self.prove(run, day - timedelta(days=10))
        self.pay(paid, day=day)
        self.browser_js(
            "/odoo/recouv-dashboard",
            DRAWN,
            "document.querySelector('.o_recouv_dashboard') !== null",
            login="secretary",
        )
