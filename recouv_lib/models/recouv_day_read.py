from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# records of a section shown before somebody opens it
SHOWN = 5
# notices to approve are all shown, up to what one screen can hold
SHOWN_PROPOSALS = 200
# what an item shows, the first field that its model has
AMOUNTS = ("amount_residual_currency", "amount", "amount_residual", "amount_total")
DATES = ("date_due", "next_date", "date_proposed", "date", "invoice_date")
# an alarm is about a right that ends
ALARM_DATES = ("limitation_date", "next_date", *DATES)
COLOURS = 8
# words that do not tell one practice from the other
COMMON_WORDS = {"cabinet", "centre", "center", "maison", "practice", "docteur", "dr",
                "de", "du", "des", "le", "la", "les", "et", "the", "of"}  # fmt: skip


class RecouvDay(models.AbstractModel):
    """What the screen of the day reads and does, over all companies of the user.

    Reading costs a fixed number of queries for each section, whatever waits in it.
    What is done company by company is done for each that can; the others are told.
    """

    _inherit = "recouv.day"

    @api.model
    def _everywhere(self):
        """Return this model over every company of the user, the current one first."""
        user, current = self.env.user, self.env.company
        ids = [current.id] if current in user.company_ids else []
        ids += [company.id for company in user.company_ids if company != current]
        return self.with_context(allowed_company_ids=ids)

    @api.model
    def _record_ids(self, ids):
        """Return record ids that a screen sent, once they are such.

        :raise UserError: anything but a list of whole numbers from 1
        """
        is_list = isinstance(ids, list | tuple)
        if not is_list or not all(_is_id(each) for each in ids):
            raise UserError(self.env._("These are no records: open the screen again."))
        return list(ids)

    # --- reading --------------------------------------------------------------------

    @api.model
    def read_day(self):
        """Return what waits today, for the screen.

        :return: dict ``today`` (ISO), ``companies``, ``to_propose`` (ids of companies
            whose relance of today was not proposed yet) and ``sections`` in the order
            of the day
        """
        day = self._everywhere()
        today = fields.Date.context_today(day)
        sections = sorted(day._sections(today), key=lambda s: (s.sequence, s.code))
        return {
            "today": fields.Date.to_string(today),
            "user": self.env.user.name,
            "companies": day._read_companies(),
            "to_propose": day._companies_to_propose(today).ids,
            "sections": [
                day._read_section(section)
                for section in sections
                if day.env[section.model].has_access("read")
            ],
        }

    @api.model
    def _read_companies(self):
        return [
            {
                "id": company.id,
                "name": company.name,
                "initials": _initials(company.name),
                "colour": rank % COLOURS,
            }
            for rank, company in enumerate(self.env.companies.sorted("id"))
        ]

    @api.model
    def _companies_to_propose(self, today):
        """Return the live companies that have no run of today."""
        live = self.env.companies.filtered(lambda c: not c._recouv_live_gaps())
        runs = self.env["recouv.run"].search(
            [
                ("company_id", "in", live.ids),
                # a run on payers does not propose the patients' relance
                ("capacity", "=", "creditor"),
                ("date", "=", today),
                ("state", "not in", ("draft", "failed")),
            ]
        )
        return live - runs.company_id

    @api.model
    def _read_section(self, section):
        model = self.env[section.model]
        counts = model._read_group(section.domain, ["company_id"], ["__count"])
        total = sum(count for _company, count in counts)
        return {
            "code": section.code,
            "label": section.label,
            "model": section.model,
            "is_alarm": section.is_alarm,
            "count": total,
            "counts": {company.id: count for company, count in counts},
            "items": self._read_items(section, model) if total else [],
        }

    @api.model
    def _read_items(self, section, model):
        if section.code == "proposals":
            return self._read_proposals(section, model)
        # a pile is acted upon from here: all of them must be there
        limit = SHOWN_PROPOSALS if section.code == "postings" else SHOWN
        records = model.search(section.domain, limit=limit)
        names = {
            "amount": _first(model, AMOUNTS, "monetary"),
            "date": _first(model, ALARM_DATES if section.is_alarm else DATES, "date"),
        }
        return [self._read_item(record, names) for record in records]

    @api.model
    def _read_item(self, record, names):
        amount, date = names["amount"], names["date"]
        currency = record._fields[amount].get_currency_field(record) if amount else None
        partner = record["partner_id"] if "partner_id" in record._fields else None
        return {
            "id": record.id,
            "name": record.display_name,
            "debtor": partner.display_name if partner else "",
            "amount": record[amount] if amount else None,
            "currency_id": record[currency].id if currency else False,
            "date": fields.Date.to_string(record[date]) if date else False,
            "company_id": record.company_id.id,
        }

    @api.model
    def _read_proposals(self, section, model):
        """Return the notices to approve, each with its step, channel and novelty."""
        notices = model.search(
            section.domain, order="company_id, id", limit=SHOWN_PROPOSALS
        )
        known = notices._debtors_contacted()
        channels = dict(model._fields["channel"]._description_selection(self.env))
        return [
            {
                "id": notice.id,
                "name": notice.display_name,
                "debtor": notice.partner_id.display_name,
                "amount": notice.amount,
                "currency_id": notice.currency_id.id,
                "date": False,
                "company_id": notice.company_id.id,
                "step": notice.step_id.name or "",
                "channel": notice.channel,
                "channel_label": channels[notice.channel],
                "attempt": notice.attempt,
                "is_first": (notice.company_id.id, notice.partner_id.id) not in known,
            }
            for notice in notices
        ]

    @api.model
    def open_section(self, code):
        """Return the action that shows all records of a section.

        :raise UserError: no such section
        """
        day = self._everywhere()
        today = fields.Date.context_today(day)
        section = next((s for s in day._sections(today) if s.code == code), None)
        if not section:
            raise UserError(self.env._("There is nothing to show here."))
        if section.method:
            return getattr(day.env[section.model], section.method)()
        action = self.env["ir.actions.act_window"]._for_xml_id(section.action)
        return action | {
            "name": section.label,
            # what the web client shows first
            "display_name": section.label,
            "domain": _plain(section.domain),
            "context": {"allowed_company_ids": day.env.companies.ids},
        }

    # --- proposals ------------------------------------------------------------------

    @api.model
    def propose_today(self):
        """Propose today's relance for each live company that has none yet.

        :return: dict ``count`` of notices to approve and ``problems``, one sentence
            for each company that could not
        """
        day = self._everywhere()
        companies = day._companies_to_propose(fields.Date.context_today(day))
        runs, problems = day.env["recouv.run"], []
        for company in companies:
            try:
                run = runs.with_company(company)._todays_run(company)
                run.action_propose()
                runs |= run
            except UserError as error:
                problems.append(f"{company.name}: {error}")
        return {"count": sum(runs.mapped("to_approve_count")), "problems": problems}

    @api.model
    def approve(self, notice_ids):
        """Approve these notices and send them; the others stay proposed.

        One company after the other: what cannot leave stays proposed and is told.

        :return: dict ``count`` of notices that were sent or made ready, ``problems``
        """
        day = self._everywhere()
        notices = day.env["recouv.notice"].browse(self._record_ids(notice_ids)).exists()
        notices.check_access("write")
        chosen = notices.filtered(lambda n: n.state == "proposed")
        problems = []
        for run, mine in chosen.grouped("run_id").items():
            if problem := mine._approve_and_send(run.with_company(run.company_id)):
                problems.append(problem)
        left = chosen.filtered(lambda n: n.state not in ("proposed", "cancelled"))
        return {"count": len(left), "problems": problems}

    @api.model
    def remove(self, notice_ids):
        """Take notices out of the proposal; the next run proposes anew."""
        day = self._everywhere()
        notices = day.env["recouv.notice"].browse(self._record_ids(notice_ids))
        notices.exists().action_remove()
        return True

    # --- paper ----------------------------------------------------------------------

    @api.model
    def print_letters(self):
        """Put all printed letters in piles, one PDF for each company and kind.

        :return: dict ``downloads`` (actions) and ``problems``
        """
        day = self._everywhere()
        unsorted = self._printed_paper() & Domain("posting_id", "=", False)
        day.env["recouv.notice"].search(unsorted).action_prepare_posting()
        piles = day.env["recouv.posting"].search(
            [("state", "=", "open"), ("document_id", "=", False)]
        )
        return day.print_postings(piles.ids)

    @api.model
    def print_postings(self, posting_ids):
        """Return the downloads of these piles, and what could not be printed."""
        ids = self._record_ids(posting_ids)
        postings = self._everywhere().env["recouv.posting"].browse(ids)
        downloads, problems = [], []
        for posting in postings.exists():
            action = posting.with_company(posting.company_id).action_print()
            if action["type"] == "ir.actions.act_url":
                downloads.append(action["url"])
            else:
                problems.append(
                    f"{posting.display_name}: {action['params']['message']}"
                )
        return {"downloads": downloads, "problems": problems}

    @api.model
    def mark_posted(self, posting_ids):
        """The piles were posted today: each that can, the others are told.

        :return: dict ``count`` of letters posted, ``problems``
        """
        ids = self._record_ids(posting_ids)
        postings = self._everywhere().env["recouv.posting"].browse(ids)
        count, problems = 0, []
        for posting in postings.exists().filtered(lambda p: p.state == "open"):
            try:
                with self.env.cr.savepoint():
                    posting.action_mark_posted()
                count += posting.letter_count
            except UserError as error:
                problems.append(f"{posting.company_id.name}: {error}")
        return {"count": count, "problems": problems}


class RecouvNotice(models.Model):
    _inherit = "recouv.notice"

    def _debtors_contacted(self):
        """Return {(company id, debtor id)} of those who heard from the practice."""
        groups = self._read_group(
            [
                ("company_id", "in", self.company_id.ids),
                ("partner_id", "in", self.partner_id.ids),
                ("proven_on", "!=", False),
            ],
            ["company_id", "partner_id"],
        )
        return {(company.id, partner.id) for company, partner in groups}

    def _approve_and_send(self, run):
        """Approve these notices of ``run`` and execute it.

        :return: what keeps them from leaving, in words, or None; they stay proposed
        """
        if run.state not in ("proposed", "executing", "failed"):
            return self.env._("%(run)s was executed already.", run=run.name)
        self.action_approve()
        try:
            run._execute()
        except UserError as error:
            waiting = self.exists().filtered(lambda n: n.state == "queued")
            waiting._record({"state": "proposed"})
            return f"{run.name}: {error}"
        return None


def _initials(name):
    """Return two letters that tell a company from its neighbours on a badge."""
    words = [word for word in (name or "").split() if word[0].isalnum()]
    own = [word for word in words if word.lower() not in COMMON_WORDS] or words or ["?"]
    letters = own[0][:2] if len(own) == 1 else own[0][0] + own[1][0]
    return letters.upper()


def _first(model, names, kind):
    """Return the first of ``names`` that the model has with this type, or None."""
    for name in names:
        field = model._fields.get(name)
        if field and field.type == kind:
            return name
    return None


def _is_id(value):
    """A bool is an int to Python, and PostgreSQL's ids end at 2**31."""
    return isinstance(value, int) and value is not True and 0 < value < 2**31


def _plain(domain):
    """Return a domain as the list that an action carries to the browser."""
    return [
        part if isinstance(part, str) else [*part[:2], _plain_value(part[2])]
        for part in domain
    ]


def _plain_value(value):
    return _plain(value) if isinstance(value, Domain) else value
