from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

# rows of these tables follow no company: a partner's own family, logins, accounts
NOT_FOLLOWED = ("res_partner", "res_users", "res_company", "res_partner_bank")


class ResPartner(models.Model):
    """Patients belong to one company; those that two companies share are split."""

    _inherit = "res.partner"

    @api.model
    def default_get(self, fields_list):
        """EXTENDS 'base': a new person's screen proposes the company that is live."""
        values = super().default_get(fields_list)
        if "company_id" in fields_list and not values.get("company_id"):
            patient = self.env.context.get("res_partner_search_mode") == "customer"
            kind = {} if patient else values
            company = self._recouv_default_company(kind)
            if company and not self.env.context.get("recouv_is_creating"):
                values["company_id"] = company.id
        return values

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS 'base': a new person belongs to the company that is live."""
        for vals in vals_list:
            # who says which company asks nothing of the database
            if "company_id" in vals:
                continue
            if company := self._recouv_default_company(vals):
                vals["company_id"] = company.id
        creating = self.with_context(recouv_is_creating=True)
        return super(ResPartner, creating).create(vals_list).with_env(self.env)

    @api.model
    def _recouv_default_company(self, values):
        """Return the company of a new contact, empty where contacts are shared.

        Only where a company is live and has neighbours in the database; payers and
        professionals may be shared, and an address follows its parent.
        """
        company = self.env.company
        shared = values.get("is_company") or values.get("parent_id")
        if shared or not company._recouv_config().recouv_live_on:
            return company.browse()
        # a mere count of companies, whatever the user sees of them
        alone = self.env["res.company"].sudo().search_count([], limit=2) < 2
        return company.browse() if alone else company.root_id

    @api.model
    def _recouv_shared_debtors(self):
        """Return {debtor: root companies} of the patients that companies share.

        A root company stands for its branches. Reads every company: for an
        administrator only.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT l.partner_id,
                          array_agg(DISTINCT split_part(c.parent_path, '/', 1)::int)
                     FROM account_move_line l
                     JOIN account_account a ON a.id = l.account_id
                     JOIN res_company c ON c.id = l.company_id
                     JOIN res_partner p ON p.id = l.partner_id
                    WHERE a.account_type = 'asset_receivable'
                      AND p.company_id IS NULL AND %(kind)s = 'patient'
                      AND l.parent_state <> 'cancel'
                 GROUP BY l.partner_id
                   HAVING COUNT(DISTINCT split_part(c.parent_path, '/', 1)) > 1
                 ORDER BY l.partner_id""",
                kind=self._recouv_debtor_kind_sql("p"),
            )
        )
        companies = self.env["res.company"]
        return {self.browse(debtor): companies.browse(roots) for debtor, roots in rows}

    def _recouv_family(self):
        """Return the debtor and his addresses, archived ones included."""
        self.ensure_one()
        return self.with_context(active_test=False).search(
            [("id", "child_of", self.id)]
        )

    def _recouv_locked_roots(self):
        """Return the root companies whose entries on this debtor may not change.

        Locked by the inalterability hash, or by a closing date: the partner is part
        of both (the hash of the items, the auxiliary account of the FEC).
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT split_part(c.parent_path, '/', 1)::int
                     FROM account_move_line l
                     JOIN account_move m ON m.id = l.move_id
                     JOIN res_company c ON c.id = l.company_id
                    WHERE l.partner_id IN %s AND m.state = 'posted'
                      AND (m.inalterable_hash IS NOT NULL
                           OR m.date <= GREATEST(
                               c.fiscalyear_lock_date, c.sale_lock_date,
                               c.hard_lock_date))""",
                tuple(self._recouv_family().ids),
            )
        )
        return self.env["res.company"].browse(root for (root,) in rows)

    def _recouv_split(self, keeper):
        """Give this shared debtor to ``keeper`` and a copy to each other company.

        What each company wrote about him follows its own copy: entries that are not
        locked, payments, statement lines, claims, notices, suspensions.

        :param keeper: the root company that keeps the record itself
        :return: {root company: its copy}
        :raise AccessError: not a settings administrator who manages the relance
        """
        self.ensure_one()
        self._check_may_split()
        # an administrator, checked just above, acts on every company at once: each
        # row only changes from this debtor to the copy that its own company gets
        debtor = self.sudo()
        roots = debtor._recouv_shared_debtors().get(debtor, keeper)
        copies = {}
        for root in roots - keeper:
            copies[root] = debtor._recouv_copy_for(root)
        debtor._recouv_family().write({"company_id": keeper.id})
        debtor._recouv_kept_by(keeper)
        self.env.invalidate_all()
        return copies

    @api.model
    def _check_may_split(self):
        user = self.env.user
        if not user.has_group("base.group_system") or not user.has_group(
            "recouv_lib.group_manager"
        ):
            raise AccessError(
                self.env._(
                    "Only a settings administrator who also manages the relance "
                    "splits debtors."
                )
            )

    def _recouv_copy_for(self, root):
        """Copy this debtor and his addresses for ``root`` and hand its rows over."""
        copies = {}
        family = self._recouv_family().sorted(lambda p: (p != self, p.id))
        for person in family:
            values = person._recouv_copy_values(root)
            if person != self:
                values["parent_id"] = copies.get(person.parent_id, copies[self]).id
            copies[person] = person.with_company(root).copy(values)
        self.env.flush_all()
        for person, copy in copies.items():
            person._recouv_hand_over_rows(copy, root)
        self.env.invalidate_all()
        self._recouv_copied_for(root, copies)
        return copies[self]

    def _recouv_copy_values(self, root):
        """Return what the copy of this person for ``root`` does not take as it is."""
        return {"name": self.name, "company_id": root.id}

    def _recouv_copied_for(self, root, copies):
        """Called once ``root`` has its own copies, with its rows handed over.

        :param copies: {person of the family: its copy}
        """

    def _recouv_kept_by(self, keeper):
        """Called once this debtor's record belongs to ``keeper``."""

    def _recouv_hand_over_rows(self, copy, root):
        """Point the rows of ``root`` and its branches from this partner to ``copy``.

        In SQL, as Odoo's own merge of contacts does: writing the partner of a posted
        invoice through the ORM would compute its terms and dates anew.
        """
        companies = tuple(
            self.env["res.company"].search([("id", "child_of", root.id)]).ids
        )
        for table, column in self._recouv_partner_columns():
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE %s = %s AND company_id IN %s",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    copy.id,
                    SQL.identifier(column),
                    self.id,
                    companies,
                )
            )
        for model in ("account.move", "recouv.claim"):
            self._recouv_hand_over_followers(model, copy, companies)

    def _recouv_hand_over_followers(self, model, copy, companies):
        self.env.cr.execute(
            SQL(
                """UPDATE mail_followers f SET partner_id = %s
                     FROM %s r
                    WHERE f.res_model = %s AND f.res_id = r.id
                      AND f.partner_id = %s AND r.company_id IN %s""",
                copy.id,
                SQL.identifier(self.env[model]._table),
                model,
                self.id,
                companies,
            )
        )

    @api.model
    def _recouv_partner_columns(self):
        """Return the (table, column) that name a partner in a row of one company."""
        return self.env.execute_query(
            SQL(
                """SELECT t.relname, a.attname
                     FROM pg_constraint k
                     JOIN pg_class t ON t.oid = k.conrelid
                     JOIN pg_attribute a
                       ON a.attrelid = t.oid AND a.attnum = k.conkey[1]
                    WHERE k.contype = 'f' AND k.confrelid = 'res_partner'::regclass
                      AND array_length(k.conkey, 1) = 1 AND t.relname NOT IN %s
                      AND EXISTS (SELECT 1 FROM pg_attribute c
                                   WHERE c.attrelid = t.oid AND c.attname = 'company_id'
                                     AND NOT c.attisdropped)""",
                NOT_FOLLOWED,
            )
        )
