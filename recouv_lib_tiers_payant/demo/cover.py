"""Payers, insured patients, and invoices shared with their payers."""

from datetime import timedelta

from odoo import Command

from odoo.addons.recouv_lib.demo import clock
from odoo.addons.recouv_lib.demo.invoices import QUIET
from odoo.addons.recouv_lib.demo.practices import KINE, company_of, user_of

from ..lib import identifiers

GROUP = "recouv_lib_tiers_payant.group_tiers_payant"
CAISSE = ("CPAM d'Ille-et-Vilaine", "amo", "013510000", "7 cours des Alliés", "35000")
MUTUAL = ("Mutuelle de l'Exemple", "amc", "35007777", "2 mail François", "35000")
# title, sex, year, month of birth, what the mutual fund pays beside the caisse
PEOPLE = (
    ("Yvonne Tanguy", 2, 49, 3, 40),
    ("Hervé Le Goff", 1, 61, 11, 40),
    ("Samia Belkacem", 2, 84, 7, 30),
    ("Gwenaël Kerbrat", 1, 72, 5, 40),
    ("Odile Rousset", 2, 57, 9, 40),
    ("Thierry Vasseur", 1, 66, 1, 40),
    ("Lucie Nédélec", 2, 91, 12, 30),
    ("Bernard Coic", 1, 45, 4, 40),
    ("Fatou Sarr", 2, 78, 8, 40),
    ("Julien Prigent", 1, 88, 2, 40),
    ("Maryvonne Jaffré", 2, 52, 6, 40),
    ("Denis Aubry", 1, 69, 10, 40),
    ("Inès Moreau", 2, 95, 1, 30),
    ("Paul Guéguen", 1, 58, 3, 40),
)
#: days before today on which care ended, and the sum of the invoice, per patient
BILLS = (
    (48, 96.78), (47, 161.30), (46, 80.65), (45, 129.04), (44, 96.78), (43, 64.52),
    (42, 145.17), (41, 112.91), (40, 80.65), (39, 96.78), (38, 177.43), (30, 129.04),
    (29, 64.52), (28, 96.78),
)  # fmt: skip
FIRST_NUMBER = 412
#: a lot of each kind of payer begins with
LOT_OF = {"amo": "4", "amc": "5"}


def prepare(env, today):
    """Make everything up to the lots that were transmitted.

    :param today: the day the demonstration is played on
    """
    company = company_of(env, KINE)
    _give_rights(env)
    user = user_of(env, "kine")
    practice = env(user=user.id, su=False, context=_context(env, company))
    company.write({"recouv_finess": "350000022"})
    payers = [_payer(practice, *payer) for payer in (CAISSE, MUTUAL)]
    shares = practice["recouv.share"]
    for rank, (person, bill) in enumerate(zip(PEOPLE, BILLS, strict=True)):
        patient = _patient(practice, payers, rank, *person)
        shares |= _bill(practice, patient, today, rank, *bill)
    _transmit(practice, shares, today)


def _give_rights(env):
    for login in ("kine", "secretaire"):
        user_of(env, login).group_ids = [Command.link(env.ref(GROUP).id)]


def _context(env, company):
    return {
        **env.context,
        **QUIET,
        "allowed_company_ids": company.ids,
        "lang": "fr_FR",
        "tz": "Europe/Paris",
    }


def _payer(env, name, kind, code, street, zip_code):
    return env["res.partner"].create(
        {
            "name": name,
            "is_company": True,
            "company_id": env.company.id,
            "recouv_payer_kind": kind,
            "recouv_payer_code": code,
            "street": street,
            "zip": zip_code,
            "city": "Rennes",
            "country_id": env.ref("base.fr").id,
            "email": f"tiers-payant.{kind}@example.com",
            "lang": "fr_FR",
        }
    )


def _patient(env, payers, rank, name, sex, year, month, rate):
    root = f"{sex}{year:02}{month:02}35238{100 + rank:03}"
    patient = env["res.partner"].create(
        {
            "name": name,
            "company_id": env.company.id,
            "street": f"{3 + rank} rue de la Monnaie",
            "zip": "35000",
            "city": "Rennes",
            "country_id": env.ref("base.fr").id,
            "email": f"patient.tp{rank}@example.com",
            "lang": "fr_FR",
            "recouv_nir": f"{root}{identifiers.nir_key(root):0>2}",
            "recouv_birth_code": f"19{year:02}{month:02}15",
            "recouv_birth_rank": 1,
        }
    )
    for payer, share in zip(payers, (60, rate), strict=True):
        env["recouv.coverage"].create(
            {
                "partner_id": patient.id,
                "payer_id": payer.id,
                "member_number": f"A{rank:07}",
                "rate": share,
                "valid_from": "2020-01-01",
            }
        )
    return patient


def _bill(env, patient, today, rank, ago, amount):
    """An invoice posted on its day and shared by the rights of its patient."""
    day = today - timedelta(days=ago)
    with clock.at(day):
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": patient.id,
                "invoice_date": day,
                "recouv_care_end_date": day,
                "invoice_payment_term_id": False,
                "invoice_date_due": day + timedelta(days=30),
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Séances", "price_unit": amount, "tax_ids": []}
                    )
                ],
            }
        )
        move.action_post()
        move.is_move_sent = True
        env["recouv.share.split"].with_context(default_move_id=move.id).create(
            {
                "fse_kind": "F",
                "invoice_number": f"{FIRST_NUMBER + rank:09}",
            }
        ).action_apply()
    return move.recouv_share_ids


def _transmit(env, shares, today):
    """A lot for each payer and span of days, sent two days after the last care."""
    spans = {"12": (41, 60), "13": (38, 40), "14": (20, 31)}
    for number, (latest, oldest) in spans.items():
        first, last = (today - timedelta(days=ago) for ago in (oldest, latest))
        chosen = shares.filtered(lambda s, a=first, b=last: a <= s.care_date <= b)
        for payer in chosen.payer_id:
            with clock.at(last + timedelta(days=2)):
                env["recouv.lot.make"].create(
                    {
                        "share_ids": chosen.filtered(
                            lambda s, p=payer: s.payer_id == p
                        ).ids,
                        "name": LOT_OF[payer.recouv_payer_kind] + number,
                        "date": last + timedelta(days=2),
                        "is_sent": True,
                    }
                ).action_apply()
