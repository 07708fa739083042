from . import recouv_insurance_answer
from . import recouv_insurance_settle
from . import recouv_insurance_way
from . import recouv_insurance_reason
from . import recouv_insurance_receive
from . import recouv_insurance_recover
