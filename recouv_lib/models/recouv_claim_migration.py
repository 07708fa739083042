from dataclasses import replace

from odoo import api, models

from ..lib import ladder


class RecouvPolicy(models.Model):
    _inherit = "recouv.policy"

    def _equivalents(self, steps):
        """Return {step id: step of this policy} for steps of other policies.

        By rank; a step that is no mise en demeure never stands for one, nor for what
        comes after it: it stands for the last step before.
        """
        self.ensure_one()
        mine = self.step_ids.sorted()
        formal = next((i for i, s in enumerate(mine) if s.is_formal_notice), None)
        found = {}
        for step in steps.filtered(lambda s: s.policy_id != self):
            rank = step.policy_id.step_ids.sorted().ids.index(step.id)
            if formal is not None and step.is_formal_notice:
                rank = formal
            elif formal is not None and step._after_formal_notice():
                rank = max(rank, formal + 1)
            elif formal is not None:
                rank = min(rank, formal - 1)
            if mine and rank >= 0:
                found[step.id] = mine[min(rank, len(mine) - 1)]
        return found


class RecouvStep(models.Model):
    _inherit = "recouv.step"

    def _after_formal_notice(self):
        """Whether this step comes after a mise en demeure of its policy."""
        self.ensure_one()
        steps = self.policy_id.step_ids.sorted()
        before = steps[: steps.ids.index(self.id)]
        return any(before.mapped("is_formal_notice"))


class RecouvNotice(models.Model):
    _inherit = "recouv.notice"

    @api.model
    def _contacts_by_claim(self, claim_ids):
        """EXTENDS recouv_notice: contacts of another policy count by rank."""
        contacts = super()._contacts_by_claim(claim_ids)
        for claim in self.env["recouv.claim"].browse(claim_ids):
            if contacts[claim.id] and claim.policy_id:
                contacts[claim.id] = self._translated(
                    contacts[claim.id], claim.policy_id
                )
        return contacts

    @api.model
    def _translated(self, contacts, policy):
        """Return ``contacts`` with their rungs in the words of ``policy``."""
        steps = self.env["recouv.step"].browse(
            {contact.rung_id for contact in contacts if contact.rung_id}
        )
        foreign = steps.exists() - policy.step_ids
        if not foreign:
            return contacts
        known = policy._equivalents(foreign)
        return [
            replace(contact, rung_id=known[contact.rung_id].id)
            if contact.rung_id in known
            else contact
            for contact in contacts
        ]


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _positions_under(self, policy):
        """Return {claim: position} as if ``policy`` governed; nothing is written."""
        contacts = self.env["recouv.notice"]._contacts_by_claim(self.ids)
        rungs = policy.step_ids._as_rungs()
        translate = self.env["recouv.notice"]._translated
        return {
            claim: ladder.position(
                rungs, translate(contacts[claim.id], policy), claim._anchors()
            )
            for claim in self
        }
