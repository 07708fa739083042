def post_init_hook(env):
    """Give the companies that exist their transfer settings and ready schedules."""
    env["res.company"]._recouv_create_all_transfer_settings()
    env["res.company"]._recouv_load_all_schedules()
