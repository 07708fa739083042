from . import test_factoring_house_rules
from . import test_sale_submit
from . import test_transfer_of_a_schedule
from . import test_after_the_sale
from . import test_sale_faults
from . import test_sale_connections
from . import test_sale_acts
