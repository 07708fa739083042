"""Whether an e-mail was written by a machine: an absence notice is no answer.

Plain Python over the message's headers (RFC 3834) and the usual subjects.
"""

import re

SUBJECT = re.compile(
    r"^\s*(absence\s*(:|$|du bureau|jusqu|du \d)|absente?\s+(du bureau|jusqu|du \d)"
    r"|r[ée]ponse automatique|message d.absence"
    r"|out of (the )?office|automatic reply|auto(matic)?[ -]?reply|abwesenheit)",
    re.I,
)
BULK = ("bulk", "junk", "list", "auto_reply", "auto-reply")


def is_automatic(headers, subject=""):
    """Return whether nobody wrote this message.

    :param headers: mapping of header names to values, as ``email.message.Message``
    :param subject: the decoded subject
    """
    submitted = (headers.get("Auto-Submitted") or "no").lower().strip()
    if not submitted.startswith("no"):
        return True
    if any(headers.get(name) for name in ("X-Autoreply", "X-Autorespond")):
        return True
    if (headers.get("Precedence") or "").lower().strip() in BULK:
        return True
    return bool(SUBJECT.match(subject or ""))
