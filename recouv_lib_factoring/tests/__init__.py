from . import test_factoring_house_rules
from . import test_notification
from . import test_transfer_of_a_schedule
from . import test_after_the_sale
from . import test_assignee_engine
from . import test_sold_views
from . import test_sale_dispute
