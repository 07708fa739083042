from . import recouv_sale_event
