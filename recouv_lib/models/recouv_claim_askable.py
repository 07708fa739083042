from odoo import api, models
from odoo.tools import SQL


class RecouvClaim(models.Model):
    """What may be asked of a claim by whoever writes no notice: a court, an agreement,
    a receipt.

    What :meth:`_not_asked_sql` says for notices has two parts. A line that carries a
    code (a missed appointment, an overrun on a protected tariff: law.md §5) is never
    collected, whoever asks. What is disputed is not asked as long as it is disputed,
    and still is owed: who pays it all the same has paid.
    """

    _inherit = "recouv.claim"

    @api.model
    def _never_asked_sql(self, claim):
        """Return the SQL of what may never be collected of row ``claim``; a mirror
        bears what its practice's claim bears."""
        return SQL(
            """(CASE WHEN %(claim)s.capacity = 'mandatary'
                     THEN COALESCE(%(mirrored)s, 0)
                     ELSE COALESCE(%(claim)s.amount_excluded, 0) END)""",
            claim=claim,
            mirrored=self._mirrored_sql(claim, SQL("mirrored.amount_excluded")),
        )

    def _collectable_residual(self):
        """EXTENDS: of a mirror, what its practice may have collected."""
        if self.capacity != "mandatary":
            return super()._collectable_residual()
        # elevated by _on_books: one number of the practice's claim
        return max(0, self.amount_residual_currency - self._on_books().amount_excluded)

    def _disputed_on_both_sides(self):
        """Return what is disputed of these claims, be it with the practice alone."""
        # sudo: sums of the practice's own claims; no more than their total is told
        claims = self.sudo()
        return sum(
            claims.union(*(claim._on_books() for claim in claims)).mapped(
                "amount_disputed"
            )
        )
