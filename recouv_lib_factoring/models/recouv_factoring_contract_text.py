from odoo import fields, models
from odoo.tools import format_amount, format_date, formatLang

from odoo.addons.recouv_lib.models.recouv_document import MARGINS


class RecouvFactoringContract(models.Model):
    """The printed contract: what the parties agree, from its terms.

    Its text is made with the first signature, kept as data and printed from there:
    what was signed stays what is printed. Wording is the product's own [to be read by
    a lawyer]; sources in law.md §5 and §6.3.
    """

    _inherit = "recouv.factoring.contract"

    def _print_contract(self):
        """Return the PDF of the contract, marked as a draft until both signed."""
        self.ensure_one()
        contract = self.with_context(lang=self._text_lang())
        page = contract.env["ir.qweb"]._render(
            "recouv_lib_factoring.factoring_contract",
            {
                "text": self.text or contract._make_text(),
                "is_draft": self._signed_parties() != {"practice", "agency"},
                "signatures": contract._printed_signatures(),
            },
        )
        return self.env["recouv.document"]._pdf(
            f"<!DOCTYPE html>{page}", self.env._("Contract %s", self.name), MARGINS
        )

    def _text_lang(self):
        installed = dict(self.env["res.lang"].get_installed())
        wanted = (self.company_id.partner_id.lang, self.env.lang)
        return next((code for code in wanted if code in installed), "en_US")

    def _make_text(self):
        """Return the text as data, in the language of the practice."""
        contract = self.with_context(lang=self._text_lang())
        _ = contract.env._
        return {
            "title": _("Contract for the assignment of receivables"),
            "number": contract.name,
            "law": contract._law_text(),
            "parties": [
                contract.mandate_id._identity(contract.company_id, _("the assignor")),
                contract.mandate_id._identity(contract.agency_id, _("the assignee")),
            ],
            "articles": [
                {"title": title, "texts": texts}
                for title, texts in contract._articles()
            ],
        }

    def _law_text(self):
        _, articles = self.env._, self._law("assignment")
        if not articles:
            return _("Without recourse against the assignor")
        return _("%s; without recourse against the assignor", articles)

    def _articles(self):
        """Return [(title, paragraphs)] in their order."""
        _ = self.env._
        articles = [
            (_("Purpose"), self._purpose_texts()),
            (_("What is offered and what is bought"), self._offer_texts()),
            (_("Price"), self._price_texts()),
            (_("No recourse"), self._recourse_texts()),
            (_("Limits"), self._limit_texts()),
            (_("Deed, notification and payments"), self._deed_texts()),
            (_("Secrecy, tact and personal data"), self._data_texts()),
            (_("Duration and end"), self._duration_texts()),
        ]
        if (self.special_terms or "").strip():
            articles.append((_("Special terms"), [self.special_terms.strip()]))
        return articles

    def _purpose_texts(self):
        _ = self.env._
        texts = [
            _(
                "The assignor offers its receivables for fees to the assignee, which "
                "buys those it accepts, at its own risk. What is not bought is "
                "reminded and collected under the mandate %s between the same "
                "parties.",
                self.mandate_id.name,
            ),
            {
                "none": _(
                    "The assignee is neither a credit institution nor a financing "
                    "company: it buys no receivable that is not due%(article)s.",
                    article=self._cited("monopoly"),
                ),
                "credit_institution": _("The assignee is a credit institution."),
                "financing_company": _("The assignee is a financing company."),
            }[self.buyer_status],
        ]
        if self.buyer_status == "none" and self.legal_opinion:
            texts.append(_("The legal opinion on which the parties rely is attached."))
        return texts

    def _offer_texts(self):
        _ = self.env._
        texts = [
            _(
                "The assignor offers each receivable by its number, its dates, its "
                "amount and the debtor's name and address. What is disputed, paid, "
                "suspended, awaiting a payer, or benefits from a term of payment "
                "granted to a patient at the outset without review, is not offered."
            )
        ]
        if self.needs_check:
            texts.append(
                _(
                    "A solvency check is made before treatment or with the offer; "
                    "without any negative fact it binds the assignee while it counts "
                    "(four months), if it was made before treatment. A negative one "
                    "expires as well. A refusal is confirmed by a person."
                )
            )
            texts.append(
                _("What the practice enters of such a check binds the assignee too.")
                if self.hand_checks_bind
                else _(
                    "It binds the assignee when its own provider answered, not when "
                    "the practice entered the answer."
                )
            )
        if self.is_automatic:
            texts.append(
                _("What passes every check is accepted without further examination.")
            )
            if self.needs_check and not self.hand_checks_bind:
                texts.append(
                    _(
                        "An answer that the assignee's own provider did not give is "
                        "looked at by a person of the assignee first."
                    )
                )
        return texts

    def _price_texts(self):
        _, number = self.env._, lambda value: formatLang(self.env, value, digits=2)
        money = lambda value: format_amount(self.env, value, self.currency_id)  # noqa: E731
        commission = [
            told
            for given, told in (
                (
                    self.commission_rate or not self.commission_fixed,
                    _("%s %% of the nominal", number(self.commission_rate)),
                ),
                (
                    self.commission_fixed,
                    _("%s per receivable", money(self.commission_fixed)),
                ),
                (
                    self.commission_min,
                    _("%s at least per schedule", money(self.commission_min)),
                ),
            )
            if given
        ]
        texts = [
            _(
                "The price is the nominal amount less a commission: %s.",
                ", ".join(commission),
            ),
            _("VAT on the commission: %s %%.", number(self.commission_vat_rate))
            if self.commission_vat == "taxable"
            else _("The commission is exempt from VAT."),
        ]
        if self.financing_rate:
            texts.append(
                _(
                    "For the days between payment and due date: financing at %s %% a "
                    "year.",
                    number(self.financing_rate),
                )
            )
            texts.append(
                _("VAT on the financing: %s %%.", number(self.commission_vat_rate))
                if self.financing_vat == "taxable"
                else _("The financing is exempt from VAT.")
            )
        if self.holdback_rate:
            texts.append(
                _(
                    "%(rate)s %% of the nominal is held back and released after "
                    "%(days)s days, less what is still owed back of the same schedule, "
                    "by a credit note or for one of the causes of the next article.",
                    rate=number(self.holdback_rate),
                    days=self.holdback_days,
                )
            )
        return texts

    def _recourse_texts(self):
        _ = self.env._
        return [
            _(
                "The assignor warrants that the receivable exists, and not that the "
                "debtor can pay%(article)s. When a debtor does not pay, the loss is "
                "the assignee's.",
                article=self._cited("warranty"),
            ),
            _(
                "A receivable is given back only if it does not exist, if the debtor "
                "disputes it with reason, if it was paid before the assignment, or if "
                "the care was not given; each time with the document that shows it."
            ),
        ]

    def _limit_texts(self):
        _ = self.env._
        money = lambda value: format_amount(self.env, value, self.currency_id)  # noqa: E731
        told = []
        if self.limit_debtor:
            told.append(_("per debtor: %s", money(self.limit_debtor)))
        if self.limit_month:
            told.append(_("offered per month: %s", money(self.limit_month)))
        if self.limit_total:
            told.append(_("under this contract: %s", money(self.limit_total)))
        if self.limit_practice:
            told.append(_("for the practice: %s", money(self.limit_practice)))
        if not told:
            return [_("The assignee sets no limit.")]
        return [
            _("The assignee buys up to these limits: %s.", ", ".join(told)),
            _(
                "What stands under an earlier contract of the same parties counts as "
                "well, but for the limit of this contract."
            ),
        ]

    def _deed_texts(self):
        _ = self.env._
        signs = (
            _("The assignee signs each deed.")
            if self.buyer_signature == "deed"
            else _(
                "The assignee's acceptance of a receivable, recorded with its date and "
                "author, is its signature of the deed that lists it."
            )
        )
        return [
            _(
                "Each sale is made by a written deed with its list%(article)s, dated "
                "by the last signature. %(signs)s",
                article=self._cited("writing"),
                signs=signs,
            ),
            _(
                "The assignee notifies the debtor, who keeps every defence"
                "%(article)s. What the debtor pays to the assignor is remitted to the "
                "assignee. The debtor bears no cost.",
                article=self._cited("notification"),
            ),
        ]

    def _data_texts(self):
        _ = self.env._
        return [
            _(
                "No nature of care, act, diagnosis or note leaves the assignor"
                "%(article)s. The assignee writes with tact and claims from a debtor "
                "nothing but the principal and, where enabled, legal interest.",
                article=self._cited("secrecy"),
            ),
            _(
                "From the assignment on, the assignee processes the debtor's data as a "
                "controller of its own and informs the debtor with its first contact"
                "%(article)s. Solvency checks are never shared between practices.",
                article=self._cited("information"),
            ),
        ]

    def _duration_texts(self):
        _ = self.env._
        start = format_date(self.env, self.valid_from)
        if self.valid_to:
            duration = _(
                "The contract is in force from %(start)s to %(end)s.",
                start=start,
                end=format_date(self.env, self.valid_to),
            )
        else:
            duration = _("The contract is in force from %s, without a term.", start)
        return [
            duration,
            _(
                "Each party may end it in writing with %s days' notice. What was "
                "assigned stays assigned; what was offered and not yet assigned goes "
                "back.",
                self.notice_days,
            ),
        ]


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_is_public = fields.Boolean(
        "Public body",
        help="A public hospital or the like: its public accountant collects, and "
        "nothing may be sold.",
    )
