from odoo import models
from odoo.tools import SQL

from ..lib import answer_matching
from ..lib.answer_matching import Answer, Match, Share

#: states of shares whose answer is awaited still
AWAITED = ("transmitted", "acknowledged", "partial")
KIND_PARTS = {"amo": "O", "amc": "C"}
#: an intermediary hands on an answer and does not say whose it is
PART_UNKNOWN = "part_unknown"


class RecouvReturnLine(models.Model):
    """Which share does an answer speak of? Candidates by SQL, the choice in ``lib``.

    A batch costs two look-ups however long it is: by number, then, for what that did
    not find, by person and amount. Only shares of the lines' company are candidates.
    """

    _inherit = "recouv.return.line"

    def _match(self):
        """Find the shares of these lines of one company; keep how, or why not."""
        found = self._find()
        # read together: each write checks the company of its share
        shares = [match.share_id for match in found.values() if match.share_id]
        self.env["recouv.share"].browse(shares).fetch(["company_id"])
        for line in self:
            match = found[line.id]
            if match.share_id:
                line.write(
                    {
                        "share_id": match.share_id,
                        "match_how": match.how,
                        "outcome": "matched",
                        "issue": False,
                        "candidates": False,
                    }
                )
            else:
                line.write(
                    {
                        "outcome": "matched",
                        "issue": match.reason,
                        "candidates": list(match.candidates) or False,
                    }
                )

    def _find(self):
        """Return {line id: `Match`} of these lines of one company."""
        answers = [one for line in self for one in line._to_answers()]
        matches = self._find_answers(answers)
        return {
            line.id: _the_one([matches[line.id, part] for part in line._parts_meant()])
            for line in self
        }

    def _find_answers(self, answers):
        """Return {(line id, part): `Match`}."""
        company = self.company_id
        by_number = self._shares_by_number(company, answers)
        matches = {
            match.answer_id: match
            for match in answer_matching.match_answers(answers, by_number)
        }
        taken = {match.share_id for match in matches.values() if match.share_id}
        left = [one for one in answers if not matches[one.id].share_id and one.nir]
        by_person = [
            share
            for share in self._shares_by_person(company, left)
            if share.id not in taken
        ]
        if by_person:
            both = {share.id: share for share in (*by_number, *by_person)}
            shares = [share for share in both.values() if share.id not in taken]
            for match in answer_matching.match_answers(left, shares):
                if match.share_id or matches[match.answer_id].reason == "unknown":
                    matches[match.answer_id] = match
        return matches

    def _parts_meant(self):
        """Return the parts that this line may be about: both where it names none."""
        return [self.part] if self.part else [*KIND_PARTS.values()]

    def _to_answers(self):
        return [self._to_answer(part) for part in self._parts_meant()]

    def _to_answer(self, part):
        days = (self.invoice_date, self.care_date, self.lot_date)
        return Answer(
            (self.id, part),
            part,
            self.invoice_number or "",
            self.lot or "",
            self.nir or "",
            tuple(day for day in days if day),
            round(self.asked * 100),
            self.invoice_kind in ("P", "C"),
            self.own_nir or "",
        )

    def _shares_by_number(self, company, answers):
        numbers = {form for one in answers for form in _forms(one.number)}
        if not numbers:
            return []
        return self._shares(company, SQL("s.invoice_number = ANY(%s)", sorted(numbers)))

    def _shares_by_person(self, company, answers):
        nirs = {nir[:13] for one in answers for nir in (one.nir, one.own_nir)}
        nirs = sorted(nirs - {""})
        amounts = sorted({one.amount for one in answers if one.amount})
        if not nirs or not amounts:
            return []
        return self._shares(
            company,
            SQL(
                "left(s.nir, 13) = ANY(%s) AND round(s.amount * 100)::bigint = ANY(%s)",
                nirs,
                amounts,
            ),
        )

    def _shares(self, company, condition):
        """Read shares as plain tuples; none answers a plan that is not booked yet."""
        for model in ("recouv.share", "recouv.lot"):
            self.env[model].flush_model()
        self.env["account.move"].flush_model(["invoice_date"])
        self.env.cr.execute(
            SQL(
                """SELECT s.id, s.kind, COALESCE(s.invoice_number, ''),
                          COALESCE(l.name, ''), COALESCE(s.nir, ''),
                          s.care_date, m.invoice_date, l.date, s.sent_on,
                          round(s.amount * 100)::bigint, s.state
                     FROM recouv_share s
                     LEFT JOIN recouv_lot l ON l.id = s.lot_id
                     LEFT JOIN account_move m ON m.id = s.move_id
                    WHERE s.company_id = %s AND %s
                      AND (s.state <> 'draft' OR s.transfer_id IS NOT NULL)""",
                company.id,
                condition,
            )
        )
        return [
            Share(
                row[0],
                KIND_PARTS[row[1]],
                row[2],
                row[3],
                row[4],
                tuple({day for day in row[5:9] if day}),
                row[9],
                row[10] in AWAITED,
            )
            for row in self.env.cr.fetchall()
        ]


def _forms(number):
    """A number as the payer writes it, without and with zeros in front."""
    bare = (number or "").strip().lstrip("0")
    return {number, bare, bare.zfill(9)} - {"", None} if bare else set()


def _the_one(matches):
    """The match of the only share that is there; none where both parts may be meant."""
    found = [match for match in matches if match.share_id]
    if len(found) > 1:
        ids = tuple(match.share_id for match in found)
        return Match(None, None, answer_matching.NONE, PART_UNKNOWN, ids)
    # where none is there, the shares that resemble it are a person's choice
    return found[0] if found else max(matches, key=lambda one: len(one.candidates))
