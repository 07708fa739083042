"""The companies and users of the demonstration."""

from dataclasses import dataclass

from odoo import Command

MEDIATOR = (
    "Médiation Exemple, 3 place du Dialogue, 75000 Paris, https://mediation.example"
)


@dataclass(frozen=True)
class Practice:
    """A company as it stands on its letters.

    ``sender`` and the codes of ``journals``, which begin the numbers of invoices, show
    on text messages: they say nothing of care.
    """

    key: str
    name: str
    sender: str
    street: str
    zip: str
    city: str
    phone: str
    email: str
    number: str
    iban: str
    manager: str
    journals: tuple = (("HONO", "Honoraires"),)
    towns: tuple = ()
    patients: int = 0


KINE = Practice(
    key="kine",
    name="Cabinet de kinésithérapie des Halles",
    sender="Cabinet des Halles",
    street="14 rue des Halles",
    zip="35000",
    city="Rennes",
    phone="02 61 91 10 20",
    email="accueil@cabinet-des-halles.example",
    number="10099900016",
    iban="FR7630006000011234567890189",
    manager="Aurélie Morvan",
    towns=(
        ("35000", "Rennes"),
        ("35510", "Cesson-Sévigné"),
        ("35136", "Saint-Jacques-de-la-Lande"),
        ("35740", "Pacé"),
    ),
    patients=38,
)
DENTIST = Practice(
    key="dentaire",
    name="Centre dentaire du Vieux-Port",
    sender="Centre du Vieux-Port",
    street="27 quai de Rive-Neuve",
    zip="13007",
    city="Marseille",
    phone="04 65 71 30 40",
    email="contact@centre-vieux-port.example",
    number="10099900024",
    iban="FR1420041010050500013M02606",
    manager="Vincent Castellani",
    journals=(("HONO", "Soins"), ("HON2", "Devis signés")),
    towns=(
        ("13007", "Marseille"),
        ("13001", "Marseille"),
        ("13008", "Marseille"),
        ("13400", "Aubagne"),
    ),
    patients=40,
)
DOCTORS = Practice(
    key="medical",
    name="Maison médicale du Pont Vert",
    sender="Maison du Pont Vert",
    street="6 avenue du Pont Vert",
    zip="63000",
    city="Clermont-Ferrand",
    phone="04 65 71 50 60",
    email="secretariat@pont-vert.example",
    number="10099900032",
    iban="FR7610107001011234567890129",
    manager="Claire Fontanel",
    journals=(("HONO", "Honoraires médecins"), ("HON2", "Honoraires infirmiers")),
    towns=(
        ("63000", "Clermont-Ferrand"),
        ("63400", "Chamalières"),
        ("63170", "Aubière"),
        ("63800", "Cournon-d'Auvergne"),
    ),
    patients=52,
)
AGENCY = Practice(
    key="agence",
    name="Loire Conseil Recouvrement",
    sender="Loire Conseil",
    street="90 boulevard de l'Exemple",
    zip="44000",
    city="Nantes",
    phone="02 61 91 70 80",
    email="contact@loire-conseil.example",
    number="900000009",
    iban="FR7630001007941234567890185",
    manager="Nathalie Brossard",
)
PRACTICES = (KINE, DENTIST, DOCTORS)
COMPANIES = (*PRACTICES, AGENCY)

# login: name, groups, keys of companies, what the person does
USERS = {
    "secretaire": ("Sophie Lambert", ["recouv_lib.group_user"], ("kine", "dentaire")),
    "kine": (KINE.manager, ["recouv_lib.group_manager"], ("kine",)),
    "dentiste": (DENTIST.manager, ["recouv_lib.group_manager"], ("dentaire",)),
    "medecin": (DOCTORS.manager, ["recouv_lib.group_manager"], ("medical",)),
    "comptable": (
        "Gérard Poulain",
        ["account.group_account_user"],
        ("kine", "dentaire", "medical"),
    ),
    "agence": (
        AGENCY.manager,
        ["recouv_lib.group_manager", "recouv_lib.group_agency"],
        ("agence",),
    ),
}
MANAGERS = {"kine": "kine", "dentaire": "dentiste", "medical": "medecin"}
SECRETARIES = {"kine": "secretaire", "dentaire": "secretaire", "medical": "medecin"}


def company_of(env, practice):
    """Return the company of a :class:`Practice`, empty when there is none."""
    found = env.ref(f"recouv_demo.company_{practice.key}", raise_if_not_found=False)
    return found or env["res.company"]


def make_companies(env):
    """Create the companies with French chart, journals, bank account and identity."""
    for practice in COMPANIES:
        if not company_of(env, practice):
            _make_company(env, practice)


def _make_company(env, practice):
    company = _new_company(env, practice)
    env["account.chart.template"].try_loading("fr", company, install_demo=False)
    company.partner_id.lang = "fr_FR"
    _set_journals(company, practice)
    company._recouv_load_schedules()
    company._recouv_create_transfer_settings()
    company.write(_relance_values(company, practice))


def _new_company(env, practice):
    """The first practice takes the database's own company, the others are new."""
    values = {
        "name": practice.name,
        "street": practice.street,
        "zip": practice.zip,
        "city": practice.city,
        "country_id": env.ref("base.fr").id,
        "currency_id": env.ref("base.EUR").id,
        "phone": practice.phone,
        "email": practice.email,
    }
    if "iap_enrich_auto_done" in env["res.company"]._fields:
        values["iap_enrich_auto_done"] = True  # nothing is looked up on the network
    company = env.ref("base.main_company")
    if practice is KINE and not env["account.move"].search_count([], limit=1):
        company.write(values)
    else:
        company = env["res.company"].create(values)
    name = f"recouv_demo.company_{practice.key}"
    env["ir.model.data"]._update_xmlids([{"xml_id": name, "record": company}])
    return company


def _set_journals(company, practice):
    """Name the sale journals and give the bank journal its account."""
    journals = company.env["account.journal"].with_company(company)
    of_company = [("company_id", "=", company.id)]
    (code, name), *others = practice.journals
    first = journals.search([*of_company, ("type", "=", "sale")], limit=1)
    first.write({"code": code, "name": name})
    for code, name in others:
        account = first.default_account_id.id
        first.copy({"code": code, "name": name, "default_account_id": account})
    if not journals.search_count([*of_company, ("type", "=", "cash")]):
        values = {"name": "Caisse", "code": "CAIS", "type": "cash"}
        journals.create(values | {"company_id": company.id})
    bank = journals.search([*of_company, ("type", "=", "bank")], limit=1)
    bank.bank_account_id = company.env["res.partner.bank"].create(
        {
            "acc_number": practice.iban,
            "partner_id": company.partner_id.id,
            "company_id": company.id,
        }
    )


def _relance_values(company, practice):
    bank = company.env["account.journal"].search(
        [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
    )
    return {
        "recouv_sender_name": practice.sender,
        "recouv_professional_number": practice.number,
        "recouv_mediator": MEDIATOR,
        "recouv_privacy_url": f"https://{practice.email.split('@')[1]}/donnees",
        "recouv_bank_id": bank.bank_account_id.id,
        "recouv_sms_price": 0.06,
        "recouv_letter_cost": 1.52,
        "recouv_registered_cost": 6.11,
    }


# --- schedules ----------------------------------------------------------------------


def set_schedules(env):
    """Choose the rules: large debts go faster, payers have their own schedule."""
    for practice in PRACTICES:
        company = company_of(env, practice)
        fast = company._recouv_schedule("calendar_15")
        payers = company._recouv_schedule("payers").copy(
            {"name": "Organismes payeurs", "capacity": "creditor", "rule_ids": False}
        )
        env["recouv.policy.rule"].create(
            [
                {"policy_id": payers.id, "sequence": 10, "debtor_kind": "payer"},
                {"policy_id": fast.id, "sequence": 20, "amount_min": 800},
            ]
        )


# --- users --------------------------------------------------------------------------


def make_users(env):
    """Create the users; the password is the login. The first company is theirs."""
    users = env["res.users"].with_context(no_reset_password=True)
    for login, (name, groups, keys) in USERS.items():
        companies = [company_of(env, p) for p in COMPANIES if p.key in keys]
        users.create(
            {
                "login": login,
                "password": login,
                "name": name,
                "email": f"{login}@example.com",
                "lang": "fr_FR",
                "tz": "Europe/Paris",
                "odoobot_state": "disabled",
                "action_id": _home_of(env, groups).id,
                "company_id": companies[0].id,
                "company_ids": [Command.set([c.id for c in companies])],
                "group_ids": [Command.link(env.ref(group).id) for group in groups],
            }
        )
    _set_admin(env)
    _set_responsibles(env)


def _home_of(env, groups):
    """What a user sees first: the work of the day, or the invoices."""
    ours = any(group.startswith("recouv_lib.") for group in groups)
    return env.ref(
        "recouv_lib.recouv_day_action"
        if ours
        else "account.action_move_out_invoice_type"
    )


def _set_admin(env):
    """The administrator sees the practices, not the agency: nobody sees both."""
    companies = [company_of(env, practice).id for practice in PRACTICES]
    env.ref("base.user_admin").write(
        {
            "lang": "fr_FR",
            "tz": "Europe/Paris",
            "company_id": companies[0],
            "company_ids": [Command.set(companies)],
        }
    )


def _set_responsibles(env):
    for practice in PRACTICES:
        company_of(env, practice).recouv_responsible_id = user_of(
            env, SECRETARIES[practice.key]
        )


def user_of(env, login):
    """Return the user with this login."""
    return env["res.users"].search([("login", "=", login)], limit=1)
