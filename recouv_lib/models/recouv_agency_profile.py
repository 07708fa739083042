from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

# days before the end of an insurance at which somebody is told
ALARM_DAYS = (60, 30, 10)
# accounts that the agency's own money moves; nobody else's is booked there
OWN_ACCOUNTS = (
    "expense",
    "expense_direct_cost",
    "expense_depreciation",
    "liability_payable",
    "liability_credit_card",
)


class RecouvAgencyProfile(models.Model):
    """What the law asks of a company that collects for others (CPCE R124-2).

    While something is missing or expired, nothing leaves in its name: the engine asks
    on every run and again at the moment of sending.
    """

    _name = "recouv.agency.profile"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Agency profile"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    active = fields.Boolean(default=True)
    journal_id = fields.Many2one(
        "account.journal",
        "Dedicated account",
        check_company=True,
        domain="[('type', '=', 'bank')]",
        tracking=True,
        help="A bank journal that receives money for others and serves nothing else.",
    )
    fee_tax_id = fields.Many2one(
        "account.tax",
        "Tax on fees",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale')]",
        help="Collecting debts is taxable (CGI 261 C 1° c). Used where it has the rate "
        "of the contract; else the sale tax of that rate, one for services first.",
    )
    paper_ids = fields.One2many("recouv.agency.paper", "profile_id", "Papers")
    is_complete = fields.Boolean("In order", compute="_compute_gaps")
    gaps = fields.Text("What is missing", compute="_compute_gaps")

    _one_per_company = models.Constraint(
        "UNIQUE(company_id)", "A company has one agency profile."
    )

    @api.depends("company_id")
    def _compute_display_name(self):
        for profile in self:
            profile.display_name = profile.company_id.name

    @api.depends("journal_id", "paper_ids.undone_on", "paper_ids.file")
    def _compute_gaps(self):
        today = fields.Date.context_today(self)
        for profile in self:
            gaps = profile._gaps(today) if profile.company_id else []
            profile.gaps = "\n".join(gaps)
            profile.is_complete = not gaps

    @api.constrains("journal_id")
    def _check_journal(self):
        for profile in self.filtered("journal_id"):
            # sudo: another company's journal is not told by its name
            if profile.journal_id.sudo().company_id != profile.company_id:
                raise ValidationError(
                    self.env._("Choose a journal of the agency's own company.")
                )
            if obstacle := profile.journal_id._recouv_dedicated_obstacle():
                raise ValidationError(obstacle)

    @api.constrains("fee_tax_id")
    def _check_fee_tax(self):
        """A fee is before tax: its tax is a rate that is added to it."""
        for profile in self.filtered("fee_tax_id"):
            tax = profile.fee_tax_id
            if (tax.type_tax_use, tax.amount_type, tax.price_include) != (
                "sale",
                "percent",
                False,
            ):
                raise ValidationError(
                    self.env._(
                        "%s cannot be the tax on fees: choose a sale tax in percent "
                        "that is not included in prices.",
                        tax.name,
                    )
                )

    # --- what is missing ------------------------------------------------------------

    def _gaps(self, day):
        """Return what is missing or expired on ``day``, as sentences."""
        self.ensure_one()
        # sudo: the profile and its papers decide here and are not shown
        profile = self.sudo()
        return [
            *profile._insurance_gaps(day),
            *profile._account_gaps(),
            *profile._declaration_gaps(day),
        ]

    def _standing_papers(self, kind):
        return self.paper_ids.filtered(lambda p: p.kind == kind and not p.undone_on)

    def _paper(self, kind, day):
        """Return the insurance or declaration in force on ``day``, or empty."""
        papers = self._standing_papers(kind).filtered(lambda p: p._covers(day))
        return papers.sorted(lambda p: (p.date_to or day, p.date_from))[-1:]

    def _insurance_gaps(self, day):
        _ = self.env._
        paper = self._paper("insurance", day)
        if paper and paper.file:
            return []
        if paper:
            return [
                _(
                    "The insurance %s has no document: attach its certificate.",
                    paper.number,
                )
            ]
        past = self._standing_papers("insurance").filtered(lambda p: p.date_to < day)
        if past:
            return [
                _(
                    "The liability insurance %(number)s ended on %(date)s: add the "
                    "new one with its certificate (CPCE R124-2).",
                    number=past.sorted("date_to")[-1].number,
                    date=format_date(self.env, max(past.mapped("date_to"))),
                )
            ]
        return [
            _(
                "No liability insurance covers this day: add the policy with its "
                "certificate (CPCE R124-2)."
            )
        ]

    def _account_gaps(self):
        if not self.journal_id:
            return [
                self.env._(
                    "No dedicated account: choose a bank journal that serves nothing "
                    "else (CPCE R124-2)."
                )
            ]
        obstacle = self.journal_id._recouv_dedicated_obstacle()
        return [obstacle] if obstacle else []

    def _declaration_gaps(self, day):
        _ = self.env._
        paper = self._paper("declaration", day)
        if paper and paper.file:
            return []
        if paper:
            return [_("The declaration to the public prosecutor has no document: "
                      "attach it.")]  # fmt: skip
        return [
            _(
                "The declaration to the public prosecutor is missing: it comes before "
                "any activity; add it with its date (CPCE R124-2)."
            )
        ]

    def _declared_on(self):
        """Return the first day on which the agency stands declared, or False."""
        # sudo: a date that decides, not the paper
        days = self.sudo()._standing_papers("declaration").mapped("date_from")
        return min(days) if days else False

    # --- the screen -----------------------------------------------------------------

    @api.model
    def action_open_own(self):
        """Open the profile of the company one works in, or the way to create it."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_agency_profile_action"
        )
        profile = self.search([("company_id", "=", self.env.company.id)], limit=1)
        if profile:
            action |= {"views": [(False, "form")], "res_id": profile.id}
        return action

    # --- alarms ---------------------------------------------------------------------

    @api.model
    def _ending_domain(self, today):
        """Insurances that end soon and that none replaces."""
        ending = self.env["recouv.agency.paper"].search(
            [
                ("kind", "=", "insurance"),
                ("undone_on", "=", False),
                ("date_to", ">=", today),
                ("date_to", "<=", fields.Date.add(today, days=ALARM_DAYS[0])),
            ]
        )
        return Domain("id", "in", ending.filtered(lambda p: not p._replaced()).ids)

    @api.model
    def _cron_alarms(self):
        """Tell the agency 60, 30 and 10 days before its insurance ends, once each."""
        today = fields.Date.context_today(self)
        papers = self.env["recouv.agency.paper"].search(self._ending_domain(today))
        for paper in papers:
            left = (paper.date_to - today).days
            due = min(days for days in ALARM_DAYS if left <= days)
            if not paper.alarm_days or due < paper.alarm_days:
                paper.profile_id._tell_ending(paper, left)
                # sudo: the day an alarm was given, of a record that its user may not
                # edit
                paper.sudo().alarm_days = due

    def _tell_ending(self, paper, left):
        self.ensure_one()
        read = self.company_id._recouv_for_people(self)
        read.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=fields.Date.context_today(self),
            summary=read.env._("The liability insurance ends in %s days", left),
            note=read.env._(
                "Add the next one (%s) with its certificate: from the day after the "
                "end nothing leaves in the agency's name.",
                paper.number,
            ),
            user_id=self._to_tell().id,
        )

    def _to_tell(self):
        """Return the one responsible for the company's relance, else a manager."""
        company = self.company_id
        # sudo: who manages, not what the group may
        managers = self.env.ref("recouv_lib.group_manager").sudo().all_user_ids
        mine = managers.filtered(lambda user: company in user.company_ids)
        return company.recouv_responsible_id or mine[:1] or self.env.user


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def _recouv_dedicated_obstacle(self):
        """Return why this journal is no account used for nothing else, or None.

        CPCE R124-2 al. 2: a bank account only for money received for creditors; no
        fee, no expense and no payment of the agency's own.
        """
        self.ensure_one()
        # sudo: whatever books run through the journal count, seen or not
        journal, _ = self.sudo(), self.env._
        if journal.type != "bank" or not journal.active:
            reason = _("it is no bank journal in use")
        elif not journal.default_account_id:
            reason = _("it has no account of its own")
        elif other := journal._recouv_sharing_journal():
            reason = _("its account is also that of “%s”", other.name)
        elif not journal._recouv_other_bank():
            reason = _(
                "it is the company's only bank journal, so that its own money would "
                "run through it; create another"
            )
        elif account := journal._recouv_own_money():
            reason = _("the agency's own money was booked in it, on %s", account)
        else:
            return None
        return _(
            "“%(journal)s” cannot be the dedicated account: %(reason)s.",
            journal=journal.name,
            reason=reason,
        )

    def _recouv_sharing_journal(self):
        account = self.default_account_id
        domain = Domain("default_account_id", "=", account.id)
        domain |= Domain("inbound_payment_method_line_ids", "any",
                         [("payment_account_id", "=", account.id)])  # fmt: skip
        domain |= Domain("outbound_payment_method_line_ids", "any",
                         [("payment_account_id", "=", account.id)])  # fmt: skip
        if self.bank_account_id:
            domain |= Domain("bank_account_id", "=", self.bank_account_id.id)
        return self.search(Domain("id", "!=", self.id) & domain, limit=1)

    def _recouv_other_bank(self):
        return self.search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("type", "=", "bank"),
                ("id", "!=", self.id),
            ],
            limit=1,
        )

    def _recouv_own_money(self):
        """Return the name of an account of the agency's own with a balance here.

        A balance, so that a wrong entry which was reversed no longer counts.
        """
        groups = self.env["account.move.line"]._read_group(
            [
                ("journal_id", "=", self.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "in", OWN_ACCOUNTS),
            ],
            ["account_id"],
            ["balance:sum"],
        )
        currency = self.company_id.currency_id
        return next(
            (
                account.display_name
                for account, balance in groups
                if not currency.is_zero(balance)
            ),
            None,
        )
