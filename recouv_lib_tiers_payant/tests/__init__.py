from . import test_tp_house_rules
from . import test_returns_answers
from . import test_returns_b2
from . import test_returns_cli
from . import test_returns_dates
from . import test_returns_entities
from . import test_returns_fuzz
from . import test_returns_layouts
