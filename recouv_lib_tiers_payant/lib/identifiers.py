"""Numbers by which people, payers and professionals are known in tiers payant.

Plain Python. Each `validate_…` takes what a person typed or a file holds, and returns
the one form that is stored, or raises `BadIdentifier`. An error never repeats a number
of social security: whoever shows it may not be allowed to see it.

Sources: NIR key and Corsica, FINESS, AM/ADELI: norme B2 and the public checks of
care software; régime, caisse and centre: norme B2, type 2, positions 49-57.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.fr import nir as stdnum_nir, siren as stdnum_siren, siret as stdnum_siret


def _(text):
    """Mark a sentence for translation; whoever shows it translates it."""
    return text


# What is shown for an error, by its code; `%(…)s` are filled from `values`.
MESSAGES = {
    "empty": _("The number is missing."),
    "nir_length": _(
        "A social security number has 13 characters, or 15 with its key: this one has "
        "%(length)s."
    ),
    "nir_format": _(
        "A social security number is made of digits only, save 2A or 2B for a birth in "
        "Corsica."
    ),
    "nir_first": _(
        "A social security number starts with 1 or 2 (3, 4, 7 or 8 for a provisional "
        "one), not with %(first)s."
    ),
    "nir_key": _(
        "The key does not fit this social security number: a digit is wrong. Read the "
        "number again from the card or the statement of rights."
    ),
    "birth_format": _(
        "The birth date %(value)s cannot be read. Write the day, the month and the "
        "year in full: 31/12/1950."
    ),
    "birth_unsure": _(
        "The birth date %(value)s can be read in two ways. Write it with slashes: "
        "31/12/1950, or 1950/31/12 for a lunar month."
    ),
    "birth_year": _("The year of the birth date %(value)s is not possible."),
    "birth_rank": _("The birth rank is one digit, from 1 to 9, not %(value)s."),
    "finess_format": _(
        "A FINESS number has 9 digits (2A or 2B first for Corsica): %(value)s is none."
    ),
    "finess_key": _(
        "The FINESS number %(value)s does not fit its key: a digit is wrong."
    ),
    "am_format": _(
        "An AM (ADELI) number has 9 characters, digits and at most letters A to F for "
        "the department: %(value)s is none."
    ),
    "am_key": _(
        "The AM (ADELI) number %(value)s does not fit its key: a digit is wrong."
    ),
    "rpps_format": _("An RPPS number has 11 digits: %(value)s has not."),
    "rpps_key": _("The RPPS number %(value)s does not fit its key: a digit is wrong."),
    "siret": _("%(value)s is not a SIRET number (14 digits, the last one a key)."),
    "siren": _("%(value)s is not a SIREN number (9 digits, the last one a key)."),
    "caisse_format": _(
        "A caisse is known by 9 digits: régime (2), caisse (3) and centre (4). "
        "%(value)s has not this form."
    ),
    "amc_format": _("An AMC number has 8 to 10 digits: %(value)s has not."),
    "member_format": _(
        "A member number has at most 15 letters and digits: %(value)s has not."
    ),
    "invoice_format": _(
        "An invoice number sent to the payers has 1 to 9 digits and is not zero: "
        "%(value)s is none."
    ),
    "lot_format": _(
        "A lot number has 1 to 3 digits and is not zero: %(value)s is none."
    ),
}

SEPARATORS = re.compile(r"[\s\u00a0\u202f.\-_/·]+")
# Births in Corsica carry letters, which count as numbers in the key.
NIR_FORM = re.compile(r"\d{5}(?:\d\d|2A|2B)\d{6}")
NIR_FIRST = frozenset("123478")
# Numbers given to people who wait for their own, or have none: nothing firm is known
# of their key, so a wrong one is not refused.
NIR_PROVISIONAL = frozenset("3478")
FINESS_FORM = re.compile(r"(?:\d\d|2[AB])\d{7}")
AM_FORM = re.compile(r"\d[0-9A-F]{2}\d{6}")
LETTERS = str.maketrans("ABCDEF", "123456")
OLDEST_BIRTH = 1880

# Régimes by their two digits. The list is not official, and not closed: a code that is
# not in it is no error.
REGIMES = {
    "01": "Régime général",
    "02": "Régime agricole (MSA)",
    "03": "Indépendants (anciens dossiers)",
    "04": "SNCF",
    "05": "RATP",
    "06": "Marins (ENIM)",
    "07": "Mines (CANSSM)",
    "08": "Militaires (CNMSS)",
    "09": "Banque de France",
    "10": "Clercs et employés de notaires (CRPCEN)",
    "12": "Chambre de commerce de Paris",
    "14": "Sénat",
    "15": "Assemblée nationale",
    "16": "Port autonome de Bordeaux",
    "17": "Français de l'étranger (CFE)",
    "90": "Cultes (CAVIMAC)",
    "91": "Mutuelle générale de l'Éducation nationale (MGEN)",
    "92": "Mutuelle générale (MG)",
    "95": "Mutuelle nationale des hospitaliers (MNH)",
    "99": "Autres mutuelles",
}


class BadIdentifier(ValueError):
    """A number that cannot be right.

    `code` is a key of MESSAGES, `values` fill its sentence, `str()` is that sentence in
    English. A number of social security is in none of them.
    """

    def __init__(self, code, **values):
        self.code = code
        self.values = {name: str(value)[:60] for name, value in values.items()}
        super().__init__(MESSAGES[code] % self.values)


def compact(text) -> str:
    """Return a number in capitals, without blanks, dots, dashes or slashes."""
    return SEPARATORS.sub("", str(text or "")).upper()


def _required(text) -> str:
    bare = compact(text)
    if not bare:
        raise BadIdentifier("empty")
    return bare


def _luhn(digits: str) -> bool:
    """Say whether the last digit is the key; letters A to F count as 1 to 6."""
    return luhn.is_valid(digits.translate(LETTERS))


# --- people ----------------------------------------------------------------------


@dataclass(frozen=True)
class Nir:
    """A number of social security: 13 characters, and its key of two digits.

    `provisional`: of a person who waits for a number of their own.
    `key_fits`: False only for a provisional one, whose key is not checked.
    """

    number: str
    key: str
    provisional: bool = False
    key_fits: bool = True

    @property
    def full(self) -> str:
        """The 15 characters that are stored."""
        return self.number + self.key


def nir_key(number: str) -> str:
    """Return the key of 13 characters: 97 less the rest of their division by 97, where
    2A counts as 19 and 2B as 18."""
    return stdnum_nir.calc_check_digits(number)


def read_nir(text, key="") -> Nir:
    """Read a NIR of 13 characters (its key is computed) or 15.

    :param key: the key where a file keeps it apart
    :raise BadIdentifier: empty, nir_length, nir_format, nir_first, nir_key
    """
    bare = _required(text) + compact(key)
    if len(bare) not in (13, 15):
        raise BadIdentifier("nir_length", length=len(bare))
    number, given = bare[:13], bare[13:]
    if not bare.isascii() or not NIR_FORM.fullmatch(number):
        raise BadIdentifier("nir_format")
    if number[0] not in NIR_FIRST:
        raise BadIdentifier("nir_first", first=number[0])
    if given and not given.isdigit():
        raise BadIdentifier("nir_format")
    right = nir_key(number)
    provisional = number[0] in NIR_PROVISIONAL
    if given and given != right and not provisional:
        raise BadIdentifier("nir_key")
    return Nir(number, given or right, provisional, given in ("", right))


def validate_nir(text, key="") -> str:
    """Return the 15 characters of a NIR; see `read_nir`."""
    return read_nir(text, key).full


def nir_root(text) -> str:
    """Return the 13 characters by which two NIR are compared, "" if it is none.

    Never fails: files hold zeros or blanks where a payer did not say.
    """
    bare = compact(text)
    if len(bare) not in (13, 15) or not bare[:13].strip("0"):
        return ""
    return bare[:13]


BIRTH_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})", re.ASCII)
BIRTH_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", re.ASCII)


def read_birth(text, today: date | None = None) -> str:
    """Return a birth date as YYYYMMDD, from what a person typed.

    Births abroad may have a month above 12 (lunar calendars) or a day 00: people's
    cards bear them, so they are kept as they are. 1950/31/12 is the month 31.

    :param today: a birth after it is refused
    :raise BadIdentifier: empty, birth_format, birth_unsure, birth_year
    """
    if isinstance(text, date):
        text = text.isoformat()[:10]
    bare = str(text or "").strip()
    if not bare:
        raise BadIdentifier("empty")
    if found := BIRTH_FIRST.fullmatch(bare):
        year, month, day = found.groups()
    elif found := BIRTH_LAST.fullmatch(bare):
        day, month, year = found.groups()
    else:
        year, month, day = _eight_digits(bare, today)
    return validate_birth(f"{year}{month:0>2}{day:0>2}", today)


def _eight_digits(bare, today):
    """Read 19501231 or 31121950; what may be both is asked."""
    if not re.fullmatch(r"\d{8}", bare, re.ASCII):
        raise BadIdentifier("birth_format", value=bare)
    first = bare[:4], bare[4:6], bare[6:]
    last = bare[4:], bare[2:4], bare[:2]
    is_last = calendar_date("".join(last)) and _year_is_possible(int(bare[4:]), today)
    if calendar_date("".join(first)) or not is_last:
        return first
    if _year_is_possible(int(bare[:4]), today):
        raise BadIdentifier("birth_unsure", value=bare)
    return last


def validate_birth(text, today: date | None = None) -> str:
    """Return YYYYMMDD as it is stored, if it can be a birth date, lunar ones included.

    :raise BadIdentifier: empty, birth_format, birth_year
    """
    bare = _required(text)
    if not re.fullmatch(r"\d{8}", bare, re.ASCII) or int(bare[6:]) > 31:
        raise BadIdentifier("birth_format", value=bare)
    if not _year_is_possible(int(bare[:4]), today):
        raise BadIdentifier("birth_year", value=bare)
    known = calendar_date(bare)
    if known and today and known > today:
        raise BadIdentifier("birth_year", value=bare)
    return bare


def _year_is_possible(year, today):
    return OLDEST_BIRTH <= year <= (today.year if today else 2199)


def calendar_date(birth: str) -> date | None:
    """Return the day of a YYYYMMDD, None where no calendar has it (lunar months)."""
    try:
        return date(int(birth[:4]), int(birth[4:6]), int(birth[6:8]))
    except ValueError:
        return None


def short_birth(birth: str) -> str:
    """Return the AAMMJJ of a YYYYMMDD: what payers' files hold, "" where unknown."""
    return birth[2:8] if birth and birth.strip("0") else ""


def birth_text(birth: str) -> str:
    """Return a YYYYMMDD as a French reader writes it: 31/12/1950."""
    return f"{birth[6:8]}/{birth[4:6]}/{birth[:4]}" if birth else ""


def is_lunar(birth: str) -> bool:
    """Say whether a YYYYMMDD is no day of the usual calendar."""
    month, day = int(birth[4:6]), int(birth[6:8])
    if not 1 <= month <= 12:
        return True
    return not 1 <= day <= monthrange(int(birth[:4]), month)[1]


def validate_birth_rank(text) -> str:
    """Return the rank among those born the same day, one digit from 1.

    :raise BadIdentifier: empty, birth_rank
    """
    bare = _required(text)
    if not re.fullmatch("[1-9]", bare.lstrip("0") or "0"):
        raise BadIdentifier("birth_rank", value=bare)
    return bare.lstrip("0")


# --- professionals and places ------------------------------------------------------


def validate_finess(text) -> str:
    """Return a FINESS number of 9 characters.

    :raise BadIdentifier: empty, finess_format, finess_key
    """
    bare = _required(text)
    if not bare.isascii() or not FINESS_FORM.fullmatch(bare):
        raise BadIdentifier("finess_format", value=bare)
    if not _luhn(bare):
        raise BadIdentifier("finess_key", value=bare)
    return bare


def finess_digits(finess: str) -> str:
    """Return the digits under which two FINESS are compared: Corsica writes 2A00… or
    2001…, 2B00… or 2002…."""
    if finess[:4] in ("2A00", "2B00"):
        return f"200{finess[1].translate(LETTERS)}{finess[4:]}"
    return finess


def validate_am(text) -> str:
    """Return an AM (ADELI) number of 9 characters; the department may hold letters
    (9D overseas, 2A and 2B in Corsica).

    :raise BadIdentifier: empty, am_format, am_key
    """
    bare = _required(text)
    if not bare.isascii() or not AM_FORM.fullmatch(bare):
        raise BadIdentifier("am_format", value=bare)
    if not _luhn(bare):
        raise BadIdentifier("am_key", value=bare)
    return bare


def validate_rpps(text) -> str:
    """Return an RPPS number of 11 digits.

    :raise BadIdentifier: empty, rpps_format, rpps_key
    """
    bare = _required(text)
    if not re.fullmatch(r"\d{11}", bare, re.ASCII):
        raise BadIdentifier("rpps_format", value=bare)
    if not _luhn(bare):
        raise BadIdentifier("rpps_key", value=bare)
    return bare


def validate_professional(text) -> str:
    """Return an RPPS (11 digits) or an AM number (9), by the length of what is given.

    :raise BadIdentifier: as the validation of the one it looks like
    """
    return validate_am(text) if len(_required(text)) == 9 else validate_rpps(text)


def validate_siret(text) -> str:
    """Return a SIRET of 14 digits. Raises BadIdentifier: empty, siret."""
    return _by_stdnum(stdnum_siret, "siret", text)


def validate_siren(text) -> str:
    """Return a SIREN of 9 digits. Raises BadIdentifier: empty, siren."""
    return _by_stdnum(stdnum_siren, "siren", text)


def _by_stdnum(module, code, text):
    bare = _required(text)
    try:
        return module.validate(bare)
    except ValidationError as error:
        raise BadIdentifier(code, value=bare) from error


# --- payers ------------------------------------------------------------------------


def validate_caisse(text) -> str:
    """Return the 9 digits of a caisse: régime, caisse, centre.

    :raise BadIdentifier: empty, caisse_format
    """
    bare = _required(text)
    if not re.fullmatch(r"\d{9}", bare, re.ASCII) or not bare[:5].strip("0"):
        raise BadIdentifier("caisse_format", value=bare)
    return bare


def split_caisse(code: str) -> tuple[str, str, str]:
    """Return (régime, caisse, centre) of 9 digits."""
    return code[:2], code[2:5], code[5:9]


def regime_name(code: str) -> str:
    """Return the name of the régime of a caisse, "" where it is not known."""
    return REGIMES.get(code[:2], "")


def validate_amc(text) -> str:
    """Return the number of an AMC, 8 to 10 digits, as it was given.

    :raise BadIdentifier: empty, amc_format
    """
    bare = _required(text)
    if not re.fullmatch(r"\d{8,10}", bare, re.ASCII) or not bare.strip("0"):
        raise BadIdentifier("amc_format", value=bare)
    return bare


def amc_wire(number: str) -> str:
    """Return the 10 digits under which files carry an AMC, zeros in front."""
    return compact(number).zfill(10)


def amc_key(number) -> str:
    """Return what two AMC numbers are compared by: no zeros in front, "" if none."""
    return compact(number).lstrip("0")


def validate_payer_code(kind: str, text) -> str:
    """Return the code of a payer: a caisse (`kind` "amo") or an AMC ("amc")."""
    return validate_caisse(text) if kind == "amo" else validate_amc(text)


def validate_member(text) -> str:
    """Return a member number of an AMC: at most 15 letters and digits.

    :raise BadIdentifier: empty, member_format
    """
    bare = _required(text)
    if not re.fullmatch(r"[0-9A-Z]{1,15}", bare, re.ASCII):
        raise BadIdentifier("member_format", value=bare)
    return bare


# --- what is sent ------------------------------------------------------------------


def validate_invoice_number(text) -> str:
    """Return the 9 digits of an invoice as it is sent, zeros in front.

    :raise BadIdentifier: empty, invoice_format
    """
    bare = _required(text)
    if not re.fullmatch(r"\d{1,9}", bare, re.ASCII) or not bare.strip("0"):
        raise BadIdentifier("invoice_format", value=bare)
    return bare.zfill(9)


def invoice_key(text) -> str:
    """Return what two invoice numbers are compared by, "" if none: payers give them
    back with or without the zeros."""
    return compact(text).lstrip("0")


def validate_lot(text) -> str:
    """Return the 3 digits of a lot. Raises BadIdentifier: empty, lot_format."""
    bare = _required(text)
    if not re.fullmatch(r"\d{1,3}", bare, re.ASCII) or not bare.strip("0"):
        raise BadIdentifier("lot_format", value=bare)
    return bare.zfill(3)


def lot_key(text) -> str:
    """Return what two lots are compared by, "" if none."""
    return compact(text).lstrip("0")
