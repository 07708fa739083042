from odoo import fields, models
from odoo.tools import format_amount, format_date

from .recouv_document import MARGINS


class RecouvMandate(models.Model):
    """The printed convention: the four mandatory contents and the rest (CPCE R124-3).

    Its text is made from the terms, kept as data with the first signature and printed
    from there: what was signed stays what is printed, whatever changes later. Wording
    is the product's own [to be read by a lawyer]; sources in law.md §1 and §6.3.
    """

    _inherit = "recouv.mandate"

    convention = fields.Json("Text of the convention", readonly=True, copy=False)

    def action_print(self):
        """Download one's own signed copy, else the draft."""
        self.ensure_one()
        self.check_access("read")
        kept = self.document_ids.filtered(
            lambda d: d.kind == "convention" and d.company_id in self.env.companies
        )
        if kept:
            return {
                "type": "ir.actions.act_url",
                "url": f"/web/content/recouv.mandate.document/{kept[0].id}/file/"
                f"{kept[0].file_name}?download=true",
                "target": "download",
            }
        name = f"{self.name.replace('/', '-')}.pdf"
        # sudo: the text names both parties, as each knows the other
        content = self.sudo()._print_convention()
        return self.env["recouv.document"]._download(name, content)

    def _print_convention(self):
        """Return the PDF of the convention, marked as a draft until both signed."""
        self.ensure_one()
        mandate = self.with_context(lang=self._convention_lang())
        text = self.convention or mandate._make_convention()
        page = mandate.env["ir.qweb"]._render(
            "recouv_lib.mandate_convention",
            {
                "text": text,
                "is_draft": self.state == "draft",
                "signatures": mandate._printed_signatures(),
            },
        )
        return self.env["recouv.document"]._pdf(
            f"<!DOCTYPE html>{page}", self.env._("Convention %s", self.name), MARGINS
        )

    def _convention_lang(self):
        installed = dict(self.env["res.lang"].get_installed())
        wanted = (self.company_id.partner_id.lang, self.env.lang)
        return next((code for code in wanted if code in installed), "en_US")

    def _printed_signatures(self):
        """Return for each party what its signature block says."""
        means = dict(
            self.env["recouv.mandate.signature"]
            ._fields["means"]
            ._description_selection(self.env)
        )
        labels = {"practice": self.practice_name, "agency": self.agency_name}
        blocks = []
        for party, name in labels.items():
            own = self._standing_signatures().filtered(lambda s, p=party: s.party == p)
            blocks.append(
                {
                    "party": name,
                    "signatory": own.signatory or "",
                    "position": own.position or "",
                    "when": own
                    and format_date(
                        self.env,
                        fields.Datetime.context_timestamp(own, own.signed_on).date(),
                    ),
                    "means": means.get(own.means, ""),
                    "digest": own.digest or "",
                }
            )
        return blocks

    # --- the text -------------------------------------------------------------------

    def _make_convention(self):
        """Return the text as data, in the language of the practice."""
        mandate = self.with_context(lang=self._convention_lang())
        _ = mandate.env._
        return {
            "title": _("Mandate for the amicable collection of receivables"),
            "number": mandate.name,
            "law": _(
                "Articles L. 124-1 and R. 124-1 to R. 124-7 of the Code des procédures "
                "civiles d'exécution"
            ),
            "amends": mandate.replaces_id
            and _("Amends and replaces the mandate %s.", mandate.replaces_id.name)
            or "",
            "parties": [
                mandate._identity(mandate.company_id, _("the practice")),
                mandate._identity(mandate.agency_id, _("the agency")),
            ],
            "articles": mandate._articles(),
            "scale": mandate._scale_rows(),
        }

    def _identity(self, company, role):
        partner = company.partner_id
        town = " ".join(filter(None, [partner.zip, partner.city]))
        config = company._recouv_config()
        lines = [", ".join(filter(None, [partner.street, partner.street2, town]))]
        if company.company_registry:
            lines.append(self.env._("Registered under %s", company.company_registry))
        if config.recouv_professional_number:
            lines.append(
                self.env._("Professional number %s", config.recouv_professional_number)
            )
        lines.append(", ".join(filter(None, [company.phone, company.email])))
        return {"name": company.name, "role": role, "lines": list(filter(None, lines))}

    def _articles(self):
        """Return [{title, texts, table}] in their order; ``table`` asks for the
        scale."""
        _ = self.env._
        articles = [
            (_("Purpose and powers"), self._purpose_texts()),
            (_("Receivables placed, their basis and amount"), self._basis_texts()),
            (_("Manner of collecting"), self._manner_texts()),
            (_("What the agency may grant alone"), self._power_texts()),
            (_("Information of the practice"), self._information_texts()),
            (_("Receipts and dedicated account"), self._account_texts()),
            (_("Remittance of the sums"), self._remittance_texts()),
            (_("Fee of the agency"), self._fee_texts()),
            (_("Court costs"), self._cost_texts()),
            (_("Insurance and guarantee"), self._guarantee_texts()),
            (_("Professional secrecy"), self._secrecy_texts()),
            (_("Personal data"), self._data_texts()),
            (_("Duration and end"), self._duration_texts()),
        ]
        if (self.special_terms or "").strip():
            articles.append((_("Special terms"), [self.special_terms.strip()]))
        return [
            {"title": title, "texts": texts, "table": title == _("Fee of the agency")}
            for title, texts in articles
        ]

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _label(self, fname):
        """Return the label of the choice made in a field, small at its beginning."""
        label = dict(self._fields[fname]._description_selection(self.env))[self[fname]]
        return label[:1].lower() + label[1:]

    def _number(self, value):
        lang = self.env["res.lang"]._lang_get(self.env.lang)
        text = lang.format("%.2f", value, grouping=True)
        point = lang.decimal_point
        return text.rstrip("0").rstrip(point) if point in text else text

    def _grouped_iban(self):
        """Return the account in groups of four, as on a bank's own papers."""
        plain = "".join((self.remit_iban or "").split())
        return "\xa0".join(plain[i : i + 4] for i in range(0, len(plain), 4))

    def _purpose_texts(self):
        _ = self.env._
        return [
            _(
                "The practice gives the agency, which accepts, the mandate to collect "
                "amicably, in its name and on its behalf, the receivables that it "
                "places with it, and the power to receive the sums due and to give "
                "receipt for them."
            ),
            _(
                "The agency carries on an activity of amicable collection of "
                "receivables for others. It takes no court action, serves no act and "
                "enforces no title: these belong to the practice, its lawyer or a "
                "commissaire de justice."
            ),
        ]

    def _basis_texts(self):
        _ = self.env._
        mode = {
            "subscription": _(
                "By subscription: every receivable that ends the practice's own "
                "reminders without payment, plan or dispute is proposed to the "
                "practice, which confirms its placement."
            ),
            "case": _(
                "Case by case: the practice chooses each receivable that it places."
            ),
        }
        return [
            _(
                "This mandate is a framework. Each placement has its dated schedule, "
                "which is part of it and states for every receivable, separately, its "
                "basis and its amount: principal, interest and other accessories. A "
                "receivable without a complete schedule is not placed."
            ),
            _(
                "The basis is the fees owed for care given, identified by the number "
                "and the date of the fee note, and nothing else. Only sums that are "
                "certain, due and not disputed are placed."
            ),
            mode[self.placement_mode],
            _(
                "The agency accepts or refuses each receivable, with its reason. The "
                "practice may recall a receivable at any time."
            ),
        ]

    def _manner_texts(self):
        _ = self.env._
        return [
            _(
                "The agency acts with tact and measure. Its first letter bears every "
                "mention of article R. 124-4, and each later contact recalls its "
                "reference and date. Nothing that it sends resembles a judicial or "
                "administrative act, and nothing reveals that care was given."
            ),
            _(
                "No cost of collection is asked of the debtor (article L. 111-8): only "
                "the principal and, where the schedule says so, legal interest."
            ),
            _(
                "A dispute, a difficulty or a complaint suspends the collection of the "
                "receivable and is passed on to the practice without delay."
            ),
        ]

    def _power_texts(self):
        _ = self.env._
        discount = (
            _("It may leave the debtor up to %s %% of the sum.",
              self._number(self.agent_max_discount))
            if self.agent_max_discount
            else _("It may grant no discount.")
        )  # fmt: skip
        return [
            _(
                "Without asking the practice, the agency may agree with the debtor on "
                "a payment plan free of charge of %(months)s months at most, in "
                "instalments of %(amount)s at least.",
                months=self.agent_max_months,
                amount=self._money(self.agent_min_instalment),
            )
            + " "
            + discount,
            _(
                "Beyond, it asks the practice, which answers within %s days. Silence "
                "is a refusal.",
                self.agent_answer_days,
            ),
        ]

    def _information_texts(self):
        _ = self.env._
        return [
            _(
                "The agency tells the practice of every payment, even partial, except "
                "the instalments of a plan that the practice knows (article R. 124-5), "
                "and of every proposal of the debtor other than immediate payment in "
                "full that goes beyond the agency's powers."
            ),
            _(
                "The practice tells the agency without delay of every sum that it "
                "receives itself for a receivable placed, and of whatever changes the "
                "receivable."
            ),
            _(
                "A statement of the receivables placed, of the sums received and "
                "remitted is given to the practice in the form and at the rhythm that "
                "it chooses."
            ),
        ]

    def _account_texts(self):
        _ = self.env._
        return [
            _(
                "For every payment the agency gives the debtor a receipt (article "
                "R. 124-6)."
            ),
            _(
                "Sums received for the practice are paid into a bank account that "
                "serves only to receive funds collected for creditors (article "
                "R. 124-2)."
            ),
        ]

    def _remittance_texts(self):
        _ = self.env._
        return [
            _(
                "Sums received are remitted within %(days)s days of their actual "
                "receipt, and never later than a month (article R. 124-6). Remittances "
                "are made %(frequency)s, to the account %(iban)s held by %(holder)s.",
                days=self.remit_days,
                frequency=self._label("remit_frequency"),
                iban=self._grouped_iban() or "…",
                holder=self.remit_holder or self.practice_name,
            ),
            self._kept_text(),
            _(
                "A payment that bounces after its remittance is deducted from the next "
                "one, with its fee."
            ),
        ]

    def _kept_text(self):
        """Say what the agency keeps out of what it remits."""
        _ = self.env._
        return {
            ("net", False): _(
                "The agency keeps its fee, tax included, out of the sums remitted and "
                "joins its invoice; it keeps nothing else."
            ),
            ("net", True): _(
                "The agency keeps its fee, tax included, and the court costs that it "
                "invoiced out of the sums remitted and joins its invoices; it keeps "
                "nothing else."
            ),
            ("gross", False): _(
                "The sums are remitted in full; the fee is invoiced apart and paid by "
                "the practice."
            ),
            ("gross", True): _(
                "The agency keeps the court costs that it invoiced out of the sums "
                "remitted and joins its invoice; the fee is invoiced apart and paid by "
                "the practice."
            ),
        }[self.remit_mode, self.cost_netting]

    def _cost_texts(self):
        _ = self.env._
        bearer = {
            "creditor": _(
                "The practice bears what the agency advanced for its court files and "
                "did not recover from the debtor. The agency invoices it to the cent, "
                "with the supporting documents and without VAT (CGI, article 267 II "
                "2°); what is recovered afterwards is given back by a credit note."
            ),
            "agency": _(
                "The agency bears what it advances for the practice's court files; "
                "what is recovered from the debtor as costs is its own."
            ),
        }
        return [
            _(
                "Costs laid out without an enforceable title are never asked of the "
                "debtor (article L. 111-8)."
            ),
            bearer[self.cost_bearer],
        ]

    def _fee_texts(self):
        _ = self.env._
        texts = [
            _(
                "The fee is borne by the practice alone and due on success only: on "
                "sums really received for a receivable placed. Without payment nothing "
                "is due, for whatever was done. It is computed on the whole received "
                "for a receivable, whose age is counted from the due date to the "
                "placement, by this scale, before tax:"
            )
        ]
        bounds = self._fee_bounds_text()
        direct = (
            _("The fee is also due on sums paid straight to the practice after the "
              "placement.")
            if self.fee_on_direct
            else _("No fee is due on sums paid straight to the practice.")
        )  # fmt: skip
        vat = (
            _("VAT of %s %% is added.", self._number(self.fee_vat_rate))
            if self.fee_vat_rate
            else _("No VAT is added.")
        )
        return [*texts, " ".join(filter(None, [bounds, vat, direct]))]

    def _fee_bounds_text(self):
        _ = self.env._
        texts = []
        if self.fee_min:
            texts.append(
                _(
                    "For a receivable the fee is %s at least, without exceeding what "
                    "was received.",
                    self._money(self.fee_min),
                )
            )
        if self.fee_max:
            texts.append(
                _("For a receivable it is %s at most.", self._money(self.fee_max))
            )
        return " ".join(texts)

    def _scale_rows(self):
        _ = self.env._
        return [
            {
                "age": _("from %s days", line.from_age) if line.from_age else _("any"),
                "amount": self._money(line.from_amount),
                "fee": f"{self._number(line.rate)} %",
                "fixed": self._money(line.fixed) if line.fixed else "–",
            }
            for line in self.fee_line_ids.sorted(
                lambda line: (line.from_age, line.from_amount)
            )
        ]

    def _guarantee_texts(self):
        _ = self.env._
        texts = []
        profile = self.agency_id._recouv_agency_profile()
        paper = profile._paper("insurance", fields.Date.context_today(self))
        if paper:
            texts.append(
                _(
                    "The agency is insured for the financial consequences of its "
                    "professional liability with %(insurer)s, policy %(number)s, valid "
                    "until %(date)s; it renews it without interruption for as long as "
                    "this mandate lasts and proves it on request.",
                    insurer=paper.issuer,
                    number=paper.number,
                    date=format_date(self.env, paper.date_to),
                )
            )
        texts.append((self.guarantee_terms or "").strip())
        if declaration := profile._paper("declaration", self.valid_from):
            texts.append(
                _(
                    "Its activity was declared to the public prosecutor (%(court)s) "
                    "on %(date)s.",
                    court=declaration.issuer,
                    date=format_date(self.env, declaration.date_from),
                )
            )
        return [text for text in texts if text]

    def _secrecy_texts(self):
        _ = self.env._
        return [
            _(
                "The practice passes on only what collecting needs: identity and "
                "contact details of the debtor, number, dates and sums of the fee "
                "notes, last day of care for limitation. No act, no diagnosis, no "
                "prescription and no social-security number is passed on."
            ),
            _(
                "The agency and its staff are bound by professional secrecy for all "
                "that they learn in this mission (article 226-13 of the Code pénal). "
                "The agency never compares the debtors of its different principals."
            ),
        ]

    def _data_texts(self):
        """The contents of article 28 of the General Data Protection Regulation."""
        _ = self.env._
        return [
            _(
                "For the practice, which is the controller, the agency processes the "
                "data named above, of debtors and persons acting for them, to collect "
                "the receivables placed, for as long as they are placed, and only on "
                "the practice's documented instructions, of which this mandate is one "
                "(article 28 of Regulation (EU) 2016/679)."
            ),
            _(
                "It keeps them confidential, binds whoever processes them to secrecy, "
                "protects them by measures fit for the risk (article 32), keeps them "
                "in the European Union, and engages another processor only with the "
                "practice's prior written authorisation and under the same duties."
            ),
            _(
                "At its first contact, and within a month, it informs the debtor of "
                "the processing and of its source (article 14). It helps the practice "
                "to answer requests for access, rectification, erasure, limitation and "
                "objection, to assess impacts and to consult the authority, and tells "
                "it of a breach within 48 hours of learning of it."
            ),
            _(
                "When a receivable is no longer placed, it returns or deletes the data "
                "as the practice chooses, except what the law obliges it to keep. It "
                "gives the practice whatever proves that these duties are met, submits "
                "to audits, and says at once if an instruction seems to infringe the "
                "law."
            ),
        ]

    def _duration_texts(self):
        _ = self.env._
        start = format_date(self.env, self.valid_from)
        if not self.valid_to:
            duration = _("The mandate is in force from %s, without a term.", start)
        elif self.tacit_renewal:
            duration = _(
                "The mandate is in force from %(start)s to %(end)s and is then renewed "
                "tacitly for periods of %(months)s months.",
                start=start,
                end=format_date(self.env, self.valid_to),
                months=self.renewal_months,
            )
        else:
            duration = _(
                "The mandate is in force from %(start)s to %(end)s and is not renewed "
                "tacitly.",
                start=start,
                end=format_date(self.env, self.valid_to),
            )
        return [
            duration,
            _(
                "Each party may revoke it with %s days' notice, and at once for a "
                "serious breach, in writing and with the reason. A change of its terms "
                "is an amendment signed by both.",
                self.notice_days,
            ),
            _(
                "At its end the agency stops all contact with the debtors, gives back "
                "the receivables with their history, and remits what it still holds "
                "within the delay above. Its fee remains due on what it received "
                "before."
            ),
        ]
