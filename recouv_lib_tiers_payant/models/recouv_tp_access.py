from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import email_normalize

AGENT = "recouv_lib_tiers_payant.group_tiers_payant_agent"
#: what an agent sees first: the cockpit, for there is no other screen of theirs
HOME = "recouv_lib_tiers_payant.recouv_tp_cockpit_action_open"
WHATS = [
    ("login", "Login opened"),
    ("closed", "Login closed"),
    ("read", "Read"),
    ("list", "Read a list"),
    ("export", "Exported"),
    ("act", "Treated"),
    ("nir", "Saw the social-security number"),
]
#: groups that would show an agent more than rejections
FORBIDDEN_GROUPS = (
    "recouv_lib.group_user",
    "recouv_lib.group_agency",
    "account.group_account_invoice",
    "account.group_account_readonly",
    "base.group_partner_manager",
    "base.group_system",
)


class RecouvTpAccess(models.Model):
    """What the agency's people did in a practice's tiers-payant screens (C13).

    One row per reading of a record alone or of a list, export, treatment and look at a
    number of a person; the practice's manager reads them, nobody writes them. Names are
    kept as they were, so that a row says who looked at what after the login is gone.
    """

    _name = "recouv.tp.access"
    _description = "Access of the agency to third-party payers"
    _inherit = ["recouv.evidence.mixin"]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    user_id = fields.Many2one("res.users", "Agent", required=True)
    mandate_id = fields.Many2one("recouv.mandate", index="btree_not_null")
    at = fields.Datetime("When", required=True, default=fields.Datetime.now)
    what = fields.Selection(WHATS, required=True)
    name = fields.Char("On what")
    rejection_id = fields.Many2one(
        "recouv.rejection", index="btree_not_null", check_company=True
    )

    _when_idx = models.Index("(company_id, at)")

    @api.model
    def _is_logged(self):
        """Say whether what the user does here is logged: an agent's own doing."""
        return not self.env.su and self.env.user.has_group(AGENT)

    @api.model
    def _log(self, what, rejections=None, name=None):
        """Record that the user did something as an agent; nothing for others."""
        if not self._is_logged():
            return
        user = self.env.user
        mandate = user._recouv_tp_mandate()
        rows = [
            {
                "company_id": user.company_id.id,
                "user_id": user.id,
                "mandate_id": mandate.id,
                "what": what,
                "name": one.display_name if one else name,
                "rejection_id": one.id if one else False,
            }
            for one in (rejections or [None])
        ]
        # sudo: a log that its subject writes of itself and cannot change
        self.sudo()._record_new(rows)

    @api.model
    def _log_reading(self, records, names):
        """Record a reading: of one by its name, of a list by how many there were.

        :param records: of a model with ``recouv.tp.logged.mixin``
        :param names: fields read; None: all; names alone, as of a link, are no reading
        """
        if not self._is_logged():
            return
        records = records._tp_logged()
        if not records:
            return
        if names and set(names) <= {"id", "display_name"}:
            return
        if len(records) > 1:
            self._log("list", name=records._tp_reading_name(len(records)))
        else:
            self._log_each("read", records)

    @api.model
    def _log_export(self, records):
        """Record that an agent took these away in a file, each by its name."""
        if self._is_logged():
            self._log_each("export", records._tp_logged())

    @api.model
    def _log_each(self, what, records):
        if records._name == "recouv.rejection":
            self._log(what, records)
            return
        for record in records:
            self._log(what, name=record.display_name)


class ResUsers(models.Model):
    """The login of one person of the agency, in one practice, for rejections only.

    It has that practice as its only company and no group of the practice's own screens:
    never placed claims, never the lines of an invoice, never a chatter. The numbers of
    persons are needed in work with caisses (law.md §6.2) and by nothing else: they are
    shown one by one, on demand, and each look is logged.
    """

    _inherit = "res.users"

    @api.constrains("group_ids", "company_ids", "company_id")
    def _check_recouv_tp_agent(self):
        # sudo: a constraint reads the groups and companies of the users written
        for user in self.sudo():
            if not user._recouv_is_tp_agent():
                continue
            if len(user.company_ids) != 1:
                raise ValidationError(
                    self.env._(
                        "%s works rejections for one practice: this login has that "
                        "practice as its only company.",
                        user.name,
                    )
                )
            excess = user.all_group_ids & self._recouv_tp_forbidden()
            if excess:
                raise ValidationError(
                    self.env._(
                        "%(user)s works rejections for a practice and nothing else: "
                        "take the group “%(group)s” away.",
                        user=user.name,
                        group=excess[0].full_name,
                    )
                )

    @api.model
    def _recouv_tp_forbidden(self):
        groups = self.env["res.groups"].sudo()  # sudo: names of groups, to refuse
        for xmlid in (*FORBIDDEN_GROUPS,
                      "recouv_lib_tiers_payant.group_tiers_payant"):  # fmt: skip
            groups |= self.env.ref(xmlid).sudo()
        return groups

    def _recouv_is_tp_agent(self):
        self.ensure_one()
        # sudo: whether the user is one, of the user himself or in a constraint
        return self.env.ref(AGENT) in self.sudo().all_group_ids

    def _recouv_tp_mandate(self):
        """Return the mandate under which this agent works today, or none."""
        self.ensure_one()
        # sudo: whether a mandate of the agent's only company is in force
        return (
            self.env["recouv.mandate"]
            .sudo()
            ._in_force(
                self.sudo().company_id,
                fields.Date.context_today(self),
                scope="tiers_payant",
            )
        )

    def _recouv_check_tp_agent(self):
        """:raise AccessError: an agent without a mandate in force"""
        if self._recouv_is_tp_agent() and not self._recouv_tp_mandate():
            raise AccessError(
                self.env._("The mandate on third-party payers is not in force.")
            )


class RecouvMandate(models.Model):
    """A mandate on third-party payers opens logins, and closes them with itself."""

    _inherit = "recouv.mandate"

    tp_agent_ids = fields.Many2many(
        "res.users",
        "recouv_mandate_tp_agent_rel",
        string="Agents",
        readonly=True,
        copy=False,
        groups="recouv_lib.group_manager",
    )

    def action_tp_open_login(self):
        """Open the dialog that gives a person of the agency a login here."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open a login for rejections"),
            "res_model": "recouv.tp.login",
            "view_mode": "form",
            "target": "new",
            "context": {"default_mandate_id": self.id},
        }

    def _tp_open_login(self, name, email):
        """Give one person of the agency a login in the practice of this mandate.

        :raise AccessError: not the practice's manager
        :raise UserError: mandate of another scope or not in force, login in use
        :return: the user
        """
        self.ensure_one()
        self._check_tp_open()
        login = email_normalize(email or "")
        if not login:
            raise UserError(self.env._("“%s” is no e-mail address.", email or ""))
        # sudo: logins are the administrator's; this one is made of checked values only,
        # by the manager of the practice, in the practice
        users = self.env["res.users"].sudo().with_context(active_test=False)
        user = users.search([("login", "=", login)], limit=1)
        if user and (user.active or user not in self._tp_past_agents()):
            raise UserError(
                self.env._(
                    "The login %s is in use: the agent takes another address, for a "
                    "login opens one practice only.",
                    login,
                )
            )
        values = self._tp_login_values(name)
        if user:
            user.write(values)
        else:
            user = users.create({"login": login, "email": login, **values})
        # sudo: a link that neither party edits by hand
        self.sudo().tp_agent_ids = [(4, user.id)]
        self._tp_log(user, "login")
        return user.with_env(self.env)

    def _tp_login_values(self, name):
        """Values of a login that opens the screens of rejections, and only these."""
        groups = self.env.ref("base.group_user") | self.env.ref(AGENT)
        return {
            "name": name,
            "active": True,
            "action_id": self.env.ref(HOME).id,
            "company_id": self.company_id.id,
            "company_ids": [Command.set(self.company_id.ids)],
            "group_ids": [Command.set(groups.ids)],
        }

    def _tp_past_agents(self):
        """Return the logins that mandates of this practice opened, closed ones too."""
        # sudo: whose logins they were, so that the same person may come back
        mandates = self.sudo().with_context(active_test=False)
        return mandates.search([("company_id", "=", self.company_id.id)]).tp_agent_ids

    def _check_tp_open(self):
        if self._party_of(self.env.companies) != "practice" or not (
            self.env.user.has_group("recouv_lib.group_manager")
        ):
            raise AccessError(self.env._("Only the practice's manager opens a login."))
        if self.scope != "tiers_payant":
            raise UserError(
                self.env._("%s is no mandate on third-party payers.", self.display_name)
            )
        self._check_active(fields.Date.context_today(self))

    def _tp_log(self, users, what):
        # sudo: a log that nobody writes by hand
        self.env["recouv.tp.access"].sudo()._record_new(
            [
                {
                    "company_id": self.company_id.id,
                    "user_id": user.id,
                    "mandate_id": self.id,
                    "what": what,
                    "name": user.login,
                }
                for user in users
            ]
        )

    def action_tp_close_logins(self):
        """Close every login that this mandate opened, at once."""
        self.ensure_one()
        if self._party_of(self.env.companies) != "practice" or not (
            self.env.user.has_group("recouv_lib.group_manager")
        ):
            raise AccessError(self.env._("Only the practice's manager closes a login."))
        self._tp_close_logins()
        return True

    def _tp_close_logins(self):
        """Archive the logins and take back what they opened; a session that is open
        ends with its next request."""
        agent = self.env.ref(AGENT)
        for mandate in self:
            # sudo: logins are the administrator's; these were opened by this mandate
            users = mandate.sudo().tp_agent_ids.filtered("active")
            if users:
                users.action_archive()
                # whoever wakes the login again opens nothing with it
                users.write(
                    {"action_id": False, "group_ids": [Command.unlink(agent.id)]}
                )
                mandate._tp_log(users, "closed")

    def _on_revoked(self):
        """EXTENDS: no mandate, no login."""
        result = super()._on_revoked()
        self._tp_close_logins()
        return result

    def _on_expired(self):
        """EXTENDS: no mandate, no login."""
        result = super()._on_expired()
        self._tp_close_logins()
        return result

    def _on_replaced(self, new):
        """EXTENDS: the logins go on under the amendment."""
        result = super()._on_replaced(new)
        # sudo: a hook that runs with elevated rights, for both parties
        kept = self.sudo().tp_agent_ids.filtered("active")
        if new.scope == "tiers_payant":
            new.sudo().tp_agent_ids = [(4, user.id) for user in kept]
            self.sudo().tp_agent_ids = [(3, user.id) for user in kept]
        return result


class RecouvRejection(models.Model):
    """What an agent does is logged; what is the practice's stays with it."""

    _inherit = "recouv.rejection"

    def write(self, vals):
        """EXTENDS: an agent works while the mandate is in force."""
        if not self.env.su:
            self.env.user._recouv_check_tp_agent()
        return super().write(vals)

    def _check_treatable(self, action, channel=None):
        """EXTENDS: an agent neither bills patients nor gives money up."""
        user = self.env.user
        if not self.env.su and user._recouv_is_tp_agent():
            user._recouv_check_tp_agent()
            if action in ("bill_patient", "give_up"):
                raise AccessError(
                    self.env._(
                        "The practice decides what its patients owe and what it gives "
                        "up: note your advice on the rejection."
                    )
                )
        return super()._check_treatable(action, channel)

    def action_show_nir(self):
        """Show the social-security number of this one share; an agent's look is
        logged (law.md §6.2: needed only in work with caisses)."""
        self.ensure_one()
        self.check_access("read")
        self.env.user._recouv_check_tp_agent()
        self.env["recouv.tp.access"]._log("nir", self)
        # sudo: one number, on demand, to who works this rejection under a mandate
        number = self.sudo().share_id.nir or self.sudo().patient_id.recouv_nir
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Social-security number"),
                "message": number or self.env._("Not known"),
                "sticky": True,
                "type": "info",
            },
        }


class RecouvRejectionAct(models.Model):
    _inherit = "recouv.rejection.act"

    @api.model
    def _do(self, rejections, action, vals=None, by_rejection=None):
        """EXTENDS: what an agent did is logged."""
        acts = super()._do(rejections, action, vals, by_rejection)
        self.env["recouv.tp.access"]._log("act", rejections)
        return acts
