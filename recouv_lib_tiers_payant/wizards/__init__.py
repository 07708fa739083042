from . import recouv_return_settle
from . import recouv_return_trace
