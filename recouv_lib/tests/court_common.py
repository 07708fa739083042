"""A practice that sues, for the tests of court files."""

import io
from datetime import date

from pypdf import PdfReader

from odoo.tests import new_test_user

from .letter_common import LetterCommon
from .test_lib_dossier_pdf import make_pdf

LODGED = date(2026, 8, 20)
ORDER = date(2026, 9, 12)
SERVED = date(2026, 10, 15)
FREE = date(2026, 12, 16)  # two months after service, by the law of September 2026


class CourtCommon(LetterCommon):
    """Claims after a mise en demeure, a court, an officer and a practitioner."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "practitioner",
            groups="base.group_user,recouv_lib.group_manager",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        cls.court = cls.env["recouv.court"].create(
            {
                "name": "Tribunal judiciaire de Rennes",
                "kind": "judiciary",
                "street": "7 rue Pierre Abélard",
                "zip": "35000",
                "city": "Rennes",
                "postcode_prefixes": "35",
            }
        )
        cls.officer = cls.env["res.partner"].create({"name": "Me Le Goff"})
        cls.lawyer = cls.env["res.partner"].create({"name": "Me Avoué"})

    @classmethod
    def make_claim(cls, amount=300.0, partner=None, due=date(2026, 3, 2), **values):
        """A claim whose mise en demeure was presented on 15 May 2026."""
        move = cls.make_invoice(partner, amount=amount, due=due, **values)
        cls.env["recouv.engine"]._create_claims(cls.company, date(2026, 6, 15))
        claim = cls.claims_of(move)
        claim.sudo().formal_notice_date = date(2026, 5, 15)
        return claim

    @classmethod
    def identity(cls):
        return {
            "claimant_kind": "person",
            "claimant_profession": "Masseur-kinésithérapeute",
            "claimant_nationality": "française",
            "claimant_birth_date": date(1980, 2, 3),
            "claimant_birth_place": "Brest",
        }

    def make_file(self, claims=None, ready=True, release=True, **values):
        """A court file made by the practitioner, complete unless told otherwise."""
        claims = claims if claims is not None else self.make_claim()
        action = claims.with_user(self.manager).action_take_to_court()
        found = self.env["recouv.litigation"].with_user(self.manager)
        litigation = found.browse(action["res_id"])
        litigation.write({**self.identity(), "officer_id": self.officer.id, **values})
        if release:
            self.release(litigation.exhibit_ids[:1])
        if ready:
            litigation.action_complete()
        return litigation

    def release(self, exhibit, content=None):
        """Release an exhibit as the practitioner, through the dialog."""
        import base64

        action = exhibit.with_user(self.manager).action_release()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create(
                {
                    "file": base64.b64encode(content or make_pdf("Note d'honoraires")),
                    "checked": True,
                }
            )
        )
        wizard.action_release()
        return wizard.request_id

    def record(self, litigation, kind, day, **values):
        """Record an act on its day."""
        with self.at(day):
            return litigation.record(kind, day, **values)

    def granted(self, litigation=None, day=ORDER):
        """A file whose order was granted in full."""
        litigation = litigation or self.make_file()
        self.record(litigation, "filed", LODGED)
        self.record(
            litigation,
            "granted",
            day,
            granted_principal=litigation.amount_principal,
        )
        return litigation

    def served(self, litigation=None, in_person=True):
        litigation = litigation or self.granted()
        self.record(litigation, "served", SERVED, in_person=in_person)
        return litigation

    def titled(self, litigation=None, **values):
        litigation = litigation or self.served(**values)
        self.record(litigation, "no_opposition", FREE)
        return litigation

    def pdf_texts(self, content):
        return [
            " ".join((page.extract_text() or "").replace("\u00a0", " ").split())
            for page in PdfReader(io.BytesIO(content)).pages
        ]
