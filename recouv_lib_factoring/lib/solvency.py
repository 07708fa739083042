"""What a provider of solvency checks answers, read without a database.

A provider is asked about one person and answers a small JSON object::

    {"id": "A-17", "result": "clear", "date": "2026-11-22"}

``result`` is ``clear`` (nothing negative is known), ``negative`` or ``pending`` (ask
again later). Everything else is no answer: it is never read as a refusal.
"""

import json
import unicodedata
from dataclasses import dataclass
from datetime import date

CLEAR, NEGATIVE, PENDING, UNAVAILABLE = "clear", "negative", "pending", "unavailable"
#: what is kept of an answer, in characters
MAX_ANSWER = 4000
#: words of a table of results, without accents, in lower case
WORDS = {
    CLEAR: (
        "clear",
        "favorable",
        "favourable",
        "ok",
        "oui",
        "solvable",
        "sans incident",
        "rien a signaler",
        "aucune donnee negative",
    ),
    NEGATIVE: (
        "negative",
        "negatif",
        "defavorable",
        "unfavourable",
        "refus",
        "refuse",
        "ko",
        "non",
        "insolvable",
        "incident",
        "donnee negative",
    ),
    UNAVAILABLE: ("unavailable", "indisponible", "sans reponse", "inconnu", "?"),
}


class AnswerError(ValueError):
    """What came back is no answer; the message says why, in a word or two."""


@dataclass(frozen=True)
class Answer:
    """One answer of a provider.

    :param str result: clear, negative or pending
    :param str reference: the provider's number of the check
    :param day: day of the answer, None when it does not say
    """

    result: str
    reference: str
    day: date | None = None


def read_answer(content, today):
    """Read the answer of a provider.

    :param bytes content: what it sent
    :param date today: a check is not dated later
    :return: an :class:`Answer`
    :raises AnswerError: not JSON, no number, an unknown result, an impossible date
    """
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise AnswerError("no JSON") from error
    if not isinstance(told, dict):
        raise AnswerError("no object")
    reference, result = told.get("id"), told.get("result")
    if not isinstance(reference, str | int) or isinstance(reference, bool):
        raise AnswerError("no number")
    if not str(reference).strip() or len(str(reference)) > 100:
        raise AnswerError("no number")
    if result not in (CLEAR, NEGATIVE, PENDING):
        raise AnswerError("no result")
    return Answer(result, str(reference).strip(), _day(told.get("date"), today))


def _day(text, today):
    if text in (None, ""):
        return None
    try:
        day = date.fromisoformat(str(text)[:10])
    except ValueError as error:
        raise AnswerError("date") from error
    if day > today or day.year < 2000:
        raise AnswerError("date")
    return day


def read_word(text):
    """Return the result that a word of a table means, or None."""
    plain = unicodedata.normalize("NFKD", str(text or "").strip().lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return next((result for result, words in WORDS.items() if plain in words), None)
