"""Telephone numbers as people write them, and which of them take a text message.

Plain Python over ``phonenumbers``. The debtor's own country decides how a number
without prefix is read; the type (mobile or not) is the numbering plan's.
"""

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# countries such as the US do not tell mobile from fixed: a text may arrive
TEXTABLE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# French mobiles that the numbering plan keeps for fiction: nobody has them, so that a
# demonstration can use them; the library takes them for wrong
FICTION = "+3363998"


def parse(text, country="FR"):
    """Return the valid number in ``text``, or None.

    :param country: ISO code of the country in which a national number is dialled
    """
    try:
        number = phonenumbers.parse(text or "", country or None)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number) or _is_fiction(number)
    return number if valid else None


def _is_fiction(number):
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return written.startswith(FICTION) and len(written) == 12


def e164(text, country="FR"):
    """Return ``text`` as ``+33612345678``, or None when it is no valid number."""
    number = parse(text, country)
    return number and phonenumbers.format_number(number, PhoneNumberFormat.E164)


def mobile(text, country="FR"):
    """Return ``text`` as ``+33612345678`` when it is a mobile number, or None.

    A landline, a box number (09…), a surcharged or an invalid number give None.
    """
    number = parse(text, country)
    if number is None:
        return None
    if phonenumbers.number_type(number) not in TEXTABLE and not _is_fiction(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
