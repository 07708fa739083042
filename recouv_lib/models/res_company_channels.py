from odoo import api, fields, models

TEST_FIELDS = {"recouv_test_email", "recouv_test_phone"}


class ResCompany(models.Model):
    """How a company's messages leave: test mode, bounces, staging copies."""

    _inherit = "res.company"

    recouv_sms_price = fields.Float(
        "Price of one SMS", help="For the cost of notices; a long text counts several."
    )

    def write(self, vals):
        """EXTENDS: leaving test mode forgets the steps that no debtor received."""
        testing = self.filtered(lambda company: company._recouv_test_mode())
        result = super().write(vals)
        if TEST_FIELDS & vals.keys():
            testing.filtered(lambda c: not c._recouv_test_mode())._recouv_forget_tests()
        return result

    # --- test mode ------------------------------------------------------------------

    def _recouv_test_mode(self):
        """Whether notices go to one address instead of the debtors."""
        self.ensure_one()
        config = self._recouv_config()
        return bool(config.recouv_test_email or config.recouv_test_phone)

    def _recouv_forget_tests(self):
        """Cancel the test notices: their claims return to where they stood."""
        self.env["recouv.notice"].search(
            [
                ("company_id", "child_of", self.ids),
                ("is_test", "=", True),
                ("state", "!=", "cancelled"),
            ]
        )._cancel("test")

    # --- bounces --------------------------------------------------------------------

    def _recouv_bounces_ready(self):
        """Whether a bounced e-mail finds its way back to the database."""
        self.ensure_one()
        # sudo: whether an address is set, which a secretary may know
        return bool(self.sudo().alias_domain_id.bounce_email)

    def _recouv_email_proof_note(self):
        """Return in words, for the settings, when an e-mail of this company counts."""
        self.ensure_one()
        # sudo: the address bounces come back to, printed in every e-mail's header
        if self._recouv_bounces_ready():
            return self.env._(
                "An e-mail counts as a reminder %(days)s days after it left, unless a "
                "bounce came back to %(address)s.",
                days=self._recouv_config().recouv_email_settle_days,
                address=self.sudo().alias_domain_id.bounce_email,
            )
        return self.env._(
            "Bounces are not set up (no e-mail domain for %(company)s): an e-mail "
            "counts as a reminder as soon as the mail server took it, even if nobody "
            "receives it.",
            company=self.name,
        )

    # --- a copy of the database -----------------------------------------------------

    @api.model
    def _recouv_is_neutralized(self):
        """Whether this is a staging copy (``data/neutralize.sql``): nothing leaves."""
        # one technical flag, read by whoever executes a run
        flag = self.env["ir.config_parameter"].sudo().get_param("recouv.neutralized")
        return bool(flag) and flag.lower() not in ("false", "0")

    def _recouv_responsible(self):
        """EXTENDS: crons and webhooks have no human user: a manager is told instead."""
        user = super()._recouv_responsible()
        if user.active and not user.share:
            return user
        return self._recouv_first_user("recouv_lib.group_manager") or user

    def _recouv_first_user(self, group):
        # who belongs to a group is read from a cron or a webhook only
        users = self.env.ref(group).sudo().all_user_ids
        return (
            users.filtered(lambda u: u.active and not u.share and self in u.company_ids)
            .sorted("id")[:1]
            .sudo(False)
        )
