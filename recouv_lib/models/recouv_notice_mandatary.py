from dataclasses import dataclass

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.tools import SQL, format_list

from ..lib import reference
from ..lib.letter_pages import Part, lines_of
from ..lib.wording import COSTS_LAW
from .recouv_engine import GROUP, Blocker
from .recouv_notice_letter import PAPER_CHANNELS
from .recouv_notice_letter_page import SMALL_GAP, SMALL_LEAD, SMALL_SIZE, WIDTH


@dataclass(eq=False)
class Known:
    """What the texts of a batch of notices need known of each, by notice id.

    ``letters``: {claim id: (reference, day) of the agency's first letter on it};
    ``interest``: whether the practice claims legal interest.
    """

    letters: dict
    interest: dict


class RecouvNotice(models.Model):
    """What an agency must say when it writes for a practice (CPCE R124-4).

    Its first letter carries every mention, checked one by one (M1 to M7 of law.md
    §1.3); each later contact recalls the reference and the date of that letter (M8).
    The mentions are printed by the letter itself: no template can leave one out.
    """

    _inherit = "recouv.notice"

    creditor_partner_id = fields.Many2one(
        related="line_ids.claim_id.creditor_partner_id", string="Practice"
    )
    text_creditor = fields.Char(compute="_compute_texts")
    text_creditor_address = fields.Char(compute="_compute_texts")
    text_first_letter = fields.Char(compute="_compute_texts")

    # --- the first letter -----------------------------------------------------------

    @api.model
    def _announcing_capacities(self):
        """Return the capacities whose first contact is a letter that says who writes,
        recalled by each later one."""
        return ("mandatary",)

    def _is_announcing(self):
        return self.capacity in self._announcing_capacities()

    def _known_together(self):
        """Return these notices with what the agency's letters need known of all.

        For whatever goes through a batch: three queries, however many notices.
        """
        mine = self.filtered(lambda notice: notice._is_announcing())
        return self.with_context(recouv_known=mine._read_known()) if mine else self

    def _known(self):
        """Return what is known of this notice: read with its batch, else now."""
        self.ensure_one()
        known = self.env.context.get("recouv_known")
        return known if known and self.id in known.letters else self._read_known()

    def _read_known(self):
        return Known(self._read_first_letters(), self._read_interest())

    def _read_first_letters(self):
        """Return {notice id: {claim id: (reference, day)}}: the agency's first letter
        on each claim of these notices, proven sent, and none of its own notice."""
        found = {notice_id: {} for notice_id in self.ids}
        if not found:
            return found
        self.env["recouv.notice"].flush_model()
        self.env["recouv.notice.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (ml.notice_id, nl.claim_id)
                          ml.notice_id, nl.claim_id, n.id,
                          COALESCE(n.document_date, n.date_sent::date, n.proven_on)
                     FROM recouv_notice_line ml
                     JOIN recouv_notice_line nl ON nl.claim_id = ml.claim_id
                     JOIN recouv_notice n
                          ON n.id = nl.notice_id AND n.id <> ml.notice_id
                    WHERE ml.notice_id IN %(mine)s
                      AND n.capacity IN %(capacities)s AND n.channel IN %(paper)s
                      AND n.state IN ('sent', 'delivered') AND n.proven_on IS NOT NULL
                    ORDER BY ml.notice_id, nl.claim_id, n.proven_on, n.id""",
                mine=tuple(found),
                capacities=self._announcing_capacities(),
                paper=PAPER_CHANNELS,
            )
        )
        for notice_id, claim_id, letter_id, day in rows:
            number = reference.print_reference(reference.make_reference(letter_id))
            found[notice_id][claim_id] = (number, day)
        return found

    def _read_interest(self):
        """Return {notice id: whether its practice claims legal interest}."""
        claims = {
            notice: notice._claim_lines().claim_id[:1]
            for notice in self
            if notice.capacity == "mandatary"
        }
        together = self.env["recouv.claim"].union(*claims.values())
        practices = {
            line.agency_claim_id.id: line.claim_id.company_id
            for line in together._held_lines()
        }
        # sudo: one setting of the practice, known from its mandate anyway
        return {
            notice.id: bool(practice := practices.get(claim.id))
            and practice.sudo()._recouv_config().recouv_interest
            for notice, claim in claims.items()
        }

    def _first_letters(self):
        """Return {claim: (reference, day)} of the agency's first letter on each claim
        of this notice; only letters proven sent, not this one."""
        claims, letters = self.env["recouv.claim"], self._known().letters
        return {
            claims.browse(claim_id): letter
            for claim_id, letter in letters.get(self.id, {}).items()
        }

    def _is_first_letter(self, known=None):
        """Say whether a claim of this notice was never announced by a letter.

        :param known: what :meth:`_first_letters` says, read anew when None
        """
        self.ensure_one()
        known = self._first_letters() if known is None else known
        return any(claim not in known for claim in self._claim_lines().claim_id)

    # --- texts ----------------------------------------------------------------------

    def _own_texts(self, contacts):
        """EXTENDS: for whom the agency collects, and its first letter."""
        texts = super()._own_texts(contacts)
        if not self._is_announcing():
            return texts | dict.fromkeys(
                ("creditor", "creditor_address", "first_letter"), ""
            )
        creditor, letters = self._creditor(), self._first_letters()
        return texts | {
            "creditor": creditor.name or "",
            "creditor_address": self._one_line_address(creditor),
            "first_letter": self._first_letter_text(letters),
            # no placeholder: asked once here for all that the letter prints
            "is_first": "1" if self._is_first_letter(letters) else "",
        }

    def _creditor(self):
        """Return the agency's contact of the practice; empty in other capacities."""
        if not self._is_announcing():
            return self.env["res.partner"]
        return self._claim_lines().claim_id.creditor_partner_id[:1]

    def _first_letter_text(self, known):
        letters = dict.fromkeys(known.values())
        named = [
            self.env._(
                "our letter ref. %(reference)s of %(date)s",
                reference=number,
                date=self._long_date(day),
            )
            for number, day in letters
        ]
        return format_list(self.env, named) if named else ""

    def _render_template(self, step, template, lang, parts):
        """EXTENDS: an SMS or e-mail that does not recall the first letter has the
        recall added (M8)."""
        texts = super()._render_template(step, template, lang, parts)
        recalling = self.filtered(lambda n: n._is_announcing() and n.id in texts)
        for notice in recalling._known_together():
            notice.with_context(lang=lang)._add_recall(texts[notice.id])
        return texts

    def _add_recall(self, parts):
        letters = self._first_letters()
        numbers = {number for number, _day in letters.values()}
        said = "".join(str(text) for text in parts.values())
        if all(number in said for number in numbers):
            return
        recall = self.env._("This follows %s.", self._first_letter_text(letters))
        if "body_html" in parts:
            parts["body_html"] = parts["body_html"] + Markup("<p>%s</p>") % recall
        else:
            parts["body"] = f"{parts['body']} {recall}"

    # --- mentions -------------------------------------------------------------------

    def _mandate_texts(self, texts):
        """Return {mention: sentence} that the agency's letter prints by itself."""
        _ = self.env._
        if not texts["is_first"]:
            return {"M8": _("This follows %s.", texts["first_letter"])}
        values = {
            "agency": texts["practice"],
            "agency_address": texts["address"],
            "creditor": texts["creditor"],
            "creditor_address": texts["creditor_address"],
        }
        return {
            "M3": _(
                "%(agency)s, %(agency_address)s, carries on the business of amicable "
                "debt collection and writes to you for %(creditor)s, "
                "%(creditor_address)s, which has given it a written mandate.",
                **values,
            ),
            "M6": _(
                "You will be given a receipt for every payment. No payment is refused "
                "for being partial."
            ),
            "M7": "\n".join(COSTS_LAW),
            "privacy": _(
                "Your name, your contact details and the sums above were given to us "
                "by %(creditor)s for the collection of this claim only. They are kept "
                "until it is settled, then for the legal periods. You may have access "
                "to them, have them corrected, object, or complain to the CNIL.",
                **values,
            ),
        }

    def _missing_elements(self, texts, words, contacts):
        """EXTENDS: the mentions of R124-4, each by its name."""
        missing = super()._missing_elements(texts, words, contacts)
        if self.capacity != "mandatary":
            return missing
        wanted = self._mention_elements(texts)
        return missing + [label for value, label in wanted if not value]

    def _mention_elements(self, texts):
        _, creditor = self.env._, self._creditor()
        if not texts["is_first"]:
            return [
                (
                    texts["first_letter"],
                    _("reference and date of the agency's first letter"),
                )
            ]
        elements = [
            (creditor.name, _("name of the creditor")),
            (
                creditor.street and creditor.zip and creditor.city,
                _("address of the creditor"),
            ),
            (self.payment_reference, _("reference to quote with the payment")),
            (self._payment_account(), _("bank account to pay to (a valid IBAN)")),
            (self._mandate_is_in_force(), _("a mandate in force")),
        ]
        printed = self._mandate_texts(texts)
        return elements + [
            (
                printed["M7"] == "\n".join(COSTS_LAW),
                _("paragraphs 2 and 3 of article L111-8"),
            )
        ]

    def _mandate_is_in_force(self):
        """Say whether every claim of the notice is collected under a mandate."""
        today = fields.Date.context_today(self)
        mandates = self._claim_lines().claim_id.mandate_id
        return bool(mandates) and all(mandate._is_active(today) for mandate in mandates)

    @api.model
    def _letter_template(self, step):
        """EXTENDS: an agency's step without a text has the agency's own of its tone."""
        if step.letter_template_id or step.policy_id.capacity != "mandatary":
            return super()._letter_template(step)
        own = {"courteous": "first", "firm": "second"}.get(step.tone, "last")
        found = self.env.ref(
            f"recouv_lib.letter_template_agency_{own}", raise_if_not_found=False
        )
        return (found or self.env["recouv.letter.template"]).with_env(self.env)

    # --- pages ----------------------------------------------------------------------

    def _letter_parts(self, texts, words, values):
        """EXTENDS: the mentions stand where a debtor reads them: who writes and for
        whom before anything else, the law after the ways to pay."""
        parts = super()._letter_parts(texts, words, values)
        if self.capacity != "mandatary":
            return parts
        printed = self._mandate_texts(texts)
        opening = printed.get("M3") or printed["M8"]
        place = next(i for i, part in enumerate(parts) if part.kind == "text") + 1
        parts.insert(place, self._sentence_part(opening))
        if "M6" in printed:
            after = next(i for i, part in enumerate(parts) if part.kind == "payment")
            parts.insert(after + 1, self._sentence_part(printed["M6"]))
            parts += [self._legal_part(printed["M7"]), self._small_part(printed)]
        return parts

    def _sentence_part(self, sentence):
        return self._text_part(Markup("<p>%s</p>") % sentence, sentence)

    def _legal_part(self, law):
        title = self.env._(
            "Code des procédures civiles d'exécution, article L. 111-8, second and "
            "third paragraphs:"
        )
        return self._small_text(f"{title} « {law} »")

    def _small_part(self, printed):
        return self._small_text(printed["privacy"])

    def _small_text(self, text):
        lines = lines_of(text, WIDTH, SMALL_SIZE)
        return Part("small", lines * SMALL_LEAD + SMALL_GAP, escape(text))

    def _invoice_rows(self):
        """EXTENDS: principal, interest and accessories apart, also where they are nil
        (R124-4 3°)."""
        rows = super()._invoice_rows()
        if self.capacity != "mandatary":
            return rows
        if not self.amount_interest:
            rows.append(self._sum_row(self.env._("Legal interest"), 0))
        rows.append(self._sum_row(self.env._("Other accessories"), 0))
        return rows

    def _sum_row(self, label, amount):
        empty = dict.fromkeys(("date", "due", "original"), "")
        return {"label": label, **empty, "amount": self._money(amount)}

    def _registration_text(self, texts):
        """EXTENDS: an agency has no professional number of care."""
        if not self._is_announcing():
            return super()._registration_text(texts)
        return self.env._(
            "Registered under no. %(number)s",
            number=self.company_id.company_registry or "",
        )

    def _payment_means_text(self):
        """EXTENDS: to the agency; the practice is not where its letter sends."""
        if not self._is_announcing():
            return super()._payment_means_text()
        _ = self.env._
        means = [
            _("by bank transfer"),
            _("by cheque to the order of %(practice)s", practice=self.company_id.name),
        ]
        return format_list(self.env, means, "or")

    # --- interest -------------------------------------------------------------------

    def _claims_interest(self):
        """EXTENDS: what the practice claims, its agency claims; nothing more."""
        if self.capacity != "mandatary":
            return super()._claims_interest()
        return self._known().interest.get(self.id, False)

    # --- batches --------------------------------------------------------------------

    def _texts(self):
        """EXTENDS: what an agency's letters need is read once for all."""
        return super(RecouvNotice, self._known_together())._texts()

    def _compose_letters(self):
        """EXTENDS: likewise."""
        return super(RecouvNotice, self._known_together())._compose_letters()

    def _refuse_wrong_sums(self):
        """EXTENDS: likewise."""
        refused = super(RecouvNotice, self._known_together())._refuse_wrong_sums()
        return refused.with_env(self.env)


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _contact_blockers(self, company, today):
        """EXTENDS: nothing but a letter may be the agency's first contact."""
        first = SQL(
            """(g.channel NOT IN %s AND COALESCE((
                    SELECT lc.step_id IS NULL
                      FROM recouv_claim lc WHERE lc.id = g.lead_id), FALSE))""",
            PAPER_CHANNELS,
        )
        return [
            Blocker(
                "no_first_letter",
                self.env._(
                    "The agency's first letter was never proven sent: nothing else may "
                    "leave before it (CPCE R124-4)."
                ),
                first,
                GROUP,
                capacities=("mandatary",),
            ),
            *super()._contact_blockers(company, today),
            Blocker(
                "contact_ceiling",
                self.env._("The debtor was contacted too recently or too often."),
                self._blind_ceiling_sql(company, today),
                GROUP,
            ),
        ]

    @api.model
    def _blind_ceiling_sql(self, company, today):
        """A number called for several practices is not called more often for that.

        Counted by the number alone, in an agency's company: no contact is joined to
        another, and nothing says for whom the other calls were.
        """
        config = company._recouv_config()
        return SQL(
            """(g.channel = 'call' AND %(is_agency)s AND (
                SELECT COUNT(*) FILTER (
                           WHERE COALESCE(y.proven_on, y.failed_on) > %(today)s - 7)
                           >= %(calls_7)s
                    OR COUNT(*) >= %(calls_30)s
                  FROM recouv_notice y
                  JOIN res_partner yp ON yp.id = y.partner_id
                  JOIN res_partner gp ON gp.id = g.partner_id
                 WHERE y.company_id = %(company)s AND y.channel = 'call'
                   AND yp.phone_sanitized = gp.phone_sanitized
                   AND COALESCE(y.proven_on, y.failed_on) > %(today)s - 30))""",
            is_agency="mandatary" in company._recouv_capacities(),
            today=today,
            company=company.id,
            calls_7=config.recouv_max_calls_7,
            calls_30=config.recouv_max_calls_30,
        )
