from odoo import api, models
from odoo.fields import Command

from .recouv_schedules import AGENCY, FIRST_IN, SCHEDULES

# keys of a step's definition that name a text → field of the step
TEXT_FIELDS = {
    "sms": "sms_template_id",
    "mail": "mail_template_id",
    "letter": "letter_template_id",
}
TRANSLATED = ("name", "description", "call_script")


class ResCompany(models.Model):
    """Gives each company its own copy of the ready schedules, once."""

    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        # a settings administrator creates companies, with or without our groups
        companies.sudo()._recouv_load_schedules()
        return companies

    @api.model
    def _recouv_load_all_schedules(self):
        self.search([])._recouv_load_schedules()

    def _recouv_load_schedules(self, schedules=SCHEDULES):
        """Create the ready schedules that a company does not have; branches share.

        Idempotent: a schedule is known by its external id, whatever became of its
        name and steps. A deleted one comes back.
        """
        data = self.env["ir.model.data"]
        for company in self.filtered(lambda c: not c.parent_id):
            missing = {
                schedule["code"]: schedule
                for schedule in schedules
                if not company._recouv_schedule(schedule["code"])
            }
            policies = self.env["recouv.policy"].create(
                [company._schedule_values(schedule) for schedule in missing.values()]
            )
            data._update_xmlids(
                [
                    {
                        "xml_id": company._schedule_xmlid(code),
                        "record": policy,
                        "noupdate": True,
                    }
                    for code, policy in zip(missing, policies, strict=True)
                ]
            )
            for policy, schedule in zip(policies, missing.values(), strict=True):
                company._translate_schedule(policy, schedule, self._recouv_langs())

    def _schedule_xmlid(self, code):
        return f"recouv_lib.schedule_{code}_{self.id}"

    def _recouv_schedule(self, code):
        """Return a ready schedule of this company, empty when it was deleted.

        :param code: action_plan, calendar_15, phone_reminders, payers or agency
        """
        self.ensure_one()
        found = self.env.ref(self._schedule_xmlid(code), raise_if_not_found=False)
        return found or self.env["recouv.policy"]

    def _schedule_values(self, schedule):
        first = FIRST_IN.get(self.country_id.code, SCHEDULES[0]["code"])
        return {
            "company_id": self.id,
            "name": schedule["name"]._translate("en_US"),
            "description": schedule["description"]._translate("en_US"),
            "capacity": schedule.get("capacity", "creditor"),
            "sequence": 10 if schedule["code"] == first else 20,
            "step_ids": [
                Command.create(self._step_values(step) | {"sequence": rank * 10})
                for rank, step in enumerate(schedule["steps"], 1)
            ],
        }

    def _step_values(self, step):
        values = {}
        for key, value in step.items():
            if key in TEXT_FIELDS:
                name = value if "." in value else f"recouv_lib.{value}"
                text = self.env.ref(name, raise_if_not_found=False)
                values[TEXT_FIELDS[key]] = text and text.id
            elif key in TRANSLATED:
                values[key] = value._translate("en_US")
            else:
                values[key] = value
        return values

    # --- translations ---------------------------------------------------------------

    @api.model
    def _recouv_langs(self):
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        return [code for code in codes if code != "en_US"]

    @api.model
    def _recouv_ready_schedules(self):
        """Return every schedule that some company receives, whenever it does."""
        return (*SCHEDULES, AGENCY)

    @api.model
    def _recouv_translate_schedules(self, langs):
        """Give the ready schedules their names in languages installed later."""
        # who installs a language need not belong to every company: only names change
        for company in self.sudo().search([("parent_id", "=", False)]):
            for schedule in self._recouv_ready_schedules():
                policy = company._recouv_schedule(schedule["code"])
                if policy:
                    company._translate_schedule(policy, schedule, langs)

    def _translate_schedule(self, policy, schedule, langs):
        self._translate_terms(policy, schedule, langs)
        # a practice may have added or removed steps: only what reads alike is touched
        pairs = zip(policy.step_ids.sorted(), schedule["steps"], strict=False)
        for step, definition in pairs:
            self._translate_terms(step, definition, langs)

    def _translate_terms(self, record, definition, langs):
        """Translate what still reads as delivered; what was rewritten stays."""
        source = record.with_context(lang="en_US")
        for name in TRANSLATED:
            term = definition.get(name)
            if not term or not self._reads_as(source[name], term._translate("en_US")):
                continue
            for lang in langs:
                self._translate_term(record, name, lang, term)

    @api.model
    def _reads_as(self, value, text):
        return "".join((value or "").split()) == "".join(text.split())

    @api.model
    def _translate_term(self, record, name, lang, term):
        english, foreign = term._translate("en_US"), term._translate(lang)
        field = record._fields[name]
        if foreign == english:
            return
        if field.translate is True:
            record.update_field_translations(name, {lang: foreign})
            return
        terms = field.get_trans_terms(english), field.get_trans_terms(foreign)
        if len(terms[0]) == len(terms[1]):  # a translator may have cut it otherwise
            translations = dict(zip(*terms, strict=True))
            record.update_field_translations(name, {lang: translations})


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def _load_module_terms(self, modules, langs, overwrite=False):
        # EXTENDS 'base': the schedules of companies are no records of the module
        result = super()._load_module_terms(modules, langs, overwrite=overwrite)
        if "recouv_lib" in modules and self.env.registry.loaded:
            foreign = [lang for lang in langs if lang != "en_US"]
            self.env["res.company"]._recouv_translate_schedules(foreign)
        return result
