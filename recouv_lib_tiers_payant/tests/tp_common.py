"""Test ground of third-party payers: a practice, a caisse, a mutual fund, a patient."""

from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.recouv_lib.tests.common import RecouvCommon


class TiersPayantCommon(RecouvCommon):
    """A patient insured by a caisse and a mutual fund, and who follows their money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref(
            "recouv_lib_tiers_payant.group_tiers_payant"
        )
        cls.caisse = cls.make_payer("CPAM d'Ille-et-Vilaine", "amo", "013510000")
        cls.mutual = cls.make_payer("Mutuelle de l'Exemple", "amc", "0012345678")
        cls.biller = new_test_user(
            cls.env,
            "biller",
            groups="base.group_user,recouv_lib_tiers_payant.group_tiers_payant",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def make_payer(cls, name, kind, code, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "recouv_payer_kind": kind,
                "recouv_payer_code": code,
                "street": "7 cours des Alliés",
                "zip": "35000",
                "city": "Rennes",
                "country_id": cls.env.ref("base.fr").id,
                "lang": "fr_FR",
                **values,
            }
        )
