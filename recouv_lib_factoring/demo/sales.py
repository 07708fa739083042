"""A practice sells a month of its fee notes: offered, decided, signed."""

import base64
from datetime import timedelta

from odoo import Command, fields

from odoo.addons.recouv_lib.demo import clock
from odoo.addons.recouv_lib.demo.invoices import QUIET
from odoo.addons.recouv_lib.demo.practices import (
    AGENCY,
    DOCTORS,
    company_of,
    user_of,
)

#: debtor, days before today of the care, sum, what is odd about it
BILLS = (
    ("Mathilde Roussel", 73, 86.40, ""),
    ("Karim Haddad", 71, 120.00, ""),
    ("Solène Vidal", 70, 64.50, ""),
    ("Antoine Mercier", 68, 210.00, ""),
    ("Paulette Chabrol", 67, 43.20, ""),
    ("Nadia Ferreira", 65, 152.80, ""),
    ("Jérôme Astier", 64, 97.60, ""),
    ("Élodie Blanchet", 62, 180.00, ""),
    ("Rémi Sabatier", 61, 340.00, "negative"),
    ("Odette Farge", 60, 75.00, "disputed"),
    ("Lionel Bardou", 59, 58.00, "unsent"),
    ("Chantal Gidon", 58, 66.00, "no_address"),
    ("Yann Delmas", 0, 88.00, "today"),
)
#: days before today; the buyer's first reminder follows its notification by a month
CONTRACT, OFFERED, DECIDED, SIGNED = 80, 52, 51, 50
REFUSAL = "Contrôle de solvabilité négatif"


class Sales:
    """What the practice and its buyer do, each with its own people's rights."""

    def __init__(self, env, today, tell):
        self.env, self.today, self.tell = env, today, tell
        self.practice = self._person(DOCTORS, "medecin")
        self.buyer = self._person(AGENCY, "agence")

    def _person(self, practice, login):
        company = company_of(self.env, practice)
        context = {
            **self.env.context,
            **QUIET,
            "allowed_company_ids": company.ids,
            "lang": "fr_FR",
            "tz": "Europe/Paris",
        }
        user = user_of(self.env, login)
        return self.env(user=user.id, su=False, context=context)

    def live(self):
        """Live through the month; return the schedules that were sold."""
        with clock.at(self.today - timedelta(days=CONTRACT)):
            contract = self.sign_contract()
        moves = self.practice["account.move"]
        for bill in BILLS:
            moves |= self.treat(*bill)
        with clock.at(self.today - timedelta(days=OFFERED)):
            schedules = self.offer(moves.filtered(self._is_past))
        with clock.at(self.today - timedelta(days=DECIDED)):
            self.decide(contract)
        with clock.at(self.today - timedelta(days=SIGNED)):
            self.sign(schedules)
        # due on receipt, so not past due today: it waits for tomorrow
        self.offer(moves.filtered(lambda move: not self._is_past(move)))
        return schedules.filtered(lambda schedule: schedule.stage == "transferred")

    def _is_past(self, move):
        return move.invoice_date < self.today

    # --- before -----------------------------------------------------------------------

    def sign_contract(self):
        """The mandate, then the contract that needs it, by both parties."""
        day = fields.Date.context_today(self.practice["recouv.mandate"])
        company, agency = self.practice.company, self.buyer.company
        mandate = self.practice["recouv.mandate"].create(
            {
                "company_id": company.id,
                "agency_id": agency.id,
                "valid_from": day,
                "remit_iban": DOCTORS.iban,
                "remit_holder": DOCTORS.name,
                "guarantee_terms": "Assurance de responsabilité civile de l’agence.",
                "fee_line_ids": [Command.create({"rate": 15})],
            }
        )
        mandate._sign(DOCTORS.manager)
        mandate.with_env(self.buyer)._sign(AGENCY.manager)
        contract = self.practice["recouv.factoring.contract"].create(
            {
                "mandate_id": mandate.id,
                "valid_from": day,
                "legal_opinion": base64.b64encode(b"Avis juridique de demonstration"),
                "legal_opinion_name": "avis.txt",
                "commission_rate": 6.5,
                "commission_min": 15.0,
                "holdback_rate": 5.0,
                "limit_debtor": 1500.0,
                "limit_month": 8000.0,
            }
        )
        contract._sign(DOCTORS.manager, "Médecin")
        contract.with_env(self.buyer)._sign(AGENCY.manager, "Directrice")
        self.tell(f"cession : contrat {contract.name} signé par les deux parties")
        return contract

    def treat(self, name, ago, amount, mark):
        """A patient is checked, cared for and invoiced, payable on receipt."""
        day = self.today - timedelta(days=ago)
        with clock.at(day):
            patient = self._patient(name, mark)
            self._check(patient, "negative" if mark == "negative" else "clear")
            move = self.practice["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": patient.id,
                    "invoice_date": day,
                    "recouv_care_end_date": day,
                    "invoice_payment_term_id": False,
                    "invoice_date_due": day,
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Honoraires", "price_unit": amount, "tax_ids": []}
                        )
                    ],
                }
            )
            move.action_post()
            move.is_move_sent = mark != "unsent"
            if mark == "disputed":
                self.practice["recouv.hold"].create(
                    {"partner_id": patient.id, "reason": "dispute"}
                )
        return move

    def _patient(self, name, mark):
        return self.practice["res.partner"].create(
            {
                "name": name,
                "company_id": self.practice.company.id,
                "street": mark != "no_address" and "3 rue Blatin",
                "zip": "63000",
                "city": "Clermont-Ferrand",
                "country_id": self.env.ref("base.fr").id,
                "phone": "+33 6 39 98 12 34",
                "lang": "fr_FR",
            }
        )

    def _check(self, patient, result):
        """The secretary asks before treatment and enters the answer."""
        checks = self.practice["recouv.solvency.check"]._ask(patient, "treatment")
        self.practice["recouv.solvency.answer"].create(
            {"check_ids": [Command.set(checks.ids)], "result": result}
        ).action_record()

    # --- the sale ---------------------------------------------------------------------

    def offer(self, moves):
        """Put the invoices on a schedule and submit what may be sold."""
        action = moves.action_recouv_sell()
        draft = self.practice["recouv.assignment"].browse(action["res_id"])
        schedules = draft._submit()
        self.tell(
            f"cession : {len(draft.line_ids)} créances proposées, "
            f"{schedules.line_ids.mapped('state').count('removed')} écartées"
        )
        return schedules

    def decide(self, contract):
        """The buyer accepts what is proposed; a person confirms each refusal."""
        offers = self.buyer["recouv.purchase"].search(
            [("contract_id", "=", contract.id), ("state", "=", "to_decide")]
        )
        offers.action_accept_proposed()
        refused = offers.filtered(lambda offer: offer.proposal == "refuse")
        refused._refuse(REFUSAL)
        self.tell(
            f"cession : {len(offers - refused)} acceptées, {len(refused)} refusées"
        )

    def sign(self, schedules):
        """The practice signs the deed: the receivables are the buyer's."""
        for schedule in schedules.filtered("is_to_sign"):
            schedule._sign(DOCTORS.manager, "Médecin")
            self.tell(f"cession : acte {schedule.name} signé et comptabilisé")


def table(env):
    """What became of what was offered: title, headers, rows, in the user's words."""
    _ = env._
    lines = env["recouv.assignment.line"].search([("state", "!=", "draft")])
    labels = dict(lines._fields["state"]._description_selection(env))
    groups = {}
    for line in lines:
        reason = line.told_reason or "" if line.state != "transferred" else ""
        key = (line.company_id.name, labels[line.state], reason)
        row = groups.setdefault(key, [0, 0.0])
        row[0] += 1
        row[1] += line.amount
    headers = (
        _("Practice"), _("Outcome"), _("Reason"), _("Receivables"), _("Amount")
    )  # fmt: skip
    rows = [[*key, *row] for key, row in sorted(groups.items())]
    return _("Sale of receivables"), headers, rows
