from odoo import models

#: who acts or is written to in a person's place, and when nothing may leave without
STAND_INS = ("recouv_guardian_id", "recouv_estate_contact_id", "recouv_safe_contact_id")


class ResPartner(models.Model):
    """A patient who is split stays as protected as before, at each practice.

    Who is spoken to in his place goes along where the practice may know him: one of the
    patient's own contacts, one of that practice, or one that no company owns. Else the
    person is suspended there, and the suspension says why.
    """

    _inherit = "res.partner"

    def _recouv_copy_values(self, root):
        """EXTENDS: a minor stays one; whether he is contacted is decided anew."""
        values = super()._recouv_copy_values(root)
        return values | {"recouv_birth_date": self.recouv_birth_date}

    def _recouv_copied_for(self, root, copies):
        result = super()._recouv_copied_for(root, copies)
        for person, copy in copies.items():
            others = {name: person[name] for name in STAND_INS if person[name]}
            copy._recouv_take_stand_ins(others, root, copies)
        self._recouv_follow_stand_ins(root, copies)
        return result

    def _recouv_kept_by(self, keeper):
        """EXTENDS: nor does the keeper point to another practice's contact."""
        result = super()._recouv_kept_by(keeper)
        family = self._recouv_family()
        for person in family:
            others = {name: person[name] for name in STAND_INS if person[name]}
            person._recouv_take_stand_ins(others, keeper, {})
        return result

    def _recouv_acts_for(self):
        """Whether one of this family acts for somebody outside of it."""
        # sudo: whether there is one, for the administrator who splits
        everyone = self.sudo().with_context(active_test=False)
        family = everyone._recouv_family()
        return bool(
            everyone.search_count(
                [
                    ("id", "not in", family.ids),
                    "|",
                    "|",
                    *[(name, "in", family.ids) for name in STAND_INS],
                ],
                limit=1,
            )
        )

    def _recouv_split(self, keeper):
        """EXTENDS: nobody else is left with a contact that is now the keeper's."""
        self.ensure_one()
        # sudo: an administrator, checked by what this extends
        debtor = self.sudo()
        family = debtor._recouv_family()
        copies = super()._recouv_split(keeper)
        for ward in family._recouv_wards():
            roots = ward.company_id.root_id or ward._recouv_billed_by()
            if roots - keeper:
                ward._recouv_leave(family, roots, {debtor: copies.get(roots)})
        return copies

    def _recouv_wards(self):
        """Return who is not of this family and has one of it act for him."""
        return self.with_context(active_test=False).search(
            [
                ("id", "not in", self.ids),
                "|",
                "|",
                *[(name, "in", self.ids) for name in STAND_INS],
            ]
        )

    def _recouv_billed_by(self):
        """Return the root companies that this person has receivable items of."""
        groups = self.env["account.move.line"]._read_group(
            [
                ("partner_id", "child_of", self.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ],
            ["company_id"],
        )
        return self.env["res.company"].concat(*(one for (one,) in groups)).root_id

    def _recouv_leave(self, family, roots, copies):
        """Name the copy that his one practice has, else nobody, and suspend him."""
        missing = []
        for name in STAND_INS:
            if self[name] in family:
                self[name] = copies.get(self[name]) or False
                if not self[name]:
                    missing.append(name)
        for root in roots if missing else ():
            self._recouv_suspend_split(missing, root)

    def _recouv_take_stand_ins(self, others, company, copies):
        """Name the same people for this record of ``company``, as far as it knows them.

        :param others: {field: contact} of the record as it was
        :param copies: {contact: its copy for ``company``}
        """
        missing = []
        for name, other in others.items():
            mine = copies.get(other, other)
            if mine.company_id and mine.company_id != company:
                mine = self.browse()
                missing.append(name)
            if self[name] != mine:
                self[name] = mine
        if missing:
            self._recouv_suspend_split(missing, company)

    def _recouv_follow_stand_ins(self, root, copies):
        """Those of ``root`` for whom one of this family acts keep him, as his copy."""
        family = self.browse(person.id for person in copies)
        wards = self.with_context(active_test=False).search(
            [
                ("company_id", "=", root.id),
                "|",
                "|",
                *[(name, "in", family.ids) for name in STAND_INS],
            ]
        )
        for ward in wards:
            for name in STAND_INS:
                if ward[name] in family:
                    ward[name] = copies[ward[name]]

    def _recouv_suspend_split(self, names, company):
        """Suspend the person at ``company`` until who acts for him is named there."""
        labels = self.fields_get(names, ["string"])
        self.env["recouv.hold"].create(
            {
                "company_id": company.id,
                "partner_id": self.id,
                "reason": "other",
                "note": self.env._(
                    "%(name)s was shared with another practice, whose contact stood "
                    "here: %(what)s. Name your own, then lift this suspension.",
                    name=self.name,
                    what=", ".join(labels[name]["string"] for name in names),
                ),
            }
        )
