from . import test_factoring_house_rules
