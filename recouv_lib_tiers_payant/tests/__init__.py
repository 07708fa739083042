from . import test_tp_house_rules
