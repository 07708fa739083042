from . import recouv_sms
