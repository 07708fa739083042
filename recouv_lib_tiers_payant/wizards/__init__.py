from . import recouv_rejection_treat
from . import recouv_return_settle
from . import recouv_return_trace
from . import recouv_rights_warning
from . import recouv_share_split
from . import recouv_lot_refusal
from . import recouv_lot_make
from . import recouv_lot_ack_import
