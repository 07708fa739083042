from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import court

STATES = [
    ("draft", "To ask for"),
    ("asked", "Asked for"),
    ("released", "Given to the agency"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
]
KINDS = [
    ("invoice", "Invoice"),
    ("quote", "Quote or written information on the fees"),
    ("notice", "Reminder and its proof"),
    ("acknowledgment", "Acknowledgment of debt"),
    ("other", "Other"),
]


class RecouvExhibit(models.Model):
    """A document that the court file rests on, released by the practice or not.

    Its document is a copy, redacted, that belongs to the company of the file; nothing
    of the practice's own attachment is linked. It comes only through a request
    (``recouv.exhibit.request``), which the practice answers and which is its log.
    """

    _name = "recouv.exhibit"
    _description = "Exhibit"
    _order = "sequence, id"
    _check_company_auto = True

    litigation_id = fields.Many2one(
        "recouv.litigation",
        "Court file",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="litigation_id.company_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    number = fields.Integer(compute="_compute_number")
    kind = fields.Selection(KINDS, required=True, default="other")
    name = fields.Char(
        "Exhibit",
        required=True,
        help="As the list of exhibits shall name it: never an act nor a care.",
    )
    claim_id = fields.Many2one(
        "recouv.claim", check_company=True, domain="[('id', 'in', claim_choice_ids)]"
    )
    claim_choice_ids = fields.Many2many(related="litigation_id.claim_ids")
    state = fields.Selection(STATES, required=True, readonly=True, default="draft",
                             copy=False)  # fmt: skip
    document_id = fields.Many2one("ir.attachment", readonly=True, copy=False)
    page_count = fields.Integer("Pages", readonly=True, copy=False)
    asked_on = fields.Datetime(readonly=True, copy=False)
    asked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    answered_on = fields.Datetime(readonly=True, copy=False)
    answer = fields.Char("Answer of the practice", readonly=True, copy=False)
    is_own = fields.Boolean(compute="_compute_is_own")

    @api.depends("sequence", "state", "litigation_id.exhibit_ids.state")
    def _compute_number(self):
        """Released exhibits are numbered in their order, as the list prints them."""
        for exhibit in self:
            released = exhibit.litigation_id.exhibit_ids._released()
            ids = released.ids
            exhibit.number = ids.index(exhibit.id) + 1 if exhibit.id in ids else 0

    @api.depends("claim_id", "litigation_id")
    def _compute_is_own(self):
        for exhibit in self:
            claim = exhibit._claim()
            exhibit.is_own = bool(claim) and claim._practice_claim() == claim

    def _claim(self):
        return self.claim_id or self.litigation_id.line_ids.claim_id[:1]

    def _released(self):
        return self.filtered(lambda e: e.state == "released").sorted()

    # --- guards ---------------------------------------------------------------------

    def write(self, vals):
        if {"name", "kind", "claim_id", "litigation_id"} & vals.keys():
            for exhibit in self.filtered(lambda e: e.state not in ("draft", "refused")):
                raise UserError(
                    self.env._(
                        "%s was asked for and is not changed any more.", exhibit.name
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        for exhibit in self.filtered(lambda e: e.state != "draft"):
            raise UserError(
                self.env._("%s was asked for and is not deleted.", exhibit.name)
            )

    # --- asking ---------------------------------------------------------------------

    def action_ask(self):
        """Ask the practice for these exhibits, one by one.

        :raise UserError: asked already, or no practice stands behind the claim
        """
        self.check_access("write")
        for exhibit in self:
            if exhibit.state not in ("draft", "refused", "withdrawn"):
                raise UserError(
                    self.env._("%s was asked for already.", exhibit.display_name)
                )
            exhibit._ask()
        return True

    def _ask(self):
        """Put the question on the practice's day list, in its own company.

        What crosses is the exhibit's name and kind and the company that asks. The
        practice's claim is reached through ``_practice_claim`` alone.
        """
        practice_claim = self._claim()._practice_claim()
        if not practice_claim:
            raise UserError(
                self.env._(
                    "No practice can be asked for %s: choose its claim.",
                    self.display_name,
                )
            )
        # sudo: the question is written into the practice's company by who may not read
        # it; its values are this exhibit's own words, checked above
        request = self.env["recouv.exhibit.request"].sudo()
        created = request.create(
            {
                "company_id": practice_claim.company_id.id,
                "claim_id": practice_claim.id,
                "exhibit_id": self.id,
                "name": self.name,
                "kind": self.kind,
                "asked_by": f"{self.company_id.name}, {self.env.user.name}",
            }
        )
        self._record(
            {
                "state": "asked",
                "asked_on": fields.Datetime.now(),
                "asked_by_id": self.env.uid,
                "answer": False,
            }
        )
        return created

    def action_release(self):
        """A practice that sues for itself answers at once: open the release."""
        self.ensure_one()
        if not self.is_own:
            raise UserError(
                self.env._(
                    "%s: only the practice releases its documents.", self.display_name
                )
            )
        if self.state in ("draft", "refused", "withdrawn"):
            self.action_ask()
        # sudo: finds the practice's own question about its own exhibit
        requests = self.env["recouv.exhibit.request"].sudo()
        mine = requests.search(
            [("exhibit_id", "=", self.id), ("state", "=", "asked")], limit=1
        )
        return mine.sudo(False).action_release()

    # --- answered -------------------------------------------------------------------

    def _receive(self, content, pages):
        """Keep the copy that the practice releases, as a document of this company.

        Called from the practice's side, which cannot read here, in nobody's name.
        """
        self.ensure_one()
        document = self.env["ir.attachment"].create(
            {
                "name": f"{self.env._('Exhibit')} {self.id}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )
        self._record(
            {
                "state": "released",
                "document_id": document.id,
                "page_count": pages,
                "answered_on": fields.Datetime.now(),
                "answer": False,
            }
        )

    def _refuse(self, reason):
        self._record(
            {"state": "refused", "answer": reason, "answered_on": fields.Datetime.now()}
        )

    def _withdraw(self):
        """The copy goes: it was released by mistake and has not been lodged."""
        self.document_id.unlink()
        self._record({"state": "withdrawn", "page_count": 0})

    def action_view_document(self):
        self.ensure_one()
        if not self.document_id:
            raise UserError(self.env._("%s was not released.", self.display_name))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.document_id.id}",
            "target": "new",
        }


class RecouvLitigation(models.Model):
    _inherit = "recouv.litigation"

    exhibit_ids = fields.One2many("recouv.exhibit", "litigation_id", "Exhibits")
    exhibit_count = fields.Integer(
        "Exhibits released", compute="_compute_exhibit_count"
    )

    exhibits_to_ask = fields.Integer(
        "Exhibits to ask for", compute="_compute_exhibit_count"
    )

    @api.depends("exhibit_ids.state", "exhibit_ids.is_own")
    def _compute_exhibit_count(self):
        for litigation in self:
            litigation.exhibit_count = len(litigation.exhibit_ids._released())
            litigation.exhibits_to_ask = len(litigation._exhibits_to_ask())

    def _exhibits_to_ask(self):
        return self.exhibit_ids.filtered(lambda e: e.state == "draft" and not e.is_own)

    def _propose_exhibits(self):
        """Name what such a file always rests on: the invoice of each claim."""
        if self.state not in court.PREPARING:
            return
        self.env["recouv.exhibit"].create(
            [
                {
                    "litigation_id": self.id,
                    "kind": "invoice",
                    "sequence": rank,
                    "name": self.env._("Invoice no. %s", claim.reference or claim.id),
                    "claim_id": claim.id,
                }
                for rank, claim in enumerate(self.line_ids.claim_id, 1)
            ]
        )

    def action_ask_exhibits(self):
        """Ask for everything that was not asked for yet."""
        self.ensure_one()
        if waiting := self._exhibits_to_ask():
            return waiting.action_ask()
        raise UserError(
            self.env._("%s: nothing is left to ask for.", self.display_name)
        )
