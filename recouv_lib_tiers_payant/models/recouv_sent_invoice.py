from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..lib import identifiers
from .recouv_coverage import EXEMPTIONS, NO_OVERRUN
from .recouv_rejection import OPEN_STATES
from .recouv_sent_file import MODES
from .recouv_share import AWAITED, FSE_KINDS, OVER
from .res_partner import TIERS_PAYANT

STATES = [("waiting", "Not found"), ("applied", "Parts made")]
HOWS = [
    ("software", "Number in the practice's software"),
    ("number", "Number of the invoice"),
    ("nir_date_amount", "Social-security number, date and amount"),
    ("manual", "By hand"),
]


class RecouvSentInvoice(models.Model):
    """One invoice as the practice's software sent it, and the parts made from it."""

    _name = "recouv.sent.invoice"
    _description = "Invoice of a transmitted file"
    _inherit = ["recouv.evidence.mixin"]
    _order = "file_id desc, offset, id"
    _rec_name = "number"
    _check_company_auto = True

    file_id = fields.Many2one(
        "recouv.sent.file",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        readonly=True,
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    state = fields.Selection(STATES, required=True, default="waiting", readonly=True)
    message = fields.Char("Why", readonly=True)
    match_how = fields.Selection(HOWS, "Found by", readonly=True)
    lot_number = fields.Char("Lot", readonly=True)
    lot_date = fields.Date(readonly=True)
    destination = fields.Char(readonly=True)
    number = fields.Char("Number sent", readonly=True, index=True)
    nir = fields.Char("Social-security number", groups=TIERS_PAYANT, readonly=True)
    birth_code = fields.Char("Birth date", groups=TIERS_PAYANT, readonly=True)
    birth_rank = fields.Char(groups=TIERS_PAYANT, readonly=True)
    care_date = fields.Date("Date of care", readonly=True)
    date = fields.Date("Invoice date", readonly=True)
    payer_code = fields.Char("Caisse", readonly=True)
    amc_number = fields.Char("Mutual fund", readonly=True)
    member_number = fields.Char(groups=TIERS_PAYANT, readonly=True)
    mode = fields.Char("Third-party payment", readonly=True)
    exemption = fields.Selection(EXEMPTIONS, readonly=True)
    fse_kind = fields.Selection(FSE_KINDS, "Sent as", readonly=True)
    is_dre = fields.Boolean("AMC part sent as a DRE", readonly=True)
    total = fields.Monetary(readonly=True)
    amo = fields.Monetary("AMO part", readonly=True)
    amc = fields.Monetary("AMC part", readonly=True)
    move_id = fields.Many2one(
        "account.move",
        "Invoice",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('move_type', '=', 'out_invoice'), ('state', '=', 'posted'),"
        " ('company_id', '=', company_id)]",
        help="Choose it where the file alone does not tell.",
    )
    share_ids = fields.Many2many("recouv.share", string="Parts", readonly=True)
    offset = fields.Integer("First byte", readonly=True)
    size = fields.Integer("Bytes", readonly=True)

    # the same invoice in another file is not taken in twice
    _sent_uniq = models.UniqueIndex(
        "(company_id, lot_number, COALESCE(lot_date, '-infinity'), destination, number)"
    )

    # the relance asks whether anybody owes nothing at all (C2S, AME)
    _exempted_idx = models.Index("(company_id) WHERE exemption IN ('c2s', 'ame')")

    def _editable_fields(self):
        """A person only says which invoice it is."""
        return frozenset() if self.state == "applied" else frozenset({"move_id"})

    @api.model
    def _only_new(self, company, rows):
        """Return the rows not known from another file, and how many are."""
        names = ("lot_number", "lot_date", "destination", "number")
        numbers = [row["number"] for row in rows]
        seen = {
            tuple(sent[name] or False for name in names)
            for sent in self.search(
                [("company_id", "=", company.id), ("number", "in", numbers)]
            )
        }
        fresh = []
        for row in rows:
            key = tuple(row[name] or False for name in names)
            if key not in seen:
                seen.add(key)
                fresh.append(row)
        return fresh, len(rows) - len(fresh)

    # --- finding the invoice ------------------------------------------------------

    def _apply(self):
        """Find the invoices of what waits and make their parts.

        All at once, with what an earlier file said of the same invoices and waits;
        where the books refuse one, invoice by invoice, each row with its reason.
        """
        waiting = self.filtered(lambda sent: sent.state == "waiting")
        waiting._match()
        waiting |= self.search(
            [("state", "=", "waiting"), ("move_id", "in", waiting.move_id.ids)]
        )
        found = waiting.filtered(lambda sent: sent.move_id and not sent._obstacle())
        for sent in waiting - found:
            sent._record({"message": sent._obstacle()})
        try:
            with self.env.cr.savepoint():
                found._make_parts()
        except (UserError, ValidationError):
            for rows in found.grouped("move_id").values():
                rows._make_parts_or_say()

    def _make_parts_or_say(self):
        """Make the parts of one invoice, together or, where that cannot be, of each
        row that can."""
        try:
            with self.env.cr.savepoint():
                self._make_parts()
        except (UserError, ValidationError) as error:
            if len(self) == 1:
                self._record({"state": "waiting", "message": str(error)})
                return
            for sent in self:
                sent._make_parts_or_say()

    def _match(self):
        """Write the invoice of each row that one invoice alone fits."""
        blind = self.filtered(lambda sent: not sent.move_id)
        for company, rows in blind.grouped("company_id").items():
            by_software = rows._moves_of_software(company)
            by_number = rows._moves_by_number(company)
            for sent in rows:
                key = identifiers.invoice_key(sent.number)
                sent._take("software", by_software.get(key))
                sent._take("number", by_number.get(key))
                if not sent.move_id:
                    sent._take("nir_date_amount", sent._moves_by_person())

    def _take(self, how, moves):
        """Take the one candidate that the person and the sum do not contradict."""
        if self.move_id or not moves:
            return
        fits = moves.filtered(self._fits)
        if len(fits) == 1:
            self._record({"move_id": fits.id, "match_how": how})

    def _fits(self, move):
        # sudo: whether the persons are the same, of an invoice of the same practice
        known = identifiers.nir_root(move.sudo()._recouv_patient().recouv_nir)
        asked = identifiers.nir_root(self.nir)
        return self.currency_id.compare_amounts(
            move.amount_total, self.total
        ) == 0 and (not known or not asked or known == asked)

    def _moves_of_software(self, company):
        """{number: invoices} that came in by the import of the practice's data."""
        # sudo: which invoice an outside number became; the invoices are read as user
        keys = self.env["recouv.import.key"].sudo()
        numbers = [sent.number for sent in self if sent.number]
        bare = [identifiers.invoice_key(number) for number in numbers]
        known = keys._known(company, "invoices", numbers + bare)
        moves = {
            identifiers.invoice_key(number): self.env["account.move"].browse(row[0])
            for number, row in known.items()
            if row[0]
        }
        return {number: move.exists() for number, move in moves.items()}

    def _moves_by_number(self, company):
        """{number: invoices} whose number or reference has these digits."""
        keys = [key for key in (identifiers.invoice_key(s.number) for s in self) if key]
        self.env["account.move"].flush_model(["name", "ref", "payment_reference"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT n.key, m.id
                     FROM account_move m
                     CROSS JOIN LATERAL (
                        SELECT ltrim(regexp_replace(v.text, '\\D', '', 'g'), '0') AS key
                          FROM (VALUES (m.name), (m.ref), (m.payment_reference)) v(text)
                     ) n
                    WHERE m.company_id = %s AND m.move_type = 'out_invoice'
                      AND m.state = 'posted' AND n.key = ANY(%s)""",
                company.id,
                keys,
            )
        )
        moves = {}
        for key, move in rows:
            moves[key] = moves.get(key, self.env["account.move"]).union(
                self.env["account.move"].browse(move)
            )
        return moves

    def _moves_by_person(self):
        """Return the posted invoices of that person, day and sum."""
        moves = self.env["account.move"]
        root = identifiers.nir_root(self.nir)
        if not root or not (self.care_date or self.date):
            return moves
        people = self.env["res.partner"].search([("recouv_nir", "=like", f"{root}%")])
        days = [day for day in (self.care_date, self.date) if day]
        return moves.search(
            [
                ("company_id", "=", self.company_id.id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                "|",
                ("partner_id", "in", people.ids),
                ("recouv_patient_id", "in", people.ids),
                "|",
                ("recouv_care_end_date", "in", days),
                ("invoice_date", "in", days),
            ]
        )

    def _obstacle(self):
        """Return why the parts cannot be made yet, or None."""
        move = self.move_id
        if not move:
            return self.env._(
                "No invoice of that number, person and sum is posted: post it, or "
                "choose it here."
            )
        if move.state != "posted":
            return self.env._("%(invoice)s is not posted.", invoice=move.display_name)
        if self.currency_id.compare_amounts(move.amount_total, self.total):
            return self.env._(
                "%(invoice)s is of %(ours)s and the file says %(theirs)s.",
                invoice=move.display_name,
                ours=self.currency_id.format(move.amount_total),
                theirs=self.currency_id.format(self.total),
            )
        return None

    def action_apply(self):
        """Make the parts of the rows whose invoice a person has chosen."""
        self.check_access("write")
        chosen = self.filtered(lambda s: s.state == "waiting" and s.move_id)
        chosen.filtered(lambda s: not s.match_how)._record({"match_how": "manual"})
        self._apply()
        return True

    # --- making the parts ---------------------------------------------------------

    def _make_parts(self):
        """Make or complete the parts, book them, and put them into their lots."""
        fresh = self.env["recouv.share"]
        for sent in self:
            sent._complete_patient()
            shares = sent._parts()
            fresh |= shares
            sent._record(
                {
                    "share_ids": [Command.set(shares.ids)],
                    "state": "applied",
                    "message": False,
                }
            )
        for sent in self:  # several rows may share one invoice
            sent._check_exempted()
        fresh._book()
        for key, rows in self.grouped(
            lambda s: (s.company_id, s.lot_number, s.lot_date, s.destination, s.file_id)
        ).items():
            rows._fill_lot(*key)

    def _parts(self):
        """Return the parts of this invoice, made where they are missing."""
        shares = self.env["recouv.share"]
        for kind in MODES.get(self.mode, ("amo", "amc")):
            if self.currency_id.compare_amounts(self[kind], 0) > 0:
                shares |= self._part(kind)
        return shares

    def _check_exempted(self):
        """Refuse parts that leave a debt to who owes nothing: a person shares it.

        :raises UserError: naming the invoice (CSS L861-3: C2S; CASF L251-2: AME)
        """
        # sudo: rights and items of the invoice whose parts the user makes
        move = self.sudo().move_id
        exempted = self.exemption in NO_OVERRUN or move._recouv_is_exempted()
        left = move._recouv_left_to_patient()
        if exempted and not move.recouv_not_covered and left > 0:
            raise UserError(
                self.env._(
                    "%(invoice)s: the patient is under C2S or AME and owes nothing, "
                    "but the file leaves them %(amount)s. Share the whole invoice "
                    "between the payers, or tick “Care not covered” on it; then "
                    "make the parts here.",
                    invoice=move.display_name,
                    amount=self.currency_id.format(left),
                )
            )

    def _part(self, kind):
        known = self.move_id.recouv_share_ids.filtered(
            lambda share: share.kind == kind and share.state not in OVER
        )
        if not known:
            return self.env["recouv.share"].create(self._part_vals(kind))
        known = self._one_of(known, kind)
        if known.state in ("rejected", "partial"):
            return self._sent_again(known)
        if self.currency_id.compare_amounts(known.amount, self[kind]):
            if not known._is_plan():
                raise UserError(self._other_sum(known))
            known._record({"amount": self[kind]})
        if known.state in AWAITED and known.invoice_number == self.number:
            self._left_again(known)
        if known.state == "draft":
            known._record({"invoice_number": self.number, "nir": self.nir})
        return known

    def _one_of(self, shares, kind):
        """Return the one part that the file speaks of: by number, payer, or sum.

        :raises UserError: several fit
        """
        code = self._code_of(kind)
        tests = (
            lambda s: s.invoice_number == self.number,
            lambda s: code and s.payer_id.recouv_payer_code == code,
            lambda s: not s.currency_id.compare_amounts(s.amount, self[kind]),
        )
        for fits in tests:
            if len(shares) > 1:
                shares = shares.filtered(fits) or shares
        if len(shares) > 1:
            raise UserError(
                self.env._(
                    "%(invoice)s has several parts of that kind, and the file does not "
                    "say which one it sends: give them their number.",
                    invoice=self.move_id.display_name,
                )
            )
        return shares

    def _left_again(self, share):
        """Take a part out of its lot, which its payer never acknowledged, where the
        software has transmitted it once more, as it was: it leaves with the new one.

        What was acknowledged has arrived: nothing is new about it.
        """
        lot = share.lot_id
        if not lot or share.state != "transmitted" or lot.ack_state != "none":
            return
        day = self.lot_date or fields.Date.context_today(self)
        if lot.name == self.lot_number:
            # entered by hand from the same transmission, unless its time is over
            is_new = bool(lot.ack_limit) and day > lot.ack_limit
        else:
            # an older file that is taken in late tells nothing new
            is_new = day >= lot.date
        if is_new:
            share._send_back(
                self.env._("Transmitted again in the lot %(lot)s.", lot=self.lot_number)
            )

    def _sent_again(self, share):
        """Return the attempt that follows a rejected part sent under a new number.

        A draft: the lot of the file transmits it. The rejection is treated with it.

        :raises UserError: it cannot be sent again, or for another sum
        """
        if self.number == share.invoice_number:
            return share
        sums = (share.amount, share.amount_open)
        if all(self.currency_id.compare_amounts(s, self[share.kind]) for s in sums):
            raise UserError(self._other_sum(share))
        corrected = self._corrected(share)
        rejections = share.rejection_ids.filtered(lambda r: r.state in OPEN_STATES)
        asked = rejections._at_stake()
        attempt = share._prepare_resend({share: corrected})[share]
        self.env["recouv.rejection.act"]._do(
            rejections, "correct_and_resend", {"share_id": attempt.id}, asked
        )
        return attempt

    def _corrected(self, share):
        """What the file says otherwise than the part: number, person, payer.

        A wrong caisse or mutual fund is a usual cause of rejection: the debt then
        moves to the one that the corrected invoice was sent to.

        :raises UserError: another payer has paid a part of it
        """
        corrected = {"invoice_number": self.number}
        if self.nir:
            corrected["nir"] = self.nir
        code = self._code_of(share.kind)
        if code and not self._is_code_of(share.payer_id, share.kind):
            payer = self.env["res.partner"]._recouv_find_or_create_payer(
                share.kind, code, self.company_id
            )
            is_paid = self.currency_id.compare_amounts(share.amount_paid, 0) > 0
            if is_paid or share.state == "partial":
                raise UserError(self._paid_by_other(share))
            corrected |= {"payer_id": payer.id, "coverage_id": False}
        return corrected

    def _code_of(self, kind):
        return self.payer_code if kind == "amo" else self.amc_number

    def _is_code_of(self, payer, kind):
        """Whether the file names this payer; one caisse pays for all its centres."""
        code = self._code_of(kind)
        if kind == "amc":
            return payer._recouv_payer_key() == identifiers.amc_key(code)
        return payer._recouv_payer_key()[:5] == identifiers.compact(code)[:5]

    def _paid_by_other(self, share):
        return self.env._(
            "%(share)s was paid in part and the file names another payer: bill or give "
            "up what is left of it, and enter the new part by hand.",
            share=share.display_name,
        )

    def _other_sum(self, share):
        return self.env._(
            "%(share)s is booked for %(ours)s and the file says %(theirs)s.",
            share=share.display_name,
            ours=self.currency_id.format(share.amount),
            theirs=self.currency_id.format(self[share.kind]),
        )

    def _part_vals(self, kind):
        partners = self.env["res.partner"]
        code = self._code_of(kind)
        payer = partners._recouv_find_or_create_payer(kind, code, self.company_id)
        return {
            "move_id": self.move_id.id,
            "payer_id": payer.id,
            "kind": kind,
            "amount": self[kind],
            "exemption": self.exemption,
            "invoice_number": self.number,
            "nir": self.nir,
            "fse_kind": "D" if kind == "amc" and self.is_dre else self.fse_kind,
            "care_date": self.care_date,
        }

    def _complete_patient(self):
        """Give the patient the identity that the file has, where none is known."""
        # sudo: the identity of the patient of the user's own invoice, from their file
        patient = self.sudo().move_id._recouv_patient()
        if patient.recouv_nir or not self.nir:
            return
        try:
            nir = identifiers.validate_nir(self.nir)
        except identifiers.BadIdentifier:
            return
        values = {"recouv_nir": nir}
        if not patient.recouv_birth_code and self.birth_code:
            values["recouv_birth_code"] = self.birth_code
        if not patient.recouv_birth_rank and self.birth_rank in set("123456789"):
            values["recouv_birth_rank"] = int(self.birth_rank)
        patient.write(values)

    def _fill_lot(self, company, number, day, destination, file):
        """Put the parts into the lot of the file; what left has left."""
        numbers = set(self.mapped("number"))
        waiting = self.share_ids.filtered(
            lambda share: (
                share.is_booked
                and (share.state == "draft" or share._left_without_lot(numbers))
            )
        )
        if not waiting:
            return
        lots = self.env["recouv.lot"]
        day = day or fields.Date.context_today(self)
        lot = lots.search(
            [
                ("company_id", "=", company.id),
                ("name", "=", number),
                ("date", "=", day),
                ("destination", "=", destination),
            ],
            limit=1,
        ) or lots.create(
            {
                "company_id": company.id,
                "name": number,
                "date": day,
                "destination": destination,
            }
        )
        lot._join(waiting)
        if file.is_sent:
            lot._transmit(min(day, fields.Date.context_today(self)))


class RecouvShare(models.Model):
    _inherit = "recouv.share"

    def _left_without_lot(self, numbers):
        """Whether it was said by hand that this part left, under one of these numbers:
        the file then tells in which lot, whose acknowledgment is its own."""
        return (
            self.state in AWAITED and not self.lot_id and self.invoice_number in numbers
        )


class RecouvLot(models.Model):
    _inherit = "recouv.lot"

    def _join(self, shares):
        """Put parts into this lot, which may have left: then they left with it."""
        shares._record({"lot_id": self.id})
        if self.sent_on:
            shares._record_transmission(self.sent_on)
            if self.ack_state == "positive":
                shares._acknowledged(self.ack_date)
