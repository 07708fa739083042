import base64
import hashlib
import json

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from odoo.addons.recouv_lib.models.recouv_document import MARGINS


class RecouvAssignment(models.Model):
    """The deed: the writing without which an assignment is void (C. civ. 1322).

    It takes effect between the parties and against others at its date (1323): the day
    of the last signature, which is also what the debtors are told. Its text is kept as
    data with the practice's signature; the buyer signs the same, by its acceptances
    where the contract says so, else on its own copy (``recouv.deed``).
    """

    _inherit = "recouv.assignment"

    deed_text = fields.Json(readonly=True, copy=False)
    digest = fields.Char(
        "Fingerprint of the text",
        readonly=True,
        copy=False,
        help="SHA-256 of what was signed.",
    )
    practice_signatory = fields.Char("Signed by", readonly=True, copy=False)
    practice_position = fields.Char("Acting as", readonly=True, copy=False)
    practice_signed_on = fields.Datetime(
        "Signed by the practice on", readonly=True, copy=False
    )
    practice_signed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    buyer_signatory = fields.Char("Signed for the buyer", readonly=True, copy=False)
    buyer_signed_on = fields.Datetime(
        "Signed by the buyer on", readonly=True, copy=False
    )
    is_to_sign = fields.Boolean(
        compute="_compute_is_to_sign", search="_search_is_to_sign"
    )

    def _compute_is_to_sign(self):
        for assignment in self:
            assignment.is_to_sign = bool(
                assignment.stage == "decided"
                and not assignment.practice_signed_on
                and assignment.line_ids.filtered(lambda x: x.state == "accepted")
            )

    def _search_is_to_sign(self, operator, value):
        if operator not in ("in", "="):
            return NotImplemented
        asked = fields.Domain(
            [
                ("stage", "=", "decided"),
                ("practice_signed_on", "=", False),
                ("line_ids.state", "=", "accepted"),
            ]
        )
        wanted = True in value if operator == "in" else bool(value)
        return asked if wanted else ~asked

    # --- signing --------------------------------------------------------------------

    def action_ask_sign(self):
        """Read the books again, then open the dialog in which the practice signs."""
        self.ensure_one()
        self._check_manager()
        self.line_ids._recheck()
        self._check_ready()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign the sale"),
            "res_model": "recouv.assignment.sign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_assignment_id": self.id},
        }

    def _check_ready(self):
        """:raise UserError: signed already, to be decided, or nothing was accepted"""
        if self.practice_signed_on or self.stage == "transferred":
            raise UserError(self.env._("%s was signed already.", self.display_name))
        if self.stage != "decided" or not self._accepted():
            raise UserError(
                self.env._(
                    "%s: there is nothing to sign: the buyer has still to decide, or "
                    "has accepted nothing.",
                    self.display_name,
                )
            )
        self.contract_id._check_in_force(fields.Date.context_today(self))

    def _accepted(self):
        return self.line_ids.filtered(lambda line: line.state == "accepted")

    def _sign(self, signatory, position=""):
        """Sign the deed for the practice; the buyer signs, or has by accepting.

        What waits for its due date goes on on a schedule of its own.

        :param signatory: the name, as typed by the one who signs
        :return: False when something changed meanwhile and was withdrawn or corrected:
            nothing was signed, look again
        :raise AccessError: not a manager
        :raise UserError: signed already, or nothing to sign
        """
        self.ensure_one()
        self._check_manager()
        if not (signatory or "").strip():
            raise UserError(self.env._("Type the name of who signs."))
        self._lock()
        self._check_ready()
        if self.line_ids._recheck() or self._send_back_expired():
            return False
        waiting = self.line_ids.filtered(lambda line: line.state == "waiting_due")
        if waiting:
            self._split(waiting)
        self._fix_price()
        text = self._make_deed_text()
        self._record(
            {
                "deed_text": text,
                "digest": self._deed_digest(text),
                "practice_signatory": signatory.strip(),
                "practice_position": (position or "").strip(),
                "practice_signed_on": fields.Datetime.now(),
                "practice_signed_by_id": self.env.uid,
            }
        )
        deed = self._give_deed()
        if self.contract_id.buyer_signature == "acceptance":
            deed._record(
                {
                    "signatory": self.env._("By accepting each receivable"),
                    "signed_on": fields.Datetime.now(),
                }
            )
            self._conclude(deed)
        return True

    def _send_back_expired(self):
        """Send back to the buyer what was accepted on a check that counts no more.

        :return: the lines concerned
        """
        if not self.contract_id.needs_check:
            return self.line_ids.browse()
        today = fields.Date.context_today(self)
        # superuser: the buyer's records, by the dates of what it relied on
        offers = self._accepted().with_user(SUPERUSER_ID).purchase_id
        expired = offers.filtered(
            lambda o: o.solvency_result == "clear" and o.solvency_until < today
        )
        expired._look_at_solvency()
        stale = expired.filtered(
            # with a code: what came meanwhile is for a person of the buyer to read
            lambda o: o.solvency_result != "clear" or o.solvency_until < today or o.code
        )
        lines = stale._lines()
        if stale:
            stale._record({"state": "to_decide", "decided_on": False})
            lines._record({"state": "submitted", "decided_on": False})
            self._settle_stage()
        return self.line_ids.browse(lines.ids)

    def _give_deed(self):
        """Give the buyer its own copy of what the practice has signed.

        Elevated: numbers, names that it knows, and the text of the deed.
        """
        # superuser: no user of the practice signs a record of the buyer
        deeds = self.env["recouv.deed"].with_user(SUPERUSER_ID)
        contract = self.contract_id.sudo()
        return deeds.with_company(contract.agency_id).create(
            {
                "name": self.name,
                "company_id": contract.agency_id.id,
                "contract_id": contract.id,
                "practice_name": contract.practice_name,
                "currency_id": self.currency_id.id,
                "amount": self.amount_nominal,
                "line_count": len(self._accepted()),
                "text": self.deed_text,
                "digest": self.digest,
                "practice_signatory": self.practice_signatory,
                "practice_signed_on": self.practice_signed_on,
                "assignment_id": self.id,
            }
        )

    def _void_signature(self):
        """What the practice signed falls with the list it was signed on."""
        for assignment in self:
            # superuser: the buyer's copy of it ends too
            deeds = self.env["recouv.deed"].with_user(SUPERUSER_ID)
            deeds.search(
                [("assignment_id", "=", assignment.id), ("state", "=", "to_sign")]
            )._record({"state": "void"})
            assignment._record(
                dict.fromkeys(
                    (
                        "deed_text",
                        "digest",
                        "practice_signatory",
                        "practice_position",
                        "practice_signed_on",
                        "practice_signed_by_id",
                    ),
                    False,
                )
            )

    def _conclude(self, deed):
        """Both have signed: keep the deed whole for each, then transfer.

        :param deed: the buyer's copy, signed
        """
        self._record(
            {
                "signed_on": deed.signed_on,
                "buyer_signatory": deed.signatory,
                "buyer_signed_on": deed.signed_on,
            }
        )
        content = self._print_deed(self.deed_text)
        name = f"{self.name.replace('/', '-')}.pdf"
        # sudo: whoever signs last, the document belongs to the schedule
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": name,
                    "raw": content,
                    "res_model": self._name,
                    "res_id": self.id,
                    "company_id": self.company_id.id,
                }
            )
        )
        self._record({"deed_id": attachment.id})
        deed._record(
            {"state": "signed", "file": base64.b64encode(content), "file_name": name}
        )
        self._transfer()

    # --- the paper ------------------------------------------------------------------

    def action_print(self):
        """Download the deed that was signed, else its draft."""
        self.ensure_one()
        self.check_access("read")
        if self.deed_id:
            return {
                "type": "ir.actions.act_url",
                "url": f"/web/content/{self.deed_id.id}?download=true",
                "target": "download",
            }
        content = self._print_deed(self.deed_text or self._make_deed_text())
        name = f"{self.name.replace('/', '-')}.pdf"
        return self.env["recouv.document"]._download(name, content)

    def _print_deed(self, text):
        """Return the PDF of a deed's text, with the signatures there are."""
        lang = self.contract_id.sudo()._text_lang()  # sudo: the practice's language
        # sudo: where the buyer is; a deed has one date, that of its place
        place = self.contract_id.sudo().agency_id._recouv_tz()
        local = self.with_context(lang=lang, tz=place)
        page = local.env["ir.qweb"]._render(
            "recouv_lib_factoring.assignment_deed",
            {
                "text": text,
                "signed_day": local.contract_id._day_of(self.signed_on),
                "is_draft": not self.signed_on,
                "signatures": local._deed_signatures(),
            },
        )
        return self.env["recouv.document"]._pdf(
            f"<!DOCTYPE html>{page}", self.env._("Deed %s", self.name), MARGINS
        )

    def _deed_signatures(self):
        """Return for each party what its signature block says; ``is_plain``: what
        stands there is no name, but how the contract lets the buyer sign."""
        contract = self.contract_id
        accepted = contract.buyer_signature == "acceptance"
        blocks = [
            (
                contract.practice_name,
                self.practice_signatory,
                self.practice_position,
                self.practice_signed_on,
                False,
            ),
            (
                contract.agency_name,
                self.buyer_signatory,
                "",
                self.buyer_signed_on,
                accepted,
            ),
        ]
        return [
            {
                "party": party,
                "signatory": signatory or "",
                "position": position or "",
                "when": contract._day_of(moment),
                "digest": self.digest or "",
                "is_plain": is_plain,
            }
            for party, signatory, position, moment, is_plain in blocks
        ]

    @staticmethod
    def _deed_digest(text):
        dump = json.dumps(text, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(dump.encode()).hexdigest()

    def _make_deed_text(self):
        """Return the deed as data, in the language of the practice: parties, date,
        terms, total, and each receivable by number, dates and sum; no care."""
        # sudo: the text names both parties, as each knows the other
        contract = self.contract_id.sudo()
        deed = self.with_context(lang=contract._text_lang())
        contract = contract.with_context(lang=contract._text_lang())
        _ = deed.env._
        identity = contract.mandate_id._identity
        return {
            "title": _("Deed of assignment of receivables"),
            "number": deed.name,
            "law": contract._law("assignment"),
            "date": deed._deed_date(contract),
            "parties": [
                identity(contract.company_id, _("the assignor")),
                identity(contract.agency_id, _("the assignee")),
            ],
            "terms": deed._deed_terms(contract),
            "total": deed._money(deed._deed_total()),
            "lines": [deed._deed_line(line) for line in deed._accepted()],
        }

    def _deed_date(self, contract):
        """Return the day that the deed bears in its heading, that of the last
        signature: none where the buyer signs after the practice, and is still to.

        At the buyer's place, as every debtor is told it.
        """
        if contract.buyer_signature == "deed":
            return ""
        local = self.with_context(tz=contract.agency_id._recouv_tz())
        return format_date(self.env, fields.Date.context_today(local))

    def _deed_total(self):
        return sum(self._accepted().mapped("amount"))

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _deed_line(self, line):
        return {
            "reference": line.reference or "",
            "debtor": line.partner_id.name or "",
            "invoiced": format_date(self.env, line.invoice_date),
            "due": format_date(self.env, line.date_due),
            "amount": self._money(line.amount),
        }

    def _deed_terms(self, contract):
        _ = self.env._
        return [
            _(
                "By this deed, made under the contract %(contract)s, the assignor "
                "assigns to the assignee, which accepts, the %(count)s receivables of "
                "the list below, of a total nominal amount of %(total)s, with their "
                "accessories, at the price that the contract lays down.",
                contract=contract.name,
                count=len(self._accepted()),
                total=self._money(self._deed_total()),
            ),
            _(
                "This deed bears the date of the last signature below. On that day the "
                "assignment takes effect between the parties and against others"
                "%(effect)s; against each debtor it does from its notification"
                "%(notification)s.",
                effect=contract._cited("effect"),
                notification=contract._cited("notification"),
            ),
            _(
                "The assignor warrants that the receivables exist, and not that the "
                "debtors can pay: the assignment is without recourse%(article)s.",
                article=contract._cited("warranty"),
            ),
            *self._price_terms(),
        ]

    def _price_terms(self):
        """Return the sentence of the price, where the books have fixed it."""
        if not self.amount_price:
            return []
        return [
            self.env._(
                "Commission %(commission)s, VAT %(vat)s, financing %(financing)s, "
                "holdback %(holdback)s: %(price)s is paid now.",
                commission=self._money(self.amount_commission),
                vat=self._money(self.amount_vat),
                financing=self._money(self.amount_financing),
                holdback=self._money(self.amount_holdback),
                price=self._money(self.amount_price),
            )
        ]
