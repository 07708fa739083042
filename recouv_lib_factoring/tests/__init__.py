from . import test_factoring_house_rules
from . import test_lib_indemnity
from . import test_lib_premium
from . import test_insurance_scenario
from . import test_insurance_limit
from . import test_insurance_policy
from . import test_insurance_loss
from . import test_insurance_handover
