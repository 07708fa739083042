from datetime import date

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..lib.interest import Rate
from ..lib.limitation import DURATION_CODES
from ..lib.periods import Period, flatten, overlap, period_at
from ..lib.working_days import BadWindows, parse_windows

UNITS = [
    ("percent", "% a year"),
    ("percent_flat", "%"),
    ("points", "Percentage points"),
    ("year", "Years"),
    ("month", "Months"),
    ("day", "Days"),
    ("working_day", "Working days"),
    ("euro", "EUR"),
    ("number", "Quantity"),
    ("text", "Text"),
]
CONFIDENCES = [
    ("exact", "Text read, recent copy"),
    ("exact_old", "Text read, old copy"),
    ("reported", "Reported by a third party"),
    ("general", "General knowledge, unverified"),
    ("decision", "Choice of this product"),
]


class Durations(dict):
    """Values by code; ``missing`` is called with a code that has none, and raises."""

    def __init__(self, values, missing):
        super().__init__(values)
        self._missing = missing

    def __missing__(self, code):
        return self._missing(code)


class RecouvLegalParameter(models.Model):
    """A rate, delay or threshold that the law fixes, with the days it holds for.

    What is missing is an error: a value is never carried over from another period.
    Shared values (no company) can be read by all and changed by a settings
    administrator; the manager of a company overrides them for it alone. No chatter, for
    several companies read one record.
    """

    _name = "recouv.legal.parameter"
    _description = "Legal parameter"
    _order = "code, country_id, region, company_id, valid_from desc, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, index=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies."
    )
    country_id = fields.Many2one("res.country", help="Empty: for all countries.")
    region = fields.Char(help="Region or canton; empty: for the whole country.")
    value_float = fields.Float("Value", digits=(16, 6))
    value_char = fields.Char("Text value")
    unit = fields.Selection(UNITS, required=True, default="number")
    valid_from = fields.Date(
        help="First day the value holds. Empty: since before what we know."
    )
    valid_to = fields.Date(help="Last day the value holds. Empty: until changed.")
    source = fields.Char(
        required=True,
        translate=True,
        help="Article, decree or page where the value was read.",
    )
    confidence = fields.Selection(CONFIDENCES, required=True, default="reported")
    checked_on = fields.Date(help="Day when the source was last read.")
    to_recheck = fields.Boolean(
        "To check again", help="The value must be read again in the official text."
    )
    lawyer_validated = fields.Boolean("Validated by a lawyer")
    note = fields.Text(translate=True)

    _period_unique = models.UniqueIndex(
        "(code, COALESCE(country_id, 0), COALESCE(region, ''), "
        "COALESCE(company_id, 0), COALESCE(valid_from, '-infinity'))",
        "This parameter already has a value from that day.",
    )
    _period_order = models.Constraint(
        "CHECK (valid_from <= valid_to)",
        "A value cannot end before it starts.",
    )

    @api.constrains(
        "code", "country_id", "region", "company_id", "valid_from", "valid_to"
    )
    def _check_overlap(self):
        for parameter in self:
            period = parameter._as_period()
            for other in self.search(parameter._same_scope_domain()):
                if overlap(period, other._as_period()):
                    parameter._raise_overlap(other)

    @api.constrains("unit", "value_char", "code")
    def _check_text(self):
        for parameter in self.filtered(lambda p: p.unit == "text"):
            if not parameter.value_char:
                raise ValidationError(
                    self.env._("%(name)s needs a text value.", name=parameter.name)
                )
            if parameter.code == "contact_windows":
                parameter._check_windows()

    def _check_windows(self):
        try:
            parse_windows(self.value_char)
        except BadWindows as error:
            raise ValidationError(
                self.env._(
                    "These hours cannot be read: %(text)s. Write them like "
                    "1-5 10:00-13:00 14:00-19:00, where 1 is Monday.",
                    text=str(error),
                )
            ) from error

    @api.depends("name", "valid_from")
    def _compute_display_name(self):
        for parameter in self:
            since = format_date(self.env, parameter.valid_from)
            parameter.display_name = " ".join(filter(None, [parameter.name, since]))

    @api.model_create_multi
    def create(self, vals_list):
        parameters = super().create(vals_list)
        self.env.registry.clear_cache()
        return parameters

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    def _get(self, code, day, company=None, country=None, region=None):
        """Return the value of a parameter on a day.

        :param company: record, default the current company; its own value counts
            before its parents', and theirs before the shared one
        :param country: record, default the company's fiscal country
        :return: float, or str when the unit is a text
        :raise UserError: no value covers that day; none is ever extrapolated
        """
        period = period_at(self._periods(code, company, country, region), day)
        if period is None:
            raise UserError(
                self.env._(
                    "No value of the legal parameter %(code)s is known for "
                    "%(date)s. Read it in the official text, then enter it with its "
                    "source under Configuration, Legal parameters.",
                    code=code,
                    date=format_date(self.env, day),
                )
            )
        return period.value

    @api.model
    def _get_series(self, code, company=None, country=None, region=None):
        """Return [(valid_from, valid_to, value)] in order, without overlaps; both days
        are included and False is open. Days without value are absent."""
        periods = flatten(self._periods(code, company, country, region))
        return [(p.start or False, p.end or False, p.value) for p in periods]

    @api.model
    def _get_rates(self, code="legal_rate", company=None, country=None):
        """Return the series of a rate as the interest module reads it."""
        periods = flatten(self._periods(code, company, country))
        return [Rate(p.start or date.min, p.end, p.value) for p in periods]

    @api.model
    def _limitation_durations(self, day, company=None, country=None):
        """Return {code: years or months} of the limitation rules on a day.

        :raise UserError: when a code without value is read; those that the case at
            hand does not need may be missing
        """
        found = {
            code: period_at(self._periods(code, company, country), day)
            for code in DURATION_CODES
        }
        return Durations(
            {code: period.value for code, period in found.items() if period},
            missing=lambda code: self._get(code, day, company, country),
        )

    @api.model
    def _windows(self, day, company=None):
        """Return the hours at which a debtor may be called, as Windows."""
        return parse_windows(self._get("contact_windows", day, company))

    @api.model
    def _periods(self, code, company=None, country=None, region=None):
        """Return the periods of a code, each ranked by how special it is."""
        company = company or self.env.company
        country = country or company.account_fiscal_country_id or company.country_id
        return self._cached_periods(code, company.id, country.id, region or False)

    @tools.ormcache("code", "company_id", "country_id", "region")
    def _cached_periods(self, code, company_id, country_id, region):
        # sudo: a run reads them for a user whose companies may not include the parent;
        # they are public law, and the domain holds the company's own chain only.
        company = self.env["res.company"].sudo().browse(company_id)
        parents = [int(parent) for parent in company.parent_path.split("/") if parent]
        parameters = self.sudo().search(
            [
                ("code", "=", code),
                ("company_id", "in", [False, *parents]),
                ("country_id", "in", [False, country_id]),
                ("region", "in", [False, region]),
            ]
        )
        return tuple(parameter._as_period(parents) for parameter in parameters)

    def _as_period(self, parents=()):
        """Return the record as a Period; ``parents``: the company's chain, root first,
        from which the rank is taken."""
        depth = {company: rank for rank, company in enumerate(parents, 1)}
        own = depth.get(self.company_id.id, 0)
        rank = (own, bool(self.country_id), bool(self.region))
        value = self.value_char if self.unit == "text" else self.value_float
        return Period(self.valid_from or None, self.valid_to or None, value, rank)

    def _same_scope_domain(self):
        return [
            ("id", "!=", self.id),
            ("code", "=", self.code),
            ("company_id", "=", self.company_id.id),
            ("country_id", "=", self.country_id.id),
            ("region", "=", self.region),
        ]

    def _raise_overlap(self, other):
        raise ValidationError(
            self.env._(
                "The periods of the legal parameter %(code)s overlap: %(one)s and "
                "%(other)s. End the older value the day before the newer one starts.",
                code=self.code,
                one=self._period_text(),
                other=other._period_text(),
            )
        )

    def _period_text(self):
        days = (self.valid_from, self.valid_to)
        return " – ".join(format_date(self.env, day) or "…" for day in days)
