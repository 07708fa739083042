"""The length of a text message, and how to keep it short (3GPP TS 23.038).

A message holds 160 characters of the GSM alphabet, 153 when it is cut in several;
one character outside of it (``ç``, ``ê``, a no-break space) and only 70, then 67.
"""

import unicodedata

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# each of these takes the room of two
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
# what word processors and number formats put in, and what it stands for
LOOKALIKES = str.maketrans(
    {
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2011": "-", "\u2013": "-",
        "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
        "\u00ab": '"', "\u00bb": '"', "\u2026": "...", "œ": "oe", "Œ": "OE",
    }
)  # fmt: skip


def is_gsm(text):
    """Whether every character is of the GSM alphabet."""
    return all(char in GSM or char in GSM_EXTENDED for char in text)


def segments(text):
    """Return how many messages ``text`` costs; 0 for an empty text."""
    if is_gsm(text):
        size, alone, part = sum(1 + (c in GSM_EXTENDED) for c in text), 160, 153
    else:
        size, alone, part = len(text.encode("utf-16-be")) // 2, 70, 67
    return -(-size // part) if size > alone else min(size, 1)


def shorten(text):
    """Return ``text`` with plain spaces and quotes, without accents where that pays.

    Accents that the GSM alphabet lacks (``ç``, ``ê``, ``î``) are dropped only when
    the message then costs less.
    """
    text = text.translate(LOOKALIKES).strip()
    plain = "".join(_plain(char) for char in text)
    return plain if segments(plain) < segments(text) else text


def _plain(char):
    if char in GSM or char in GSM_EXTENDED:
        return char
    return unicodedata.normalize("NFD", char)[0]
