from . import recouv_purge_wizard_solvency
from . import recouv_solvency_answer
from . import recouv_solvency_import
