"""A walk through all that a user can read, for the tests of access of every add-on."""

from odoo.exceptions import AccessError

CANARY = "zzcanaryzz"
TEXTS = ("char", "text", "html")


class AccessWalk:
    """To be mixed into a test of Odoo; ``addon`` says whose models are meant."""

    addon = "recouv_lib"

    def models(self):
        """The names of this add-on's persistent models."""
        return self.own_models(False)

    def dialogs(self):
        """The names of this add-on's transient models."""
        return self.own_models(True)

    def own_models(self, transient):
        return [
            name
            for name, model in self.env.registry.items()
            if name.startswith("recouv.")
            and model._original_module == self.addon
            and not model._abstract
            and bool(model._transient) == transient
        ]

    def mine(self, model):
        return self.env[model].search([("company_id", "=", self.company.id)])

    def global_rules(self, model):
        """The conditions of a model that hold for everybody, as one text."""
        rules = self.env["ir.rule"].search(
            [("model_id.model", "=", model), ("groups", "=", False)]
        )
        return "".join(rules.mapped("domain_force"))

    def texts_read_by(self, user):
        """Yield (model, id, field, text) of everything ``user`` can read."""
        for name, cls in self.env.registry.items():
            model = self.env[name].with_user(user)
            if cls._abstract or cls._transient or not cls._auto:
                continue
            if not model.has_access("read"):
                continue
            names = [
                field
                for field, spec in model.fields_get(attributes=["type"]).items()
                if spec["type"] in TEXTS and model._fields[field].store
            ]
            for row in self.rows(model, names):
                for field in names:
                    yield name, row["id"], field, row[field] or ""

    def rows(self, model, names):
        try:
            return model.search([], order="id desc", limit=200).read(names)
        except AccessError:
            # some of Odoo's own records cannot be read beside another company's
            # chart: what cannot be read leaks nothing; ours must always be readable
            self.assertFalse(model._name.startswith("recouv."), model._name)
            return []

    def leaks_to(self, user, words=(CANARY,)):
        """The (model, field) in which ``user`` reads one of these words."""
        self.env.invalidate_all()
        return sorted(
            {
                (model, field)
                for model, _id, field, text in self.texts_read_by(user)
                if any(word in text for word in words)
            }
        )
