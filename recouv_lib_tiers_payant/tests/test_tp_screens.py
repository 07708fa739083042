from datetime import date

from odoo import SUPERUSER_ID, Command
from odoo.tests import HttpCase, new_test_user, tagged

from .tp_common import TiersPayantCommon

#: what of a list is cut: headers and cells whose words do not fit, or a table that is
#: wider than its screen
CUT = """
    const table = document.querySelector(".o_list_table");
    const parts = table.querySelectorAll(
        "th[data-name], th[data-name] *, td.o_data_cell, td.o_data_cell *");
    const cut = [...parts].filter((one) =>
        getComputedStyle(one).overflowX !== "visible" &&
        one.scrollWidth > one.clientWidth + 1);
    const frame = document.querySelector(".o_list_renderer");
    if (cut.length) {
        console.error("cut: " + cut.map((one) => one.innerText).join(" | "));
    } else if (frame.scrollWidth > frame.clientWidth + 1) {
        console.error(`${frame.scrollWidth} wide on ${frame.clientWidth}`);
    } else {
        console.log("test successful");
    }
"""
LIST = "document.querySelectorAll('.o_list_table .o_data_row').length > 0"
#: the cockpit, empty or not, and no other screen of this user's
COCKPIT = "(document.querySelector('.o_breadcrumb')?.innerText || '').includes('to do')"


@tagged("post_install", "-at_install")
class TestTpScreens(TiersPayantCommon, HttpCase):
    """What is seen in a real browser, 1366 pixels wide, in French."""

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company._recouv_create_transfer_settings()

    def sent_share(self, number, state):
        day = date(2026, 6, 2)
        move = self.make_invoice(amount=1234.56, due=day, invoice_date=day)
        share = self.env["recouv.share"].create(
            {
                "move_id": move.id,
                "payer_id": self.caisse.id,
                "kind": "amo",
                "amount": 1023.45,
                "invoice_number": number,
                "care_date": day,
            }
        )
        share._book()
        share._set_state("transmitted", sent_on=day)
        share._date_payment()
        share._set_state(state)
        return share

    def test_nothing_is_cut_in_the_list_of_parts(self):
        self.biller.lang = "fr_FR"
        states = ("transmitted", "acknowledged", "rejected", "partial", "corrected")
        for rank, state in enumerate(states, start=1):
            self.sent_share(f"{rank:09d}", state)
        self.browser_js("/odoo/recouv-shares", CUT, ready=LIST, login="biller")

    def test_the_agencys_agent_lands_on_the_cockpit(self):
        mandate = (
            self.env["recouv.mandate"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "agency_id": self.make_agency().id,
                    "scope": "tiers_payant",
                    "valid_from": date(2020, 1, 1),
                    "state": "signed",
                    "signed_on": date(2020, 1, 1),
                }
            )
        )
        login = "nora@agence.example"
        boss = self.make_boss()
        opened = mandate.with_user(boss).with_context(no_reset_password=True)
        user = opened._tp_open_login("Nora Petit", login)
        user.sudo().password = login
        done = "console.log('test successful')"
        self.browser_js("/odoo", done, ready=COCKPIT, login=login)

    @classmethod
    def make_agency(cls):
        companies = cls.env["res.company"].with_user(SUPERUSER_ID)
        return companies.create({"name": "Agence Relance"})

    @classmethod
    def make_boss(cls):
        return new_test_user(
            cls.env,
            "boss",
            groups="base.group_user,recouv_lib.group_manager,"
            "recouv_lib_tiers_payant.group_tiers_payant",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
