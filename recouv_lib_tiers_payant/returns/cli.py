"""``python -m returns``: any return file as a table or as JSON lines, in French."""

import argparse
import json
import os
import sys
from datetime import date

from . import b2, b2_return, entities, noemie, pyxvital
from .dates import DMY, LABELS, YMD
from .detect import B2, NOEMIE, OPENING, PYXVITAL, NotAReturn, detect
from .listing import Listing
from .plain import plain

B2_RETURN = "b2-retour"
OK, FAILED, NOT_A_RETURN = 0, 1, 2
STRANGERS = {
    "empty": "le fichier est vide",
    "pdf": "c'est un PDF (renommé ?), pas un fichier de retours",
    "zip": "c'est une archive ou un classeur : en extraire le fichier de retours",
    "office": "c'est un ancien document Office, pas un fichier de retours",
    "image": "c'est une image, pas un fichier de retours",
    "gzip": "le fichier est compressé (gzip) : le décompresser d'abord",
    "xml": "c'est un fichier XML : ni NOEMIE ni B2",
    "rtf": "c'est un document RTF, pas un fichier de retours",
    "unknown": "ni NOEMIE ni B2 : le début du fichier n'est pas reconnu",
}


class Parser(argparse.ArgumentParser):
    """argparse in French, as far as it lets one."""

    def format_help(self):
        text = super().format_help()
        words = {
            "usage:": "usage :",
            "positional arguments:": "arguments :",
            "options:": "options :",
            "show this help message and exit": "afficher cette aide",
        }
        for english, french in words.items():
            text = text.replace(english, french)
        return text

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(NOT_A_RETURN, f"{self.prog} : arguments incorrects : {message}\n")


def _day(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        told = f"date attendue (AAAA-MM-JJ), pas {text}"
        raise argparse.ArgumentTypeError(told) from None


def parser():
    told = Parser(
        prog="python -m returns",
        description="Lit des retours NOEMIE (RSP, ARL), Pyxvital, et des fichiers B2, "
        "et les affiche en tableau ou en JSON. Rien n'est perdu ni modifié.",
    )
    told.add_argument("files", nargs="+", metavar="FICHIER", help="« - » : entrée")
    told.add_argument("--json", action="store_true", help="un objet JSON par ligne")
    told.add_argument(
        "--raw", action="store_true", help="les entités telles quelles, avec leur place"
    )
    told.add_argument(
        "--format",
        choices=(NOEMIE, B2, B2_RETURN, PYXVITAL),
        help="imposer le format (b2-retour : profil de concentrateur, non vérifié)",
    )
    told.add_argument(
        "--day",
        type=_day,
        metavar="AAAA-MM-JJ",
        help="jour de référence pour l'ordre des dates (défaut : aujourd'hui)",
    )
    orders = {label: order for order, label in LABELS.items()}
    told.add_argument(
        "--order",
        choices=sorted(orders),
        help="imposer l'ordre des dates d'un fichier NOEMIE",
    )
    return told


def main(arguments=None, out=None):
    """Print what the arguments name; return the exit code."""
    out = out or sys.stdout
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="replace")
    asked = parser().parse_args(arguments)
    try:
        return max(_file(name, asked, out) for name in asked.files)
    except BrokenPipeError:
        # the reader of our output left, as `head` does: nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _file(name, asked, out):
    try:
        with _open(name) as stream:
            _print(name, stream, asked, out)
    except NotAReturn as error:
        return _say(name, STRANGERS[error.code], NOT_A_RETURN)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _say(name, f"lecture impossible : {error.strerror}", FAILED)
    return OK


def _say(name, text, code):
    sys.stderr.write(f"{name} : {text}\n")
    return code


def _open(name):
    if name == "-":
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb", OPENING)
    return open(name, "rb", OPENING)


def _print(name, stream, asked, out):
    format_ = asked.format or detect(stream.peek(OPENING))
    if len(asked.files) > 1 and not asked.json:
        out.write(f"== {name}\n")
    show = Listing(out)
    for item in _items(stream, format_, asked):
        if asked.json:
            found = plain(item)
            if len(asked.files) > 1:
                found = {"source": name, **found}
            out.write(json.dumps(found, ensure_ascii=False) + "\n")
        else:
            show(item)


def _items(stream, format_, asked):
    """What is to be shown: rows or objects."""
    day = asked.day or date.today()
    if asked.raw:
        readers = {
            NOEMIE: entities.typed,
            B2: b2.rows,
            B2_RETURN: b2_return.rows,
            PYXVITAL: pyxvital.rows,
        }
        return readers[format_](stream)
    if format_ == NOEMIE:
        order = {LABELS[YMD]: YMD, LABELS[DMY]: DMY}.get(asked.order)
        return noemie.answers(stream, day, order)
    readers = {
        B2: b2.sent,
        B2_RETURN: b2_return.answers,
        PYXVITAL: pyxvital.answers,
    }
    return readers[format_](stream, day)
