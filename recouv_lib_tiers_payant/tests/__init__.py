from . import test_tp_house_rules
from . import test_lib_announced_transfers
from . import test_lib_answer_matching
from . import test_lib_deadlines
from . import test_lib_identifiers
from . import test_lib_rejection_labels
from . import test_rejection_reason_data
from . import test_tp_legal_parameter
