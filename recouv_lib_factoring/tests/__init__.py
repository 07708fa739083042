from . import test_factoring_house_rules
from . import test_lib_indemnity
from . import test_lib_premium
