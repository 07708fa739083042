"""The table that ``setup/run`` prints: what became of the parts of payers."""


def table(env):
    """Return (title, headers, rows); no row where there is no part."""
    model = env["recouv.share"]
    labels = dict(model._fields["state"]._description_selection(env))
    groups = {}
    for share in model.search([], order="payer_id, state"):
        row = groups.setdefault(
            (share.payer_id.name, labels[share.state]), [0, 0.0, 0.0, 0.0]
        )
        row[0] += 1
        for index, name in enumerate(("amount", "amount_paid", "amount_open"), 1):
            row[index] += share[name]
    _ = env._
    headers = (
        _("Payer"), _("State"), _("Parts"), _("Amount"), _("Paid"), _("Still owed")
    )  # fmt: skip
    rows = [[*key, *row] for key, row in groups.items()]
    return _("Third-party payers"), headers, rows
