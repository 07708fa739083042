"""``setup/i18n``: the template of what is to be translated, and the French of it.

The template comes from a database in which the add-ons are installed; the French file
receives the new terms, loses those that are no longer said, and keeps every
translation. Both files depend on the terms only: no date, no line number.
"""

import re
import tempfile
from pathlib import Path

from . import child, databases, odoo, paths, postgres, say

LANGUAGE = "fr"
_DATES = ("POT-Creation-Date", "PO-Revision-Date")
# %s, %(name)s, {{ an expression }}, the name of a tag and what it says in QWeb; the
# other attributes of a tag may hold words
_MARKS = re.compile(
    r"%(?:\(\w+\))?[sdf]|\{\{.*?\}\}|</?\w+|\bt-[\w-]+=\"[^\"]*\"", re.DOTALL
)


def run(arguments):
    """Export, merge, list what remains; 1 when something remains to translate."""
    addons = [name for name in arguments if not name.startswith("-")]
    addons = addons or paths.addons()
    with postgres.server(), databases.copy_with(paths.addons()) as database:
        templates = {name: _export(database, name) for name in addons}
    open_terms = 0
    for name, template in templates.items():
        french = _merge(name, template)
        wrong = list(complaints(french))
        for text in wrong:
            print(f"{name}: {text}")
        open_terms += len(wrong)
        say.line(f"{name}: {len(french)} terms, {len(wrong)} to do")
    return 1 if open_terms else 0


def _export(database, addon):
    """Return the terms of *addon* as a polib file, and save them as its template."""
    import polib

    with tempfile.TemporaryDirectory(dir=paths.HOME) as folder:
        target = Path(folder) / "terms.pot"
        _export_to(database, addon, target)
        template = polib.pofile(str(target), wrapwidth=78)
    for name in _DATES:
        template.metadata.pop(name, None)
    path = _folder(addon) / f"{addon}.pot"
    template.save(str(path))
    return template


def _export_to(database, addon, target):
    options = ["-c", odoo.config("i18n"), "-d", database, "-o", target, addon]
    command = [paths.PYTHON, "-m", "odoo", "i18n", "export", *options]
    log = paths.LOG / "i18n.log"
    with log.open("w") as handle:
        done = child.run(
            [str(part) for part in command],
            env=odoo.environment(),
            cwd=paths.HOME,
            stdout=handle,
            stderr=handle,
        )
    if done.returncode or not target.exists():
        raise say.Problem(f"Odoo did not export the terms of {addon}; see {log}.")


def _folder(addon):
    folder = paths.ROOT / addon / "i18n"
    folder.mkdir(exist_ok=True)
    return folder


def _merge(addon, template):
    """Give the French file the terms of *template*, keep what it says of them."""
    import polib

    path = _folder(addon) / f"{LANGUAGE}.po"
    known = polib.pofile(str(path), wrapwidth=78) if path.exists() else []
    said = {entry.msgid: entry.msgstr for entry in known}
    french = polib.POFile(wrapwidth=78)
    french.header = template.header.replace("contains the", "contains the French")
    french.metadata = {**template.metadata, "Language": LANGUAGE}
    for entry in template:
        french.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgstr=said.get(entry.msgid, ""),
                comment=entry.comment,
                occurrences=entry.occurrences,
                flags=[flag for flag in entry.flags if flag != "fuzzy"],
            )
        )
    french.save(str(path))
    return french


def complaints(entries):
    """Say which *entries* are untranslated or lose a placeholder, one text each."""
    for entry in entries:
        if not entry.msgstr:
            yield f"not translated: {entry.msgid!r}"
        elif marks(entry.msgid) != marks(entry.msgstr):
            yield f"placeholders or tags differ: {entry.msgid!r}"


def marks(text):
    """Placeholders, expressions and tags of *text*, in alphabetical order."""
    return sorted(_MARKS.findall(text))
