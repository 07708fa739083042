from . import test_factoring_house_rules
from . import test_sale_submit
