from odoo import api, models
from odoo.tools import SQL

from ..lib import import_rows
from ..lib.table_file import header_words

# Where another add-on keeps what Odoo has no field for.
BIRTH_FIELDS = ("recouv_birth_date", "recouv_birthdate", "birthdate_date", "birthdate")
GUARDIAN_FIELDS = ("recouv_guardian_id", "recouv_payer_id")
PLAIN = ("street", "street2", "zip", "city", "email")
DEBTOR_WORDS = {
    "patient": "patient", "particulier": "patient", "prive": "patient",
    "caisse": "payer", "mutuelle": "payer", "payeur": "payer", "organisme": "payer",
    "amc": "payer", "amo": "payer", "assurance": "insurer", "assureur": "insurer",
    "professionnel": "professional", "entreprise": "professional",
    "societe": "professional", "public": "public", "collectivite": "public",
}  # fmt: skip


class RecouvImport(models.Model):
    """Rows of patients become contacts of the company; a second file updates them."""

    _inherit = "recouv.import"

    @api.model
    def _number_of_patients(self, values, seen):
        """Without a number of its own, a person is its name, birth and postcode."""
        parts = [values.get(n, "") for n in ("name", "first_name", "birth_date", "zip")]
        bare = [header_words(part) for part in parts]
        return "~" + import_rows.digest(*bare) if bare[0] else ""

    # --- looking up, also for the other kinds -------------------------------------

    def _partners_by_number(self, numbers):
        """{outside number: partner id}: imported, or contacts that carry it as ref."""
        numbers = {number for number in numbers if number}
        known = self.env["recouv.import.key"]._known(
            self.company_id, "patients", numbers
        )
        found = {number: partner for number, (partner, *_rest) in known.items()}
        missing = list(numbers - found.keys())
        if missing:
            self.env["res.partner"].flush_model(["ref", "company_id", "active"])
            rows = self.env.execute_query(
                SQL(
                    """SELECT ref, min(id) FROM res_partner
                        WHERE ref = ANY(%s) AND company_id = %s AND active
                        GROUP BY ref HAVING count(*) = 1""",
                    missing,
                    self.company_id.id,
                )
            )
            found.update(rows)
        return found

    # --- planning -----------------------------------------------------------------

    def _plan_patients(self, items):
        named = {i.number for i in items if not i.target and i.values.get("number")}
        adopted = self._partners_by_number(named)
        guardians = self._partners_by_number(
            {item.values.get("guardian_number") for item in items}
        )
        for item in items:
            self._plan_patient(item, adopted, guardians)

    def _plan_patient(self, item, adopted, guardians):
        if not item.values.get("name"):
            item.fail(self.env._("The patient has no name."))
            return
        item.target = item.target or adopted.get(item.number, 0)
        item.action = "update" if item.target else "create"
        item.digest = import_rows.digest(sorted(item.values.items()))
        known = item.vals.pop("known", {})
        if known.get("digest") == item.digest:
            item.action = "unchanged"
            return
        item.vals = self._patient_vals(item)
        guardian = item.values.get("guardian_number")
        if guardian and guardian != item.number:
            self._add_guardian(item, guardians.get(guardian))

    def _add_guardian(self, item, partner_id):
        field = self._own_field(GUARDIAN_FIELDS)
        if field and partner_id:
            item.vals[field] = partner_id
        elif not partner_id:
            item.digest = ""  # so that the next file tries again
            item.warn(
                self.env._(
                    "Guardian or payer %s is not known: import this file once more "
                    "when he is there.",
                    item.values["guardian_number"],
                )
            )

    @api.model
    def _own_field(self, names):
        known = self.env["res.partner"]._fields
        return next((name for name in names if name in known), None)

    def _patient_vals(self, item):
        """Values of the contact; what the file leaves empty is left alone."""
        values = item.values
        names = (values.get("first_name"), values["name"])
        vals = {name: values[name] for name in PLAIN if name in values}
        vals["name"] = " ".join(part for part in names if part)
        phone = values.get("mobile") or values.get("phone")
        if phone:
            vals["phone"] = phone
        if values.get("number"):
            vals["ref"] = values["number"]
        if country := self._country(item):
            vals["country_id"] = country.id
        if lang := self._lang(item):
            vals["lang"] = lang
        born = self._own_field(BIRTH_FIELDS)
        if born and values.get("birth_date"):
            vals[born] = values["birth_date"]
        if kind := self._debtor_kind(item):
            vals["recouv_debtor_kind"] = kind
        return vals

    def _new_patient_vals(self):
        """What the mapping says of those whose row says nothing."""
        mapping = self.mapping_id
        vals = {
            "company_id": self.company_id.id,
            "country_id": mapping.country_id.id,
            "recouv_debtor_kind": mapping.debtor_kind,
        }
        return vals | ({"lang": mapping.lang} if mapping.lang else {})

    def _country(self, item):
        text = item.values.get("country", "")
        Country = self.env["res.country"]
        if not text:
            return Country
        found = Country
        if len(text) == 2:  # a longer text would be cut to a code
            found = Country.search([("code", "=", text.upper())], limit=1)
        found = found or Country.search([("name", "=ilike", text)], limit=1)
        if not found:
            item.warn(self.env._("“%s” is no country that is known here.", text))
        return found

    def _lang(self, item):
        """The installed language of a word like “fr”, “fr_CH” or “français”."""
        text = header_words(item.values.get("lang", "")).replace(" ", "_")
        if not text:
            return None
        for code, name in self.env["res.lang"].get_installed():
            words = header_words(name).replace(" ", "_")
            if text in (code.lower(), code[:2]) or words.startswith(text):
                return code
        item.warn(self.env._("“%s” is no language that is installed.", text))
        return None

    @api.model
    def _debtor_kind(self, item):
        words = header_words(item.values.get("debtor_kind", "")).split()
        return next(
            (DEBTOR_WORDS[word] for word in words if word in DEBTOR_WORDS), None
        )

    # --- writing ------------------------------------------------------------------

    def _partners(self):
        # sudo: a manager of the follow-up need not hold Odoo's right to make contacts;
        # that he is a manager of this company was checked, and contacts are its own
        return self.env["res.partner"].sudo().with_context(**QUIET)

    def _create_patients(self, items):
        partners = self._partners().create(
            [{**self._new_patient_vals(), **item.vals} for item in items]
        )
        for item, partner in zip(items, partners, strict=True):
            item.target = partner.id

    def _update_patients(self, items):
        for item in items:
            partner = self._partners().browse(item.target)
            fields = partner._fields
            changed = {
                name: value
                for name, value in item.vals.items()
                if fields[name].convert_to_write(partner[name], partner) != value
            }
            if changed:
                partner.write(changed)


# Nobody is told of records that only move house.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_vat_validation": True,
    "recouv_import": True,
}
