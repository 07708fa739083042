from . import recouv_assignment
from . import recouv_assignment_line
from . import recouv_factoring_contract
from . import recouv_purchase
