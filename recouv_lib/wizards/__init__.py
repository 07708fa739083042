from . import recouv_explain
