import base64
import io
from datetime import date
from unittest.mock import patch

from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.models.recouv_mandate_convention import RecouvMandate

from .common import TODAY
from .mandate_common import PDF, MandateCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMandateConvention(MandateCommon):
    """The printed convention has the four mandatory contents (CPCE R124-3)."""

    def text(self, mandate):
        made = mandate.sudo()._make_convention()
        text = "\n".join(
            "\n".join([article["title"], *article["texts"]])
            for article in made["articles"]
        )
        return text.replace("\xa0", " ")

    def test_it_names_both_parties_and_the_law(self):
        made = self.make_mandate().sudo()._make_convention()
        self.assertEqual(
            [party["name"] for party in made["parties"]],
            [self.company.name, "Loire Conseil"],
        )
        self.assertIn("1 rue de la Paix, 35000 Rennes", made["parties"][0]["lines"])
        self.assertIn("R. 124-1 to R. 124-7", made["law"])

    def test_it_says_basis_guarantee_fee_and_remittance(self):
        text = self.text(self.make_mandate(fee_min=15, fee_max=300))
        for words in (
            "principal, interest and other accessories",  # R124-3 1°
            "policy RC-2026, valid until",  # 2°
            "$ 15.00 at least",  # 3°
            "$ 300.00 at most",
            "success only",
            "VAT of 20 % is added",
            "within 30 days of their actual receipt",  # 4°
            "FR76 3000 6000 0112 3456 7890 189",
            "declared to the public prosecutor (Nantes)",
        ):
            with self.subTest(words):
                self.assertIn(words, text)

    def test_it_says_what_the_agent_may_grant(self):
        text = self.text(self.make_mandate())
        self.assertIn("6 months at most, in instalments of $ 20.00 at least", text)
        self.assertIn("It may grant no discount", text)
        self.assertIn("within 8 days. Silence is a refusal", text)
        text = self.text(self.make_mandate(agent_max_discount=7.5))
        self.assertIn("up to 7.5 % of the sum", text)

    def test_each_choice_has_its_clause(self):
        cases = (
            ({"remit_mode": "net"}, "keeps its fee", "invoiced apart"),
            ({"remit_mode": "gross"}, "invoiced apart", "keeps its fee"),
            ({"fee_on_direct": True}, "also due on sums paid", "No fee is due"),
            ({"fee_on_direct": False}, "No fee is due on sums", "also due on sums"),
            ({"fee_vat_rate": 0}, "No VAT", "is added before"),
            ({"placement_mode": "case"}, "Case by case", "By subscription"),
            ({"placement_mode": "subscription"}, "By subscription", "Case by case"),
            ({"special_terms": "Only for Rennes."}, "Only for Rennes.", "Paris"),
            ({"valid_to": date(2027, 1, 1)}, "renewed tacitly for periods of 12", "not"
             " renewed"),
            ({"valid_to": date(2027, 1, 1), "tacit_renewal": False}, "not renewed",
             "periods of"),
            ({}, "without a term", "not renewed"),
            ({"remit_frequency": "weekly"}, "made every week", "every month"),
        )  # fmt: skip
        for values, wanted, unwanted in cases:
            text = self.text(self.make_mandate(**values))
            with self.subTest(values):
                self.assertIn(wanted, text)
                self.assertNotIn(unwanted, text)

    def test_it_has_the_clauses_of_article_28(self):
        text = self.text(self.make_mandate())
        for words in (
            "article 28 of Regulation (EU) 2016/679",
            "documented instructions",
            "confidential",
            "article 32",
            "prior written authorisation",
            "access, rectification, erasure",
            "breach",
            "returns or deletes",
            "audits",
            "infringe the law",
        ):
            with self.subTest(words):
                self.assertIn(words, text)

    def test_the_scale_is_a_table(self):
        mandate = self.make_mandate(
            scale=[{"rate": 10.5}, {"from_age": 180, "from_amount": 1000, "rate": 8,
                                    "fixed": 20}]
        )  # fmt: skip
        self.assertEqual(
            mandate.sudo()._make_convention()["scale"],
            [
                {"age": "any", "amount": "$\xa00.00", "fee": "10.5 %", "fixed": "–"},
                {"age": "from 180 days", "amount": "$\xa01,000.00", "fee": "8 %",
                 "fixed": "$\xa020.00"},
            ],
        )  # fmt: skip

    def test_what_was_signed_stays_what_is_printed(self):
        mandate = self.make_mandate()
        self.sign(mandate, self.manager)
        before = mandate.convention
        self.agency.name = "Another name"
        self.agency.street = "Elsewhere"
        self.sign(mandate, self.director)
        self.assertEqual(mandate.convention, before)
        self.assertIn("Loire Conseil", str(mandate.convention))

    def test_two_different_texts_make_no_mandate(self):
        mandate = self.make_mandate()
        self.sign(mandate, self.manager)
        mandate.sudo().convention = {**mandate.convention, "number": "tampered"}
        with self.assertRaisesRegex(UserError, "different texts"):
            self.sign(mandate, self.director)

    def pdf(self, mandate):
        with patch.object(
            type(mandate), "_print_convention", RecouvMandate._print_convention
        ):
            content = mandate.sudo()._print_convention()
        reader = PdfReader(io.BytesIO(content))
        return " ".join(" ".join(page.extract_text() for page in reader.pages).split())

    def test_the_draft_says_so_and_leaves_room_to_sign(self):
        words = self.pdf(self.make_mandate())
        self.assertIn("without effect until both", words)
        self.assertIn("Article 12", words)
        self.assertIn("read and approved", words)

    def test_the_signed_one_says_who_signed(self):
        words = self.pdf(self.make_signed())
        self.assertNotIn("without effect", words)
        for name in ("Paul Practitioner", "Diane Director", "SHA-256"):
            self.assertIn(name, words)

    def test_each_party_downloads_its_own_copy(self):
        mandate = self.make_signed()
        urls = [
            mandate.with_user(user).action_print()["url"]
            for user in (self.manager, self.director)
        ]
        self.assertEqual(len(set(urls)), 2)
        for copy in self.env["recouv.mandate.document"].search([]):
            self.assertEqual(copy.with_user(self.env.user).sudo().kind, "convention")

    def test_a_party_reads_the_draft_before_it_signs(self):
        mandate = self.make_mandate()
        action = mandate.with_user(self.director).action_print()
        self.assertIn("recouv.download", action["url"])
        downloads = self.env["recouv.download"].sudo()
        download = downloads.search([], limit=1, order="id desc")
        self.assertEqual(base64.b64decode(download.content), PDF)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            mandate.with_user(self.stranger).action_print()
