from . import test_tp_house_rules
from . import test_rejection
