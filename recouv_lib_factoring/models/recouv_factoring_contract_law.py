from odoo import models


class RecouvFactoringContract(models.Model):
    """The law that the papers of a sale rest on: that of the practice's country.

    Contract, deed, statements cite an article where we know it (law.md §5 for France,
    §8 C8 and C9 for Switzerland), and none elsewhere: the clauses hold by what the
    parties agree.
    """

    _inherit = "recouv.factoring.contract"

    def _law_country(self):
        """Return the code of the country whose law the contract follows.

        Elevated: where a party is, which its letters show.
        """
        return self.sudo().company_id._recouv_country().code

    def _is_under_french_monopoly(self):
        """Say whether buying what is not due is reserved to banks (CMF L511-5): where
        either party is in France."""
        # sudo: where a party is, which its letters show
        contract = self.sudo()
        parties = contract.company_id, contract.agency_id
        return any(party._recouv_country().code == "FR" for party in parties)

    def _articles_of_law(self):
        """Return {subject: article} in the law of the contract."""
        _ = self.env._
        return {
            "FR": {
                "assignment": _("Articles 1321 to 1326 of the Code civil"),
                "writing": _("articles 1322 and 1323 of the Code civil"),
                "effect": _("article 1323 of the Code civil"),
                "notification": _("article 1324 of the Code civil"),
                "warranty": _("article 1326 of the Code civil"),
                "set_off": _("article 1348-2 of the Code civil"),
                "secrecy": _("article 226-13 of the Code pénal"),
                "information": _("article 14 of Regulation (EU) 2016/679"),
                "monopoly": _(
                    "articles L. 511-5 and L. 313-1 of the Code monétaire et financier"
                ),
            },
            "CH": {
                "assignment": _("Articles 164 to 171 of the Code of Obligations"),
                "writing": _("article 165 of the Code of Obligations"),
                "notification": _("articles 167 and 169 of the Code of Obligations"),
                "warranty": _("article 171 of the Code of Obligations"),
                "secrecy": _("article 321 of the Criminal Code"),
            },
        }.get(self._law_country(), {})

    def _recourse_sentence(self):
        """Return what a statement of price recalls of the risk."""
        return self.env._(
            "Sold without recourse%(articles)s: what the debtors do not pay is the "
            "buyer's loss.",
            articles=self._cited("assignment"),
        )

    def _law(self, subject):
        """Return the article on a subject, empty where we know none."""
        return self._articles_of_law().get(subject, "")

    def _cited(self, subject):
        """Return the article on a subject in brackets, after a space, or nothing."""
        article = self._law(subject)
        return f" ({article[0].lower()}{article[1:]})" if article else ""
