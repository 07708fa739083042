from . import solvency
