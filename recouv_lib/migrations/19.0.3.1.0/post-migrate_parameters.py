"""Legal parameters that nothing read are gone: who edited one changed nothing."""

from odoo import SUPERUSER_ID, api

UNREAD = (
    "legal_parameter_ecb_rate_2025_s1",
    "legal_parameter_ecb_rate_2025_s2",
    "legal_parameter_ecb_rate_2026_s1",
    "legal_parameter_ecb_rate_2026_s2",
    "legal_parameter_late_interest_points",
    "legal_parameter_late_interest_floor",
    "legal_parameter_late_indemnity",
    "legal_parameter_appeal_threshold",
    "legal_parameter_legal_aid_contribution",
    "legal_parameter_judge_deferral_max",
    "legal_parameter_formal_notice_delay",
    "legal_parameter_formal_notice_delay_max",
    "legal_parameter_note_threshold",
    "legal_parameter_deferral_limit",
    "legal_parameter_contact_max_per_day",
    "legal_parameter_call_max_7_days",
    "legal_parameter_call_max_30_days",
    "legal_parameter_letter_min_gap",
    "legal_parameter_lre_acceptance_delay",
    "legal_parameter_lre_proof_retention",
    "legal_parameter_solvency_check_validity",
    "legal_parameter_tp_documents_delay",
    "legal_parameter_tp_transmission_max",
    "legal_parameter_gdpr_information_delay",
    "legal_parameter_retention_after_settlement",
    "legal_parameter_ch_payment_order_delay",
    "legal_parameter_ch_opposition_delay",
    "legal_parameter_ch_release_delay",
    "legal_parameter_ch_continuation_wait",
    "legal_parameter_ch_continuation_lapse",
    "legal_parameter_ch_default_certificate_continue",
    "legal_parameter_ch_default_certificate_limitation",
)


def migrate(cr, version):
    """Delete the records that earlier versions shipped."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in UNREAD:
        if record := env.ref(f"recouv_lib.{name}", raise_if_not_found=False):
            record.unlink()
