from odoo.tests import TransactionCase, tagged

from ..lib.rejection_labels import classify, find_pattern, normalise_code
from .rejection_samples import KNOWN, PUBLISHED, SOURCES

# Its words name care that is not covered, but the prescription may still be found.
DIFFERENT = {"AMO05"}


@tagged("post_install", "-at_install")
class TestRejectionReasonData(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        data = cls.env["ir.model.data"].search(
            [
                ("module", "=", "recouv_lib_tiers_payant"),
                ("model", "=", "recouv.rejection.reason"),
            ]
        )
        cls.reasons = cls.env["recouv.rejection.reason"].browse(data.mapped("res_id"))
        cls.reasons = cls.reasons.sorted("id")

    def named(self, label, part):
        """The first reason whose words are in a label."""
        for reason in self.reasons:
            if reason.part in (False, part) and find_pattern(label, reason.patterns):
                return reason
        return self.reasons.browse()

    def by_code(self, code):
        key = normalise_code(code).key
        return self.reasons.filtered(lambda one: normalise_code(one.code).key == key)

    def test_they_are_shared_by_all_practices(self):
        self.assertGreater(len(self.reasons), 80)
        self.assertFalse(self.reasons.company_id)
        self.assertFalse(self.reasons.filtered("is_learned"))
        self.assertTrue(all(self.reasons.mapped("what_to_do")))

    def test_the_six_published_codes(self):
        for code, label, _category in PUBLISHED:
            reason = self.by_code(code)
            self.assertEqual(len(reason), 1, code)
            self.assertEqual(self.named(label, "O"), reason, label)
            self.assertEqual(reason.action_class, classify(label, code).action, code)

    def test_the_nine_and_the_eight(self):
        for part, code, label, _category in SOURCES:
            if code:
                self.assertEqual(self.named(label, part), self.by_code(code), label)
                self.assertEqual(self.by_code(code).part, part)

    def test_every_known_label_finds_its_reason(self):
        for part, label in [
            *((part, label) for part, label, _category in KNOWN),
            *((part, label) for part, _code, label, _category in SOURCES),
        ]:
            reason = self.named(label, part)
            self.assertTrue(reason, label)
            self.assertIn(reason.part, (False, part), label)

    def test_a_reason_proposes_what_its_words_do(self):
        for part, code, label, _category in SOURCES:
            reason = self.named(label, part)
            if reason.code not in DIFFERENT:
                found = classify(label, code, part)
                self.assertEqual(reason.action_class, found.action, label)

    def test_what_may_become_the_patients_debt(self):
        """Only what the payer's contract or the rights do not cover."""
        allowed = self.reasons.filtered("is_patient_allowed")
        codes = set(allowed.filtered("code").mapped("code"))
        self.assertEqual(
            codes, {"AMO03", "AMO04", "AMC01", "AMC04", "AMC05", "AMC06", "AMC08"}
        )
        for reason in self.reasons.filtered(lambda r: r.action_class == "bill_patient"):
            self.assertTrue(reason.is_patient_allowed, reason.name)
        for name in ("c2s_closed", "ame_as_c2s", "too_late", "hospital_stay"):
            reason = self.env.ref(f"recouv_lib_tiers_payant.rejection_reason_{name}")
            self.assertFalse(reason.is_patient_allowed, name)

    def test_what_was_paid_or_is_too_late_is_not_sent_again(self):
        for reason in self.reasons.filtered(lambda r: r.action_class == "claim_payer"):
            self.assertFalse(reason.is_resend_allowed, reason.name)
        for reason in self.reasons.filtered(
            lambda r: r.action_class == "correct_and_resend"
        ):
            self.assertTrue(reason.is_resend_allowed, reason.name)
