"""Dates of six digits: which order a file writes them in, and what they mean.

B2 writes AAMMJJ. For NOEMIE the order is not proven: it is found out from the dates of
the file itself, which lie near the day on which it is read.
"""

from datetime import date
from functools import lru_cache

YMD, DMY = "YMD", "DMY"
ORDERS = (YMD, DMY)
#: as French users know them
LABELS = {YMD: "AAMMJJ", DMY: "JJMMAA"}
#: a return speaks of nothing later than this after the day on which it is read
FUTURE_DAYS = 45


@lru_cache(maxsize=1 << 14)
def to_date(text, order=YMD):
    """The date that *text* writes, None when it is empty or cannot exist.

    Years below 80 are of this century: no return is older than the norm.
    """
    numbers = _numbers(text, order)
    if not numbers:
        return None
    year, month, day = numbers
    return _date(year + (2000 if year < 80 else 1900), month, day)


@lru_cache(maxsize=1 << 14)
def to_birth_date(text, order=YMD, day=None):
    """As `to_date` for a birth: never after *day*. Lunar months give None."""
    numbers = _numbers(text, order)
    if not numbers:
        return None
    year, month, day_of_month = numbers
    found = _date(2000 + year, month, day_of_month)
    if found is None or found > (day or date.max):
        return _date(1900 + year, month, day_of_month)
    return found


def _numbers(text, order):
    """(year, month, day) as written, None without six digits or with none but 0."""
    if len(text) != 6 or not (text.isascii() and text.isdigit()) or text == "000000":
        return None
    first, second, third = int(text[:2]), int(text[2:4]), int(text[4:])
    return (first, second, third) if order == YMD else (third, second, first)


def _date(year, month, day):
    try:
        return date(year, month, day)
    except ValueError:
        return None


def from_date(day, order=YMD):
    """Six digits of *day*, zeros for None."""
    if not day:
        return "000000"
    return day.strftime("%y%m%d" if order == YMD else "%d%m%y")


def find_order(texts, day):
    """The order in which *texts* are dates near *day*, and whether that is doubtful.

    Both orders are tried on all texts; that with fewer impossible or future dates
    wins, then the nearer one, then AAMMJJ. Doubtful: the other one is about as good.
    """
    texts = sorted({text for text in texts if text.strip(" 0")})
    if not texts:
        return YMD, False
    (bad, far), (other_bad, other_far) = (_badness(texts, o, day) for o in ORDERS)
    found = YMD if (bad, far) <= (other_bad, other_far) else DMY
    same = all(to_date(text, YMD) == to_date(text, DMY) for text in texts)
    near = bad == other_bad and abs(far - other_far) < 400
    return found, near and not same


def _badness(texts, order, day):
    """Impossible or future dates, and the mean distance in days of the others."""
    days = [to_date(text, order) for text in texts]
    ages = [(day - found).days for found in days if found]
    good = [age for age in ages if age >= -FUTURE_DAYS]
    return len(texts) - len(good), sum(map(abs, good)) / (len(good) or 1)
