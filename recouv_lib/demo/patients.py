"""The patients: most drawn at random from names, some with a part in the story."""

import random
import unicodedata

from .names import FIRST_NAMES, LAST_NAMES, STREETS
from .practices import PRACTICES, company_of

# role: practice, name, what differs from a patient drawn at random
CAST = {
    "deceased": ("kine", "Huguette Perrin", {}),
    "twelve_sessions": ("kine", "Bastien Ollivier", {}),
    "parent": ("kine", "Marianne Caradec", {}),
    "child": ("kine", "Léo Caradec", {"phone": False, "email": False}),
    "english": ("kine", "Fiona Gallagher", {"lang": "en_US"}),
    "promise": ("kine", "Thierry Bouvet", {}),
    "unclaimed": ("kine", "Gaspard Le Normand", {}),
    "presented": ("kine", "Corinne Salmon", {}),
    "landline": (
        "kine",
        "Paulette Rageot",
        {"email": False, "phone": "01 99 00 42 17"},
    ),
    "disputed": ("dentaire", "Étienne Marchetti", {}),
    "swiss": (
        "dentaire",
        "Beat Zurbriggen",
        {
            "street": "18 rue des Alpes",
            "zip": "1201",
            "city": "Genève",
            "country": "ch",
            "phone": False,
        },
    ),
    "instalments": ("dentaire", "Odile Santoni", {}),
    "handed_over": ("dentaire", "Ludovic Berard", {}),
    "wrong_address": ("dentaire", "Jessica Moulin", {}),
    "refused": ("dentaire", "Franck Delorme", {}),
    "hospitalised": ("medical", "Raymond Chastagnol", {}),
    "no_address": (
        "medical",
        "Yanis Benkacem",
        {"street": False, "zip": False, "city": False},
    ),
    "old_debt": ("medical", "Solange Vidalie", {"email": False}),
    "barred_debt": ("medical", "Armand Pradier", {"email": False}),
    "never": ("medical", "Ginette Roche", {}),
    "company": (
        "medical",
        "Transports Faure",
        {"is_company": True, "recouv_debtor_kind": "professional"},
    ),
    "payer": (
        "medical",
        "Mutuelle Exemple Santé",
        {"is_company": True, "recouv_debtor_kind": "payer"},
    ),
    "credit": ("medical", "Lucette Berthon", {}),
}


def role(env, name):
    """Return the partner who plays this part."""
    return env.ref(f"recouv_demo.partner_{name}")


def make_patients(env):
    """Create the patients of every practice, those with a part first."""
    for practice in PRACTICES:
        draw = random.Random(f"patients {practice.key}")
        parts = {
            f"recouv_demo.partner_{key}": (name, differing)
            for key, (owner, name, differing) in CAST.items()
            if owner == practice.key
        }
        names = _draw_names(draw, practice.patients)
        values = [
            _values(env, draw, practice, rank, name, differing)
            for rank, (name, differing) in enumerate(
                [*parts.values(), *((name, {}) for name in names)]
            )
        ]
        patients = env["res.partner"].create(values)
        env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": xmlid, "record": patient, "noupdate": True}
                for xmlid, patient in zip(parts, patients, strict=False)
            ]
        )


def _draw_names(draw, number):
    firsts = draw.sample(FIRST_NAMES, number)
    lasts = draw.sample(LAST_NAMES, number)
    return [" ".join(pair) for pair in zip(firsts, lasts, strict=True)]


def _values(env, draw, practice, rank, name, differing):
    """A patient of this practice, who belongs to its company alone."""
    code, town = draw.choice(practice.towns)
    values = {
        "name": name,
        "company_id": company_of(env, practice).id,
        "ref": f"{practice.key[0].upper()}{rank + 1:04}",
        "street": f"{draw.randint(1, 98)} {draw.choice(STREETS)}",
        "zip": code,
        "city": town,
        "lang": "fr_FR",
        "phone": _draw_phone(draw, rank),
        "email": _email(name) if draw.random() < 0.75 else False,
        **differing,
    }
    country = values.pop("country", "fr")
    return values | {"country_id": env.ref(f"base.{country}").id}


def _draw_phone(draw, rank):
    """Three in four have a mobile, most others a landline; ranges kept for fiction."""
    chance = draw.random()
    pairs = f"{rank % 100:02} {draw.randint(0, 99):02}"
    if chance < 0.76:
        return f"06 39 98 {pairs}"
    return f"01 99 00 {pairs}" if chance < 0.94 else False


def _email(name):
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return ".".join(plain.lower().replace("'", " ").split()) + "@example.com"
