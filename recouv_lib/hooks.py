def post_init_hook(env):
    """Give the companies that already have a chart their transfer settings."""
    env["res.company"]._recouv_create_all_transfer_settings()
