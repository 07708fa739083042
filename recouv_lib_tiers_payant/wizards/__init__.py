from . import recouv_rights_warning
from . import recouv_share_split
from . import recouv_lot_refusal
from . import recouv_lot_make
from . import recouv_lot_ack_import
from . import recouv_b2_import
from . import recouv_purge_wizard_sent
