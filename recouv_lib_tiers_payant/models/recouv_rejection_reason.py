from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import rejection_labels
from .recouv_return_line import PARTS

ACTION_CLASSES = [
    ("correct_and_resend", "Correct and send again"),
    ("ask_patient", "Ask the patient"),
    ("bill_patient", "Bill the patient"),
    ("wait", "Wait"),
    ("claim_payer", "Claim from the payer"),
    ("give_up", "Give up"),
]
LEVELS = [("F", "Invoice"), ("L", "Line"), ("A", "Detail"), ("lot", "Lot")]
FIXERS = [
    ("practice", "Practice"),
    ("patient", "Patient"),
    ("amo", "AMO"),
    ("amc", "AMC"),
]
#: what a reason teaches to the rejections that stand under it
CLASS_FIELDS = {"action_class"}
#: what a new code takes from the reason that the words of its label name
TAKEN_OVER = ("action_class", "fixer", "is_resend_allowed", "is_patient_allowed",
              "what_to_do", "level")  # fmt: skip
#: a label of a file may be long; a name is read in lists
LABEL_LENGTH = 120


class RecouvRejectionReason(models.Model):
    """Why payers reject, and what it takes to get the money all the same.

    A rejection finds its reason by its code (the company's own reasons first), else by
    the words of its label. A code that nobody knew makes a *learned* reason of the
    company, classed by its label; whoever corrects it re-classes what is open under it.
    The shared reasons are the same for every practice: a practice adapts its own copy.
    """

    _name = "recouv.rejection.reason"
    _description = "Rejection reason"
    _order = "code, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", help="Empty: for every company.", index=True
    )
    active = fields.Boolean(default=True)
    code = fields.Char(index=True)
    name = fields.Char(required=True, translate=True)
    part = fields.Selection(PARTS)
    level = fields.Selection(LEVELS)
    action_class = fields.Selection(ACTION_CLASSES, required=True)
    fixer = fields.Selection(FIXERS, "Who can mend it")
    is_resend_allowed = fields.Boolean("May be sent again", default=True)
    is_patient_allowed = fields.Boolean("May be billed to the patient")
    patterns = fields.Text(help="Words of labels, one pattern per line.")
    what_to_do = fields.Text(translate=True)
    is_learned = fields.Boolean("Learned from a file", readonly=True)
    owner_id = fields.Many2one(
        "res.users",
        "Who treats them",
        help="Empty: whoever the settings of the company name.",
    )
    rejection_ids = fields.One2many("recouv.rejection", "reason_id", readonly=True)

    _code_once = models.UniqueIndex(
        "(COALESCE(company_id, 0), part, code) WHERE is_learned",
        "This code was learned already.",
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for reason in self:
            reason.display_name = " – ".join(filter(None, [reason.code, reason.name]))

    # --- writing --------------------------------------------------------------------

    def write(self, vals):
        """EXTENDS: a shared reason is nobody's own; a change re-classes what is
        open."""
        if not self.env.su and not self.env.user.has_group("base.group_system"):
            self._check_own()
        result = super().write(vals)
        if CLASS_FIELDS & vals.keys():
            self._reclass()
        return result

    def _check_own(self):
        for reason in self:
            if not reason.company_id:
                raise UserError(
                    self.env._(
                        "“%(reason)s” is shared by every practice: use “Adapt for my "
                        "practice” and change your own.",
                        reason=reason.display_name,
                    )
                )

    def _reclass(self):
        """Give the open rejections of these reasons their action."""
        for reason in self:
            waiting = reason.rejection_ids.filtered(lambda one: one.state == "to_do")
            waiting._record({"action_class": reason.action_class})

    def action_adapt(self):
        """Open the practice's own copy of a shared reason; it goes first from now on,
        also for the rejections that are open."""
        self.ensure_one()
        mine = self._own_copy(self.env.company)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": mine.id,
            "view_mode": "form",
        }

    def _own_copy(self, company):
        if self.company_id:
            return self
        mine = self.search(
            [
                ("company_id", "=", company.id),
                ("code", "=", self.code),
                ("part", "=", self.part),
                ("name", "=", self.name),
            ],
            limit=1,
        ) or self.copy({"company_id": company.id})
        rejections = self.rejection_ids.filtered(
            lambda one: one.state == "to_do" and one.company_id == company
        )
        rejections._record({"reason_id": mine.id})
        return mine

    # --- finding --------------------------------------------------------------------

    @api.model
    def _find_all(self, company, causes):
        """Return ``{cause: reason}``, learning the codes and labels nobody knew.

        :param causes: (part O or C, code as received, label as received) each
        """
        book = ReasonBook(self.search([("company_id", "in", [False, company.id])]))
        causes = [cause for cause in dict.fromkeys(causes) if cause[1] or cause[2]]
        found = {cause: book.find(*cause) for cause in causes}
        unknown = {
            _cause_key(*cause): cause for cause, reason in found.items() if not reason
        }
        made = self.create(
            [
                self._learned_values(company, book.by_label(part, label), *cause)
                for cause in unknown.values()
                for part, _code, label in [cause]
            ]
        )
        learned = dict(zip(unknown, made, strict=True))
        return {
            cause: reason or learned[_cause_key(*cause)]
            for cause, reason in found.items()
        }

    @api.model
    def _learned_values(self, company, like, part, code, label):
        """Return the values of a new reason, classed by the words of its label.

        :param like: the reason that its words name, or none
        """
        reading = rejection_labels.classify(label, code, part)
        label = " ".join((label or "").split())
        values = {
            "company_id": company.id,
            "code": rejection_labels.normalise_code(code).key or False,
            "name": label[:LABEL_LENGTH] or code,
            # without a code, its words are all there is to know it by
            "patterns": False if code else label,
            "part": part,
            "is_learned": True,
            "action_class": reading.action,
            "fixer": reading.category.fixer,
            "is_resend_allowed": reading.category.resend,
            "is_patient_allowed": reading.is_patient_allowed,
        }
        for name in TAKEN_OVER if like else ():
            values[name] = like[name]
        return values


def _cause_key(part, code, label):
    """What makes two causes one: the code, or the words where there is none."""
    key = rejection_labels.normalise_code(code).key
    return (part, key, "" if key else rejection_labels.normalise_label(label))


class ReasonBook:
    """The reasons of one company in memory: many causes are looked up in one query."""

    def __init__(self, reasons):
        self.none = reasons.browse()
        # the practice's own copy goes before the shared reason
        self.reasons = reasons.sorted(lambda one: (not one.company_id, one.id))
        self.by_code, self.by_start = {}, {}
        for reason in self.reasons.filtered("code"):
            read = rejection_labels.normalise_code(reason.code)
            self.by_code.setdefault((reason.part, read.key), reason)
            self.by_start.setdefault((reason.part, read.code4), reason)

    def find(self, part, code, label):
        """Return the reason of a cause, empty when nobody knows it.

        The whole code first, then its four digits alone (all that entity 294 has),
        then the words: a known code decides against the words of its label.
        """
        read = rejection_labels.normalise_code(code)
        if not read.key:
            return self.by_label(part, label)
        asked = [(self.by_code, read.key), (self.by_code, read.code4)]
        if not read.detail3:
            asked.append((self.by_start, read.code4))
        for book, key in asked:
            # a reason of both parts is known under no part
            if known := book.get((part, key)) or book.get((False, key)):
                return known
        return self.none

    def by_label(self, part, label):
        for reason in self.reasons.filtered("patterns"):
            if reason.part in (False, part) and rejection_labels.find_pattern(
                label, reason.patterns
            ):
                return reason
        return self.none
