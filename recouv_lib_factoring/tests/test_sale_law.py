from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .offer_common import OfferCommon

FRENCH = (
    "Code civil",
    "Code pénal",
    "monétaire",
    "1322",
    "1323",
    "1324",
    "1326",
    "1348",
    "2016/679",
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleLaw(OfferCommon):
    """What practice and buyer sign cites the law of their country, and no other."""

    def move_to(self, code):
        country = self.env.ref(f"base.{code}")
        for company in (self.company, self.agency):
            company.sudo().account_fiscal_country_id = country

    def contract_words(self, **values):
        contract = self.make_draft_contract(financing_rate=6.0, **values).sudo()
        text = contract._make_text()
        words = [text["law"]]
        return "\n".join(words + [t for a in text["articles"] for t in a["texts"]])

    def deed_words(self):
        schedule = self.offer(self.make_invoice())
        self.accept(schedule)
        text = schedule._make_deed_text()
        return "\n".join([text["law"], *text["terms"]])

    def assertCites(self, words, *articles):
        for article in articles:
            self.assertIn(article, words)

    def assertNothingFrench(self, words):
        for article in FRENCH:
            self.assertNotIn(article, words)

    def test_a_french_contract_cites_french_law(self):
        self.assertCites(self.contract_words(), *FRENCH)

    def test_a_french_deed_cites_french_law(self):
        self.assertCites(self.deed_words(), "1321 to 1326", "1323", "1324")

    def test_a_swiss_contract_cites_swiss_law(self):
        self.move_to("ch")
        words = self.contract_words()
        self.assertNothingFrench(words)
        self.assertCites(
            words,
            "Articles 164 to 171 of the Code of Obligations; without recourse",
            "(article 165 of the Code of Obligations)",
            "(article 171 of the Code of Obligations)",
            "(article 321 of the Criminal Code)",
        )

    def test_a_swiss_deed_cites_swiss_law(self):
        self.company.sudo().recouv_consent_required = False
        self.move_to("ch")
        words = self.deed_words()
        self.assertNothingFrench(words)
        self.assertCites(words, "articles 167 and 169 of the Code of Obligations")

    def test_where_we_know_no_law_none_is_cited(self):
        self.move_to("be")
        words = self.contract_words()
        self.assertNothingFrench(words)
        self.assertNotIn("(article", words)
        self.assertIn("Without recourse against the assignor", words)

    def test_a_statement_of_price_cites_the_same(self):
        contract = self.contract.sudo()
        self.assertIn("(articles 1321 to 1326", contract._recourse_sentence())
        self.move_to("ch")
        self.assertIn("(articles 164 to 171", contract._recourse_sentence())
        self.assertNothingFrench(contract._recourse_sentence())

    def test_only_french_banking_law_asks_for_an_opinion(self):
        values = {"buyer_status": "none", "legal_opinion": False}
        contract = self.make_draft_contract(**values)
        self.assertIn("legal opinion", " ".join(contract._gaps(TODAY)))
        self.move_to("ch")
        self.assertNotIn("legal opinion", " ".join(contract._gaps(TODAY)))
        self.assertNotIn("opinion", self.contract_words(**values))
        contract._sign("Dr Jeanne Morel")

    def test_a_french_buyer_of_a_swiss_practice_needs_it_too(self):
        self.company.sudo().account_fiscal_country_id = self.env.ref("base.ch")
        contract = self.make_draft_contract(legal_opinion=False)
        self.assertIn("legal opinion", " ".join(contract._gaps(TODAY)))
