"""The words of a relance: what a text may be filled with, and what it may not contain.

A letter that looks like an act of a court or of an officer is an offence (code pénal
433-13); whoever writes, practice, agency, buyer or insurer, is none of these. The list
is a proposal to be read by a lawyer, not a text of law.
"""

from __future__ import annotations

import re
import unicodedata

# The placeholders that any text of the relance may use, and no others: none leads to
# the lines of an invoice, to who was cared for or by whom (law.md §6.2).
TEXT_KEYS = (
    "date",
    "debtor",
    "greeting",
    "practice",
    "sender",
    "address",
    "phone",
    "email",
    "contact",
    "professional_number",
    "amount",
    "principal",
    "interest_amount",
    "currency",
    "deadline",
    "deadline_short",
    "delay",
    "references",
    "reference",
    "invoices",
    "about",
    "due_date",
    "earlier_contacts",
    "recall",
    "payment_means",
    "account",
    "plan_offer",
    "interest",
    "mediator",
    "privacy",
    "personal_note",
    # who collects for another says for whom, and recalls his first letter
    "creditor",
    "creditor_address",
    "first_letter",
)

# An officer or a court would write these; no capacity of this product may (law.md A12).
OFFICIAL = (
    "commandement de payer",
    "sommation",
    "contrainte",
    "signification",
    "huissier",
    "commissaire de justice",
    "titre executoire",
    "republique francaise",
    "assignation",
)

# Beginnings of words that say, outside a closed letter, that there is care or a debt:
# no speciality, no “santé”, no “recouvrement” (law.md §6.2; art. L1110-4 CSP).
REVEALING = (
    "sante",
    "recouvrement",
    "contentieux",
    "creance",
    "impaye",
    "medic",
    "medec",
    "clinique",
    "hopital",
    "hospital",
    "infirm",
    "dentaire",
    "dentist",
    "orthodont",
    "stomatolog",
    "kinesi",
    "osteopath",
    "chiropract",
    "podolog",
    "pedicur",
    "orthophon",
    "orthopt",
    "ergotherap",
    "psych",
    "addict",
    "alcoolog",
    "gyneco",
    "sage-femme",
    "maternite",
    "obstet",
    "urolog",
    "sexolog",
    "dermato",
    "venerolog",
    "onco",
    "cancer",
    "cardio",
    "neurolog",
    "ophtalmo",
    "radiolog",
    "imagerie",
    "gastro",
    "pneumo",
    "rhumato",
    "endocrino",
    "diabet",
    "pediatr",
    "geriatr",
    "nephrolog",
    "dialyse",
    "hematolog",
    "allergolog",
    "chirurg",
    "anesthes",
    "laboratoire",
    "biologie",
    "audioprothes",
)


# CPCE L111-8, second and third paragraphs, reproduced word for word as R124-4 asks;
# a text of law is not translated.
COSTS_LAW = (
    "Les frais de recouvrement entrepris sans titre exécutoire restent à la charge du "
    "créancier, sauf s'ils concernent un acte dont l'accomplissement est prescrit par "
    "la loi au créancier. Toute stipulation contraire est réputée non écrite, sauf "
    "disposition législative contraire.",
    "Cependant, le créancier qui justifie du caractère nécessaire des démarches "
    "entreprises pour recouvrer sa créance peut demander au juge de l'exécution de "
    "laisser tout ou partie des frais ainsi exposés à la charge du débiteur de "
    "mauvaise foi.",
)


def revealing_words(text: str) -> list[str]:
    """Return the words of ``text`` that a name seen by others may not hold."""
    return [
        word
        for word in re.split(r"[^a-z-]+", plain_words(text))
        if word.startswith(REVEALING)
    ]


def forbidden_words(text: str) -> list[str]:
    """Return the words of ``text`` that no sender may use, in the order of the list,
    without accents; whole words only (“consommation” is none)."""
    plain = plain_words(text)
    return [words for words in OFFICIAL if re.search(rf"\b{words}s?\b", plain)]


def plain_words(text: str) -> str:
    """Return the text in small letters, without accents, one space between words."""
    split = unicodedata.normalize("NFKD", text or "")
    bare = "".join(char for char in split if not unicodedata.combining(char))
    return " ".join(bare.lower().split())


def standing_alone(text: str) -> str:
    """Return the end of a sentence as a sentence of its own, in upper case first.

    >>> standing_alone("it is disputed: answer the dispute first.")
    'It is disputed: answer the dispute first.'
    """
    return text[:1].upper() + text[1:]


def labelled(env, label: str, text: str) -> str:
    """Return ``label: text`` as the user's language writes a colon.

    :param env: the environment whose language counts
    :param text: what is said of it, nothing for the label alone
    """
    if not text:
        return label
    return env._("%(label)s: %(text)s", label=label, text=text)
