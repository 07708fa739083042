from . import recouv_legal_parameter
from . import recouv_transfer
from . import res_company
