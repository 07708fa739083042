import re

from odoo.tests import BaseCase, tagged

from ..lib import rejection_labels
from ..lib.rejection_labels import (
    ACTIONS,
    BILL,
    CATEGORIES,
    CLAIM,
    RULES,
    classify,
    find_pattern,
    normalise_code,
    normalise_label,
    patient_allowed,
)
from .rejection_samples import KNOWN, PUBLISHED, SOURCES


@tagged("post_install", "-at_install")
class TestRejectionLabels(BaseCase):
    def category(self, label, part="O", code=""):
        return classify(label, code, part).category.code

    # --- what the sources tell of -----------------------------------------------

    def test_published_codes_are_known_by_code_and_by_label(self):
        for code, label, category in PUBLISHED:
            self.assertEqual(self.category(label), category, label)
            found = classify("", code)
            self.assertEqual((found.category.code, found.how), (category, "code"))
            self.assertEqual(found.why, code)
            self.assertTrue(found.is_sure)

    def test_every_reason_that_practices_tell_of_is_recognised(self):
        for part, label, category in KNOWN:
            self.assertEqual(self.category(label, part), category, label)

    def test_the_nine_and_the_eight_reasons_and_those_of_other_sources(self):
        for part, _code, label, category in SOURCES:
            self.assertEqual(self.category(label, part), category, label)

    def test_a_label_in_capitals_without_accents_is_the_same(self):
        for part, label, category in KNOWN:
            plain = normalise_label(label).upper()
            self.assertEqual(self.category(plain, part), category, plain)

    # --- how people and machines write it ---------------------------------------

    def test_words_that_resemble_each_other_are_not_mixed_up(self):
        for label, category in (
            ("PRESCRIPTEUR INCONNU AU FNPS", "prescriber"),
            ("BENEFICIAIRE INCONNU", "identity"),
            ("CAISSE INCONNUE", "recipient"),
            ("EXECUTANT INCONNU", "practitioner"),
            ("CODE ACTE INCONNU", "pricing"),
            ("FACTURE PRESCRITE", "time_barred"),
            ("PRESCRIPTION NON SIGNEE", "prescription"),
            ("SOINS AVANT LA DATE DE PRESCRIPTION", "before_prescription"),
            ("FACTURE DIFFEREE", "pending"),
            ("DATE DE SOINS DIFFERENTE DE LA DATE D ENVOI", "pricing"),
            ("CERTIFICAT MEDICAL MANQUANT", "document"),
            ("FSE DEJA TELETRANSMISE", "duplicate"),
            ("OPPOSITION INTERNE PAIEMENT EN DOUBLE", "duplicate"),
            ("100% REFUSE", "exemption"),
        ):
            self.assertEqual(self.category(label), category, label)

    def test_the_part_decides_what_words_alone_do_not(self):
        for label, amo, amc in (
            ("BENEFICIAIRE INCONNU", "identity", "member"),
            ("PS NON CONVENTIONNE", "practitioner", "agreement"),
            ("PLAFOND ATTEINT", "pricing", "not_covered"),
            ("XYZ 42", "other", "amc_other"),
        ):
            self.assertEqual(self.category(label, "O"), amo)
            self.assertEqual(self.category(label, "C"), amc)

    def test_a_label_says_more_than_the_first_digits_of_its_code(self):
        self.assertEqual(self.category("doublon", code="0460"), "duplicate")
        found = classify("", "0461")
        self.assertEqual((found.category.code, found.how), ("prescriber", "group"))
        self.assertFalse(found.is_sure)

    def test_what_nobody_knows_is_left_to_a_person(self):
        for label in ("", None, "???", "MOTIF 12"):
            found = classify(label, "Z9")
            self.assertEqual((found.category.code, found.how), ("other", "none"))
            self.assertEqual(found.confidence, 0)
            self.assertFalse(found.is_sure)
            self.assertIn(found.action, ACTIONS)

    def test_the_reason_of_a_reading_is_told(self):
        found = classify("Facture DÉJÀ PAYÉE le 12/03")
        self.assertEqual((found.how, found.why), ("label", "deja paye"))
        self.assertTrue(found.is_sure)

    # --- the patient ------------------------------------------------------------

    def test_what_a_contract_does_not_hold_may_be_asked_of_the_patient(self):
        found = classify("garantie absente", part="C")
        self.assertTrue(found.is_patient_allowed)
        self.assertEqual(found.action, BILL)

    def test_an_exempted_person_never_owes_the_amo_part(self):
        for exemption in ("ald", "maternity", "at", "other", "c2s", "ame"):
            for label in ("soins non remboursables", "droits fermés"):
                for part in ("O", ""):
                    found = classify(label, "", part, exemption)
                    self.assertFalse(found.is_patient_allowed)
                    self.assertNotEqual(found.action, BILL)
        self.assertEqual(classify("non pris en charge", "", "O", "ald").action, CLAIM)

    def test_an_exempted_person_may_owe_the_amc_part(self):
        for exemption, allowed in (("none", True), ("ald", True), ("c2s", False)):
            found = classify("garantie absente", part="C", exemption=exemption)
            self.assertEqual(found.is_patient_allowed, allowed, exemption)

    def test_a_mistake_of_the_practice_is_never_the_patients(self):
        mistakes = ("identity", "pricing", "technical", "duplicate", "practitioner")
        for code in (*mistakes, "time_barred", "document", "withheld", "recipient"):
            for part in "OC":
                self.assertFalse(patient_allowed(CATEGORIES[code], part), code)

    def test_what_was_paid_is_never_sent_again(self):
        for label in ("facture déjà payée", "forclusion", "indu récupéré"):
            self.assertFalse(classify(label).category.resend, label)

    # --- codes ------------------------------------------------------------------

    def test_a_code_is_four_digits_and_three(self):
        for text in ("0460 053", "0460053", "0460-053", "0460053   "):
            found = normalise_code(text)
            self.assertEqual((found.code4, found.detail3), ("0460", "053"))
            self.assertEqual((found.key, str(found)), ("0460053", "0460 053"))
        for text, key in (("0460", "0460"), ("a12 ", "A12"), ("", ""), (None, "")):
            self.assertEqual(normalise_code(text).key, key)

    # --- what a practice teaches ------------------------------------------------

    def test_patterns_of_a_reason_are_plain_words(self):
        patterns = "bénéficiaire inconnu\nETM … BDO\n\n  "
        for label, found in (
            ("BENEFICIAIRE INCONNU AU FICHIER", "bénéficiaire inconnu"),
            ("ETM non trouvé dans la BDO", "ETM … BDO"),
            ("BENEFICIAIRE CONNU", ""),
            ("BDO sans ETM", ""),
            ("SETM DE LA BDO", ""),
            ("", ""),
        ):
            self.assertEqual(find_pattern(label, patterns), found, label)
        self.assertEqual(find_pattern("tout", ""), "")
        self.assertEqual(find_pattern("tout", None), "")
        self.assertEqual(find_pattern("a b c", "a...b...c"), "a...b...c")

    # --- the table as such ------------------------------------------------------

    def test_every_rule_names_a_category_and_can_match(self):
        used = {rule.category for rule in RULES}
        fallbacks = {"other", "amc_other"}
        self.assertEqual(used | fallbacks, set(CATEGORIES))
        for rule in RULES:
            self.assertNotRegex(rule.pattern, r"[A-ZÀ-ÿ]")
            self.assertIsNone(re.search(rule.pattern, "zzz"), rule.pattern)
        for category in CATEGORIES.values():
            self.assertIn(category.action, ACTIONS)
            self.assertIn(category.fixer, ("practice", "patient", "amo", "amc"))
            self.assertIn(category.recoverable, ("yes", "doubtful", "no"))
            # what may not be asked of a patient is never proposed to be
            self.assertFalse(category.action == BILL and not category.patient)

    def test_labels_are_read_once(self):
        rejection_labels._by_label.cache_clear()
        for _ in range(50):
            self.category("tarif incorrect")
        self.assertEqual(rejection_labels._by_label.cache_info().misses, 1)
