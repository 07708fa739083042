from . import recouv_assignment_month
from . import recouv_assignment_sign
from . import recouv_factoring_end
from . import recouv_factoring_sign
from . import recouv_purchase_refuse
from . import recouv_sale_review_wizard
from . import recouv_sale_event
