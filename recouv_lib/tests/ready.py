"""What ``setup/test`` puts once into its template database, for classes to pick up.

A chart of accounts takes seconds to load, and so does the program of the browser.
Without them (in the plain test runner of Odoo) the tests make their own.
"""

from odoo import Command

#: module name under which the companies are known
MARK = "__recouv_ready__"
#: as many as one class may want: practice, agency, third
COMPANIES = 3
#: (bundle, with its styles, with its program): what a page of the backend loads
BUNDLES = (
    ("web.assets_web", True, True),
    ("web.assets_web_print", True, False),
    ("web.assets_tests", True, True),
)


def make(env):
    """Make companies with their chart, archived until a class takes them."""
    for number in range(COMPANIES):
        make_company(env, f"ready_company_{number}")
    for name, css, js in BUNDLES:
        bundle = env["ir.qweb"]._get_asset_bundle(name, css=css, js=js)
        if css:
            bundle.css()
        if js:
            bundle.js()


def make_company(env, name):
    """As ``AccountTestInvoicingCommon._create_company`` does without a country."""
    company = env["res.company"].create({"name": name})
    charts = env["account.chart.template"]
    charts.try_loading(
        charts._guess_chart_template(company.country_id),
        company=company,
        install_demo=False,
    )
    if not company.account_fiscal_country_id:
        company.account_fiscal_country_id = env.ref("base.us")
    env.user.company_ids = [Command.unlink(company.id)]
    company.active = False
    env["ir.model.data"].create(
        {"module": MARK, "name": name, "model": company._name, "res_id": company.id}
    )


def take(env, values):
    """Give a company that waits these values and return it, as if it had been created.

    Empty where none waits any more.
    """
    # sudo: which companies wait, to a user who is in none of them
    marks = env["ir.model.data"].sudo().search([("module", "=", MARK)], order="id")
    companies = env["res.company"].sudo().with_context(active_test=False)
    waiting = companies.browse(marks.mapped("res_id")).filtered(lambda c: not c.active)
    company = waiting[:1]
    if company:
        # as Odoo does with a new company
        users = env.user.sudo() | env.ref("base.user_root").sudo()
        company.active = True
        users.company_ids = [Command.link(company.id)]
        company.write(values)
    return env["res.company"].browse(company.id)
