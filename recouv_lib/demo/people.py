"""What the people behind the claims say and do: scenes played on some of the days.

Each scene leaves one state of the product in place: an agreement kept or broken, a
cheque to bank, a dispute of a part, a reply nobody has read yet.
"""

from datetime import timedelta

from odoo import Command, fields

from .patients import role


class People:
    """The scenes of one practice, each ``ago`` days before today, played once."""

    def __init__(self, desk, today):
        self.desk, self.today = desk, today
        self.taken = set()
        scenes = getattr(self, f"_scenes_{desk.practice.key}")()
        self.waiting = sorted(scenes, key=lambda scene: -scene[0])

    def live(self, day):
        """Play the scenes whose day has come."""
        while self.waiting and self.today - timedelta(days=self.waiting[0][0]) <= day:
            _ago, scene, *arguments = self.waiting.pop(0)
            scene(day, *arguments)

    def _scenes_kine(self):
        return [
            (44, self.agree_plan, "running"),
            (26, self.collect, "card"),
            (15, self.bank_cheque),
            (14, self.agree_promise),
            (13, self.dispute_part),
            (9, self.hold_cheque, 9),
            (8, self.hold_cheque, 28),
            (6, self.collect, "cash"),
            (5, self.complain),
            (2, self.bounce),
            (0, self.reply_by_email),
            (0, self.reply_by_sms),
            (0, self.ask_for_data),
        ]

    def _scenes_dentaire(self):
        return [
            (42, self.agree_plan, "broken"),
            (40, self.agree_plan, "running"),
            (30, self.settle, True),
            (12, self.protect_adult),
            (7, self.collect, "card"),
            (1, self.defer),
            (1, self.settle, False),
            (0, self.reply_by_email),
        ]

    def _scenes_medical(self):
        return [
            (3, self.take_care_of_minor),
            (1, self.close_year),
            (0, self.forget_invoice),
        ]

    # --- who ------------------------------------------------------------------------

    def _debtor(self, least=0):
        """Return the open claims of one more debtor that nothing suspends."""
        claims = self.desk.secretary["recouv.claim"].search(
            [
                ("company_id", "=", self.desk.company.id),
                ("capacity", "=", "creditor"),
                ("settlement", "=", "open"),
                ("holder", "=", "practice"),
                ("suspension", "=", "none"),
                ("plan_ids", "=", False),
                ("closed_on", "=", False),
                ("currency_id", "=", self.desk.company.currency_id.id),
                ("partner_id", "not in", [*self.desk.parts, *self.taken]),
                ("partner_id.email", "!=", False),
                ("amount_residual_currency", ">", least),
            ],
            order="amount_residual_currency desc, id",
        )
        partner = claims.partner_id[:1]
        self.taken.add(partner.id)
        return claims.filtered(lambda claim: claim.partner_id == partner)

    def _owed(self, claims):
        return sum(claims.mapped("amount_residual_currency"))

    # --- agreements -----------------------------------------------------------------

    def _agree(self, claims, kind, lines, source):
        return claims._agree(kind, lines, source=source)

    def agree_plan(self, day, fate):
        """Three months; the first instalments are paid at the desk, or not."""
        claims = self._debtor(least=25)
        if not claims:
            return
        owed = self._owed(claims)
        part = round(owed / 3, 2)
        days = [day + timedelta(days=after) for after in (7, 37, 67)]
        amounts = (part, part, round(owed - 2 * part, 2))
        self._agree(claims, "plan", list(zip(days, amounts, strict=True)), "counter")
        if fate == "running":
            self.waiting.append((self._ago(days[0]), self.pay_part, claims, part))
            self.waiting.append((self._ago(days[1]), self.pay_part, claims, part))
            self.waiting.sort(key=lambda scene: -scene[0])

    def _ago(self, day):
        return max((self.today - day).days, 0)

    def pay_part(self, day, claims, part):
        if day <= self.today:
            self._take(claims.partner_id, part, "card", day)

    def agree_promise(self, day):
        """Promised for four days later, and forgotten."""
        claims = self._debtor()
        until = day + timedelta(days=4)
        if claims:
            self._agree(claims, "promise", [(until, None)], "call")

    def settle(self, day, is_approved):
        """A reduced sum by a date; the manager approves, and it is paid in time."""
        claims = self._debtor(least=25)
        if not claims:
            return
        reduced = round(self._owed(claims) * 0.8, 2)
        until = day + timedelta(days=20)
        plan = self._agree(claims, "settlement", [(until, reduced)], "letter")
        if is_approved:
            self.desk.manager["recouv.plan"].browse(plan.id).action_approve()
            self._take(claims.partner_id, reduced, "transfer", day)

    def defer(self, day):
        """More time than the law leaves out of consumer credit, before the due date."""
        move = self.desk.secretary["account.move"].search(
            [
                ("company_id", "=", self.desk.company.id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "=", "not_paid"),
                ("invoice_date_due", ">", day),
            ],
            order="amount_total desc, id",
            limit=1,
        )
        claims = move._recouv_ensure_claims()
        if claims:
            lines = [(day + timedelta(days=90), None)]
            self._agree(claims[:1], "promise", lines, "counter")

    # --- money at the desk ----------------------------------------------------------

    def _take(self, partner, amount, method, day, **cheque):
        """Collect with the product's own dialog, as the secretary."""
        if not partner:
            return self.desk.secretary["recouv.collection"]
        wizard = self.desk.secretary["recouv.collect"].create(
            {
                "company_id": self.desk.company.id,
                "partner_id": partner.id,
                "currency_id": self.desk.company.currency_id.id,
                "date": day,
                "method": method,
                "print_receipt": False,
                **cheque,
            }
        )
        wizard._onchange_partner_id()
        wizard.amount = amount
        wizard._onchange_amount()
        wizard.action_collect()
        return wizard.collection_id

    def collect(self, day, method):
        claims = self._debtor()
        self._take(claims.partner_id, self._owed(claims), method, day)

    def hold_cheque(self, day, days):
        """A cheque that the practice keeps until the day agreed."""
        claims = self._debtor()
        self._take(
            claims.partner_id,
            self._owed(claims),
            "cheque_later",
            day,
            cheque_number=f"{4100200 + days}",
            cheque_bank="Banque Exemple",
            deposit_on=day + timedelta(days=days),
        )

    def bank_cheque(self, day):
        """A cheque taken and banked on the same day; it will bounce."""
        claims = self._debtor()
        self.bad = self._take(
            claims.partner_id,
            self._owed(claims),
            "cheque",
            day,
            cheque_number="4100117",
            cheque_bank="Banque Exemple",
        )
        if self.bad:
            slip = self.desk.secretary["recouv.deposit"].create({})
            slip.action_add_due()
            slip.action_done()

    def bounce(self, day):
        if self.bad:
            bounces = self.desk.secretary["recouv.bounce"]
            bounces._bounce(self.bad.payment_id, day, "funds")

    # --- what they say --------------------------------------------------------------

    def _case(self, claims, reason, **values):
        if not claims:
            return
        self.desk.secretary["recouv.hold.wizard"].create(
            {
                "company_id": self.desk.company.id,
                "claim_ids": [Command.set(claims.ids)],
                "reason": reason,
                **values,
            }
        ).action_apply()

    def dispute_part(self, day):
        claim = self._debtor(least=20)[:1]
        self._case(
            claim,
            "dispute",
            amount_disputed=round(claim.amount_residual_currency / 4, 2),
            dispute_kind="insurance",
            opened_by="call",
            answer_due=self.today,
            note="Attend le décompte de sa mutuelle.",
        )

    def complain(self, day):
        self._case(
            self._debtor(),
            "complaint",
            opened_by="letter",
            note="Dit avoir été rappelé un samedi.",
        )

    def reply_by_email(self, day):
        self._reply("email", "Bonjour, je vous règle la semaine prochaine. Merci.")

    def reply_by_sms(self, day):
        self._reply("sms", "Bonjour, puis-je payer en deux fois ?")

    def _reply(self, channel, text):
        partner = self._debtor().partner_id
        if not partner:
            return
        sender = partner.email if channel == "email" else partner.phone or "06 39 98"
        self.desk.secretary["recouv.inbound"]._keep(
            self.desk.company, channel, sender, text, partner
        )

    def ask_for_data(self, day):
        """Whoever is relanced may ask, also who has a part in another scene."""
        partner = (
            self.desk.secretary["recouv.claim"]
            .search([("company_id", "=", self.desk.company.id)], order="id", limit=1)
            .partner_id
        )
        self.desk.secretary["recouv.privacy.request"].create(
            {
                "company_id": self.desk.company.id,
                "partner_id": partner.id,
                "kind": "access",
                "received_on": day - timedelta(days=4),
                "demand": "Demande ce que le cabinet conserve à son sujet.",
            }
        )

    # --- people to be careful with --------------------------------------------------

    def protect_adult(self, day):
        partner = self._debtor().partner_id
        if not partner:
            return
        guardian = self.desk.secretary["res.partner"].create(
            {
                "name": "Association tutélaire de l’Exemple",
                "company_id": self.desk.company.id,
                "street": "5 rue du Conseil",
                "zip": partner.zip,
                "city": partner.city,
                "country_id": partner.country_id.id,
            }
        )
        partner.write(
            {"recouv_protection": "tutelle", "recouv_guardian_id": guardian.id}
        )

    def take_care_of_minor(self, day):
        """The practitioner has still to say who is written to."""
        partner = self._debtor().partner_id
        partner.recouv_birth_date = fields.Date.subtract(self.today, years=16)

    # --- closing --------------------------------------------------------------------

    def close_year(self, day):
        """Half of the oldest was depreciated at the closing, the rest is proposed."""
        batches = self.desk.manager["recouv.doubtful.batch"]
        booked = batches.create({"depreciation_percent": 50})
        booked.action_propose()
        booked.action_post()
        ended = day.replace(day=1) - timedelta(days=1)
        batches.create({"date": ended, "depreciation_percent": 100}).action_propose()

    # --- files ----------------------------------------------------------------------

    def forget_invoice(self, day):
        """Yesterday's care, whose invoice is still a draft."""
        desk = self.desk
        journal = desk.company._recouv_config().recouv_journal_ids[:1]
        yesterday = day - timedelta(days=1)
        desk.secretary["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": role(desk.secretary, "never").id,
                "journal_id": journal.id,
                "invoice_date": yesterday,
                "recouv_care_end_date": yesterday,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Honoraires", "price_unit": 30.0, "tax_ids": False}
                    )
                ],
            }
        )
