def post_init_hook(env):
    """Companies that have a chart already get the accounts that a sale needs."""
    env["res.company"]._recouv_create_all_transfer_settings()
