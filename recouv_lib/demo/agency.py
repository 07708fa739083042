"""The collection agency: its papers, two mandates, and what it does with what it is
given, with the rights of its own people and of the practices' managers."""

import base64
import io
from datetime import timedelta

from pypdf import PdfWriter

from odoo import Command, fields

from .practices import AGENCY, DENTIST, KINE, company_of, user_of

# days before today
SIGNED, PLACED, ACCEPTED = 50, 32, 31
PLAN_AGREED, PLAN_BROKEN_AGREED = 27, 26
LODGED, GRANTED = 16, 6

#: euros that an agent may agree on alone
LEAST_INSTALMENT = 20


class Agency:
    """The agency's side of the story; ``live`` is called once a working day."""

    def __init__(self, env, today, desks, say):
        self.env, self.today, self.say = env, today, say
        self.company, self.desks = company_of(env, AGENCY), desks
        context = {
            "allowed_company_ids": self.company.ids,
            "lang": "fr_FR",
            "tz": "Europe/Paris",
        }
        self.manager = env(user=user_of(env, "agence").id, su=False, context=context)
        self.roles = {}
        acts = [
            (SIGNED, self.sign),
            (PLACED, self.place),
            (ACCEPTED, self.accept),
            (ACCEPTED - 1, self.run),
            (PLAN_AGREED, self.agree, "kept", (20, 6)),
            (PLAN_BROKEN_AGREED, self.agree, "broken", (15, -15)),
            (24, self.run),
            (22, self.receive, "whole", 1),
            (20, self.receive, "kept", 0.5),
            (17, self.run),
            (LODGED, self.sue),
            (12, self.receive, "partial", 0.4),
            (10, self.run),
            (GRANTED, self.order),
            (6, self.receive, "kept", 0.5),
            (4, self.remit),
            (3, self.run),
            (0, self.place_again),
            (0, self.propose),
        ]
        self.waiting = sorted(acts, key=lambda act: -act[0])

    def live(self, day):
        """Do what falls on this day, and post the letters of the day before."""
        self.post_letters()
        while self.waiting and self.today - timedelta(days=self.waiting[0][0]) <= day:
            _ago, act, *arguments = self.waiting.pop(0)
            act(day, *arguments)

    # --- before anything is placed ----------------------------------------------------

    def sign(self, day):
        """The agency is in order; two practices mandate it."""
        self.company.company_registry = "73282932000074"
        profile = self._profile(day)
        for kind, issuer, number, start, end in (
            ("insurance", "Mutuelle de l'Exemple", "RC 44-1207", -200, 165),
            ("declaration", "Tribunal judiciaire de Nantes", "2019/311", -2400, None),
        ):
            self.manager["recouv.agency.paper"].create(
                {
                    "profile_id": profile.id,
                    "kind": kind,
                    "issuer": issuer,
                    "number": number,
                    "date_from": day + timedelta(days=start),
                    "date_to": day + timedelta(days=end) if end else False,
                    "file": base64.b64encode(_blank_pdf()),
                    "file_name": f"{kind}.pdf",
                }
            )
        for practice, mode in ((KINE, "case"), (DENTIST, "subscription")):
            self._mandate(self.desks[practice.key], practice, mode, day)

    def _profile(self, day):
        journal = self.manager["account.journal"].sudo().create(
            {
                "name": "Compte dédié aux mandants",
                "code": "BQD",
                "type": "bank",
                "company_id": self.company.id,
            }
        )  # fmt: skip
        journal.bank_account_id = journal.env["res.partner.bank"].create(
            {
                "acc_number": "FR1420041010050500013M02606",
                "partner_id": self.company.partner_id.id,
                "company_id": self.company.id,
            }
        )
        self.company.recouv_dedicated_journal_id = journal
        self.company.recouv_bank_id = journal.bank_account_id
        return self.company._recouv_agency_profile().with_env(self.manager)

    def _mandate(self, desk, practice, mode, day):
        mandate = desk.manager["recouv.mandate"].create(
            {
                "company_id": desk.company.id,
                "agency_id": self.company.id,
                "valid_from": day,
                "placement_mode": mode,
                "remit_mode": "net" if practice is KINE else "gross",
                "remit_iban": practice.iban,
                "remit_holder": practice.name,
                "fee_line_ids": [
                    Command.create({"rate": 15}),
                    Command.create({"from_age": 180, "rate": 20}),
                ],
                "agent_max_months": 6,
                "agent_min_instalment": LEAST_INSTALMENT,
            }
        )
        mandate._sign(practice.manager)
        mandate.with_env(self.manager)._sign(AGENCY.manager)

    # --- placing ----------------------------------------------------------------------

    def _free(self, desk, count, least=30):
        """Return what some debtors owe, those who were put in default first."""
        claims = desk.manager["recouv.claim"].search(
            [
                ("company_id", "=", desk.company.id),
                ("holder", "=", "practice"),
                ("settlement", "=", "open"),
                ("suspension", "=", "none"),
                ("in_review", "=", False),
                ("closed_on", "=", False),
                ("partner_id", "not in", list(desk.parts)),
                ("amount_residual_currency", ">", least),
                ("currency_id", "=", self.company.currency_id.id),
            ],
            order="formal_notice_date, date_due, id",
        )
        debtors = claims.partner_id[:count]
        return claims.filtered(lambda claim: claim.partner_id in debtors)

    def place(self, day):
        """Each practice hands over what its own relance did not bring in."""
        for practice, count in ((KINE, 7), (DENTIST, 4)):
            self._hand_over(self.desks[practice.key], count, day)

    def _hand_over(self, desk, count, day):
        claims = self._free(desk, count)
        if not claims:
            return
        action = claims.action_place()
        wizard = desk.manager[action["res_model"]].browse(action["res_id"])
        going = wizard.line_ids.filtered(lambda line: line.fate == "goes")
        if going:
            wizard.action_send()
        self.say(f"{day} {desk.company.name}: {len(going)} claims handed over")

    def place_again(self, day):
        """Today's hand-over waits for the agency's answer."""
        self._hand_over(self.desks[KINE.key], 2, day)

    def claims(self, *domain):
        return self.manager["recouv.claim"].search(
            [("capacity", "=", "mandatary"), ("closed_on", "=", False), *domain],
            order="id",
        )

    def accept(self, day):
        """All but one, whose debtor the agency knows to be abroad."""
        claims = self.claims()
        refused = claims[-1:]
        refused.action_refuse_placement("Débiteur établi à l’étranger")
        kept = claims - refused
        kept.action_accept_placement()
        kept.agent_id = self.manager.user
        # the greatest ones are paid by instalments: none may be below the least
        names = ("kept", "broken", "whole", "partial")
        sued = kept.filtered("formal_notice_date").sorted("formal_notice_date")[:1]
        others = (kept - sued).sorted("amount_residual_currency", reverse=True)
        self.roles = dict(zip(names, others, strict=False))
        self.roles["court"] = sued

    # --- relance ----------------------------------------------------------------------

    def propose(self, day):
        run = self.manager["recouv.run"].create(
            {"company_id": self.company.id, "capacity": "mandatary", "date": day}
        )
        run.action_propose()
        self.say(f"{day} {self.company.name}: {run.notice_count} notices proposed")
        return run

    def run(self, day):
        run = self.propose(day)
        if run.notice_ids:
            run.action_execute()

    def post_letters(self):
        printed = self.manager["recouv.notice"].search(
            [
                ("company_id", "=", self.company.id),
                ("channel", "in", ("letter", "registered_letter")),
                ("state", "=", "printed"),
            ]
        )
        if printed:
            printed._mark_posted(fields.Date.context_today(printed))

    # --- agreements and money ---------------------------------------------------------

    def agree(self, day, role, agos):
        """Two instalments, so many days before today."""
        claim = self.roles.get(role)
        if not claim or claim.suspension != "none":
            return
        half = round(claim.amount_residual_currency / 2, 2)
        if half < LEAST_INSTALMENT:
            return
        sums = (half, round(claim.amount_residual_currency - half, 2))
        days = [self.today - timedelta(days=ago) for ago in agos]
        lines = list(zip(days, sums, strict=True))
        claim._agree("plan", lines, source="call", replace=True)

    def receive(self, day, role, share):
        """A transfer on the dedicated account, or a card, laid on the role's claim."""
        claim = self.roles.get(role)
        if not claim:
            return
        amount = round(claim.amount_original * share, 2)
        amount = min(amount, claim.amount_residual_currency)
        if amount <= 0:
            return
        receipt = self.manager["recouv.receipt"].create(
            {
                "company_id": self.company.id,
                "partner_id": claim.partner_id.id,
                "amount": amount,
                "date": day,
                "method": "card",
                "chosen_claim_ids": [Command.set(claim.ids)],
                "currency_id": self.company.currency_id.id,
            }
        )
        receipt.action_lay_again()
        receipt.action_confirm()

    def remit(self, day):
        """What was received is remitted to each practice."""
        drafts = self.manager["recouv.remittance"]._prepare(
            self.company, day, force=True
        )
        drafts.action_remit()
        self.say(f"{day} {self.company.name}: {len(drafts)} remittances")

    # --- court ------------------------------------------------------------------------

    def sue(self, day):
        """An order to pay is asked for; the practice is asked for its exhibits."""
        claim = self.roles.get("court")
        if not claim:
            return
        if claim.partner_id.zip:
            self.manager["recouv.court"].create(
                {
                    "name": "Tribunal judiciaire",
                    "kind": "judiciary",
                    "city": claim.partner_id.city,
                    "zip": claim.partner_id.zip,
                    "street": "1 place du Palais",
                    "postcode_prefixes": claim.partner_id.zip[:2],
                }
            )
        claim.action_take_to_court()
        file = claim._open_litigations()
        file.exhibit_ids.action_ask()
        self._release_exhibits(self.desks[KINE.key])
        self._release_exhibits(self.desks[DENTIST.key])
        file.write(
            {
                "claimant_kind": "person",
                "claimant_profession": "Professionnel de santé libéral",
                "claimant_nationality": "française",
                "claimant_birth_date": "1980-02-03",
                "claimant_birth_place": "Angers",
                "officer_id": self.manager["res.partner"]
                .create({"name": "Me Odile Exemple", "company_id": self.company.id})
                .id,
            }
        )
        if not file._obstacles():
            file.action_complete()
            file.record("filed", day)

    def _release_exhibits(self, desk):
        """The practice releases a redacted invoice for each request."""
        requests = desk.manager["recouv.exhibit.request"].search(
            [("company_id", "=", desk.company.id), ("state", "=", "asked")]
        )
        for request in requests:
            request.release(_blank_pdf())

    def order(self, day):
        """The court grants the order: three months to have it served."""
        claim = self.roles.get("court")
        file = claim._open_litigations() if claim else None
        if file and file.state == "filed":
            file.record("granted", day, granted_principal=file.amount_principal)


def _blank_pdf():
    """A redacted page: what the practice masked is all of it."""
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()
