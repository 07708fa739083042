from . import test_factoring_house_rules
from . import test_lib_solvency
from . import test_solvency_check
from . import test_solvency_http
