from . import recouv_explain
from . import recouv_transfer_back
from . import recouv_transfer_doubtful
from . import recouv_bank_import_wizard
from . import recouv_bank_match_wizard
