from . import recouv_explain
from . import recouv_transfer_back
from . import recouv_transfer_doubtful
