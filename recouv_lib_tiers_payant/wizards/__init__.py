from . import recouv_rejection_treat
