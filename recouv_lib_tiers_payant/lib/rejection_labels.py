"""What a payer's rejection means, read from its label, its code and its part.

Plain Python. No complete official table of codes exists in the open: the label always
travels with the code, so the label decides. `RULES` is that knowledge, as data: the
first rule whose words are in the label counts. A practice may teach other answers; what
is here is only what to propose.

What may be asked of a patient: CSS L160-13 and following, L161-36-3; never the AMO part
of a person whom the law exempts (ALD, maternity, work accident), and nothing at all of
one with C2S or AME.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# What to do about a rejection (contract with `recouv.rejection`).
RESEND = "correct_and_resend"
ASK = "ask_patient"
BILL = "bill_patient"
WAIT = "wait"
CLAIM = "claim_payer"
GIVE_UP = "give_up"
ACTIONS = (RESEND, ASK, BILL, WAIT, CLAIM, GIVE_UP)

# Who puts it right.
PRACTICE, PATIENT, AMO, AMC = "practice", "patient", "amo", "amc"

YES, DOUBTFUL, NO = "yes", "doubtful", "no"

# Sure of it, by the way it was found (0-100).
BY_CODE = 95
BY_LABEL = 80
BY_PART = 30
BY_GROUP = 40
UNSURE = 0
# Below it a person should look before anything is done in bulk.
SURE = 60

EXEMPTED = frozenset({"ald", "maternity", "at", "c2s", "ame", "other"})
# Nothing may be asked of these, whoever the payer is.
EXEMPTED_WHOLLY = frozenset({"c2s", "ame"})


@dataclass(frozen=True)
class Category:
    """A family of rejections.

    `action`: one of ACTIONS. `fixer`: who puts it right. `recoverable`: yes, doubtful,
    no. `patient`: may become the patient's debt, save what `patient_allowed` excludes.
    `resend`: sending the invoice again, corrected, makes sense.
    """

    code: str
    action: str
    fixer: str
    recoverable: str = YES
    patient: bool = False
    resend: bool = True


CATEGORIES = {
    category.code: category
    for category in (
        Category("duplicate", CLAIM, PRACTICE, DOUBTFUL, resend=False),
        Category("time_barred", CLAIM, PRACTICE, DOUBTFUL, resend=False),
        Category("pending", WAIT, AMO, resend=False),
        Category("amo_first", WAIT, PRACTICE, resend=False),
        Category("withheld", CLAIM, PRACTICE, DOUBTFUL, resend=False),
        Category("death", RESEND, PRACTICE, DOUBTFUL),
        Category("technical", RESEND, PRACTICE),
        Category("card", ASK, PATIENT),
        Category("identity", RESEND, PRACTICE),
        Category("rights", ASK, PATIENT, DOUBTFUL, patient=True),
        Category("member", RESEND, PRACTICE),
        Category("recipient", RESEND, PRACTICE),
        Category("exemption", RESEND, PRACTICE),
        Category("accident", ASK, PATIENT),
        Category("c2s", RESEND, PRACTICE),
        Category("prior_agreement", RESEND, PRACTICE, DOUBTFUL, patient=True),
        Category("document", RESEND, PRACTICE),
        Category("before_prescription", RESEND, PRACTICE, DOUBTFUL, patient=True),
        Category("prescription", RESEND, PRACTICE),
        Category("prescriber", RESEND, PRACTICE),
        Category("practitioner", RESEND, PRACTICE),
        Category("agreement", BILL, PATIENT, DOUBTFUL, patient=True, resend=False),
        Category("pathway", RESEND, PRACTICE),
        Category("hospital", ASK, PATIENT, DOUBTFUL),
        Category("not_covered", BILL, PATIENT, NO, patient=True, resend=False),
        Category("pricing", RESEND, PRACTICE),
        Category("amc_other", ASK, AMC, DOUBTFUL, resend=False),
        Category("invoice_data", RESEND, PRACTICE),
        Category("other", RESEND, PRACTICE, DOUBTFUL),
    )
}


@dataclass(frozen=True)
class Rule:
    """Words that name a category. `pattern` is searched in the normalised label.

    `part`: "O" or "C" where the words mean this only on that part.
    """

    category: str
    pattern: str
    part: str = ""


_PERSON = r"(assures?|beneficiaires?|patients?|malades?|matricules?|nir|immatricul\w*)"
_UNKNOWN = (
    r"(inconnue?s?|non trouvee?s?|absente?s?|non identifiee?s?|introuvables?"
    r"|non reconnue?s?|non rattachee?s?)"
)
_WRONG = r"(erron\w*|invalides?|incorrecte?s?|faux|fausse|non conformes?|manquante?s?)"
_AMC = r"(amc|mutuelles?|complementaires?|oc)"


def _rules(category, *patterns, part=""):
    return [Rule(category, pattern, part) for pattern in patterns]


# Tried in this order: what is said plainly first, then what single words suggest.
RULES = (
    # Nothing to correct: it was paid, is too late, or is still being worked on.
    *_rules(
        "amo_first",
        r"part (amo|obligatoire|ro) (rejetee|non reglee|non payee)",
    ),
    *_rules(
        "amo_first",
        r"dre rejetee|rejet (de la part )?(amo|ro)\b",
        part="C",
    ),
    *_rules(
        "duplicate",
        r"doublon|en double|double (facturation|paiement|emploi)",
        r"\bdeja (ete )?(paye|regle|factur|liquid|rembours|trait)",
        r"\bdeja \w*transm",
    ),
    *_rules(
        "time_barred",
        r"forclos|forclusion|hors delais?|delais? (de \w+ )?depasse",
        r"\b(creance|facture|dossier|soins|prestations?) prescrite?s?\b",
        r"prescription (biennale|acquise)|depassement du delai",
    ),
    *_rules(
        "pending",
        r"en cours (de traitement|d instruction)|traitement (par la )?caisse",
        r"mise? en attente|\bdifferee?s?\b|sera traitee?",
        r"litige.*en cours|erreur de facturation en cours",
    ),
    *_rules(
        "withheld",
        r"\bindus?\b|retenue|recuperation|compensation",
    ),
    *_rules(
        "death",
        r"\bdeces\b|\bdecedee?\b",
    ),
    # The file as such.
    *_rules(
        "technical",
        r"\barl\b|\blots?\b.*(non conforme|rejet|invalide)|teletransmis",
        r"signature (du lot|invalide|electronique|absente)",
        r"certificat (cps|electronique|expire|invalide|revoque)",
        r"\bcps\b.*(expir|invalid|oppos)|parametrage|envoi de la fse",
    ),
    # Nothing of the social security's rules can be read before these: "prescripteur
    # inconnu" is no unknown patient, "caisse inconnue" no unknown member.
    *_rules(
        "before_prescription",
        r"(avant|anterieur\w*) (a )?(la |l )?(date de )?prescri",
        r"prescription (posterieure|apres)",
    ),
    *_rules(
        "prescriber",
        r"prescripteu",
        r"prescription interdite|medecin (inconnu|cesse|retraite)",
    ),
    *_rules(
        "prior_agreement",
        r"(accord|entente) prealable|\bdap\b|\bdep\b",
    ),
    *_rules(
        "exemption",
        r"date.{0,20}maternite|maternite.{0,30}(date|non|inconnu)",
    ),
    *_rules(
        "accident",
        r"accidents? (du |de )?travail|(numero|n|date) (d )?(at|accident)",
        r"\bat ?mp\b|maladies? professionnelles?",
    ),
    *_rules(
        "exemption",
        r"nature d ?(e |)assurance|assu[ -]?nat|incompatib.*regime",
        r"exoner|\betm\b|\bald\b|soins sans rapport|protocole",
    ),
    *_rules(
        "c2s",
        r"\bc2s\b|\bcmu ?c?\b|solidaire|\bacs\b",
        r"\bame\b|aide medicale",
    ),
    *_rules(
        "hospital",
        r"hospitalis|en etablissement a la date",
    ),
    *_rules(
        "pathway",
        r"parcours (de |des )?soins|medecin traitant|hors parcours",
    ),
    # Care that nobody owes, or that a contract does not hold.
    *_rules(
        "not_covered",
        r"non rembours|hors nomenclature|non (prise?s? en charge|couvert)",
        r"garanties?.*(absente|epuise|non|hors)|hors garantie",
    ),
    *_rules(
        "not_covered",
        r"plafonds? (annuel |de \w+ )?(atteint|depasse)",
        part="C",
    ),
    *_rules(
        "not_covered",
        r"(acte|soin|prestation)s? non prevue?s? (au|par)",
        r"refus (de )?(prise en charge|pec)|absence de prise en charge",
    ),
    # Agreements between the professional and the payer.
    *_rules(
        "agreement",
        r"(non|pas|sans) convention\w*|absence de convention",
        part="C",
    ),
    *_rules(
        "agreement",
        r"(tp|tiers payant) non (prevu|autorise|pratique)",
    ),
    *_rules(
        "practitioner",
        r"(non|pas|sans) convention\w*|contrat de tiers payant",
        r"(executant|professionnel|praticien|\bps\b|remplacant)",
        r"\bcps\b|\brpps\b|\badeli\b|\bfiness\b|en cessation",
    ),
    # The patient's card, person, rights.
    *_rules(
        "card",
        r"carte.*(opposition|perdue|volee|non (mise )?a jour|invalide|perimee)",
        r"opposition.*carte|mettre a jour.*carte",
    ),
    *_rules(
        "recipient",
        r"mutnum|(amc|mutuelle) fictive?|numero de mutuelle",
    ),
    *_rules(
        "member",
        rf"adherents?|{_PERSON}.{{0,25}}{_AMC}\b",
    ),
    *_rules(
        "rights",
        rf"{_PERSON} (radiee?|sans droits?|hors droits?)",
        r"droits?.{0,25}(ferme|clos|expir|non|pas|echu|suspendu|epuise)",
        r"hors droits?|contrat.{0,20}(resili|expir|suspendu|clos|inconnu)",
        r"cotisations?|\bresili|non ouverte?s?\b",
    ),
    *_rules(
        "member",
        rf"{_PERSON}.{{0,40}}{_UNKNOWN}",
        part="C",
    ),
    *_rules(
        "identity",
        rf"{_PERSON}.{{0,40}}{_UNKNOWN}|{_UNKNOWN} (au|du|dans) (la )?bdo",
    ),
    *_rules(
        "recipient",
        rf"{_AMC} (destinataire|inconnue?|erronee?|incorrecte?)",
        r"(numero|n|code|routage) (d |de |de l )?(amc|mutuelle|organisme)",
        r"organismes?|destinataires?|centres? (de )?gestion|gestionnaire",
        r"mutations?|changement de (caisse|regime)|\bcaisses?\b|\bregimes?\b",
    ),
    *_rules(
        "identity",
        rf"\bnir\b|matricule|immatricul|\bcle\b|{_PERSON} {_WRONG}",
        r"(date|rang|lieu) (ou rang )?de naissance|\brang\b",
        r"absent\w* (du|au|de la) (referentiel|fichier|bdo|base)",
    ),
    # The papers.
    *_rules(
        "document",
        r"pieces?|justificati(f|ve)s?|\bscor\b|illisible",
    ),
    *_rules(
        "prescription",
        r"prescription|ordonnance",
    ),
    *_rules(
        "document",
        r"manquant|non (jointe?|fournie?|transmise?|recue?)s?\b",
    ),
    # The price.
    *_rules(
        "pricing",
        r"\btarif|cotation|majoration|coefficient|montants?|cumul|code acte",
        r"prix unitaire|quantite|plafond|periodicite|referentiel|\btaux\b",
        r"\bactes?\b|\bami\b|\bais\b|\bkm\b|kilometr|mode de transport",
        r"transport|nomenclature|specialite|denombrement|base de rembours",
        r"date (de|des|du) (soins?|actes?|factur\w*)|date future|posterieure",
    ),
    *_rules(
        "exemption",
        r"ticket moderateur|\b100 ?%",
    ),
    # What single words still say.
    *_rules(
        "rights",
        r"\bdroits?\b",
    ),
    *_rules(
        "invoice_data",
        r"donnees.*non conformes?|non conformes?|erreur de facturation",
        r"rejets? de factures?|facture (incorrecte|invalide|rejetee)",
    ),
    *_rules(
        "practitioner",
        r"\bmedecin\b|signature",
    ),
    *_rules(
        "rights",
        r"\bcontrats?\b",
        part="C",
    ),
    *_rules(
        "identity",
        _UNKNOWN,
    ),
)

# The six codes that a caisse published with their labels (4 digits, then 3).
CODES = {
    "0460053": "prescriber",
    "0470049": "prescriber",
    "2900005": "duplicate",
    "0450072": "exemption",
    "0250050": "identity",
    "0317051": "exemption",
}
# What the first digits seem to mean, from these six only: a last resort.
GROUPS = (
    ("046", "prescriber"),
    ("047", "prescriber"),
    ("045", "exemption"),
    ("02", "identity"),
    ("03", "exemption"),
    ("29", "duplicate"),
)


@dataclass(frozen=True)
class RejectionCode:
    """A code as payers print it: `code4` is what entity 294 carries, `detail3` what
    the caisses' memos add; `key` is both."""

    code4: str
    detail3: str = ""

    @property
    def key(self) -> str:
        return self.code4 + self.detail3

    def __str__(self):
        return f"{self.code4} {self.detail3}".strip()


@dataclass(frozen=True)
class Reading:
    """What a rejection was read as.

    `category`: a `Category`. `is_patient_allowed`: for this part and person.
    `confidence`: 0-100. `how`: code, label, group, part, none. `why`: the words or the
    code that decided.
    """

    category: Category
    is_patient_allowed: bool
    confidence: int
    how: str
    why: str = ""

    @property
    def action(self) -> str:
        """What to do. What the law forbids to ask of the patient is asked of the
        payer."""
        if self.category.action == BILL and not self.is_patient_allowed:
            return CLAIM
        return self.category.action

    @property
    def is_sure(self) -> bool:
        return self.confidence >= SURE


def normalise_label(label) -> str:
    """Return a label in small letters, without accents or signs save %."""
    text = str(label or "").lower().replace("œ", "oe").replace("æ", "ae")
    split = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in split if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^a-z0-9%]+", " ", bare).split())


def normalise_code(code) -> RejectionCode:
    """Return a code cut into 4 digits and 3; what is none of this shape stays whole.

    Entity 290 has ten characters, 294 has four, memos print "0460 053".
    """
    bare = re.sub(r"[^0-9A-Z]", "", str(code or "").upper())
    if re.fullmatch(r"\d{7}", bare):
        return RejectionCode(bare[:4], bare[4:])
    return RejectionCode(bare)


def patient_allowed(category: Category, part="O", exemption="none") -> bool:
    """Say whether the patient may be asked for a rejected part.

    :param part: "O" AMO, "C" AMC, "" unknown (as AMO)
    :param exemption: of the coverage (none, ald, maternity, at, c2s, ame, other)
    """
    return category.patient and person_may_owe(part, exemption)


def person_may_owe(part="O", exemption="none") -> bool:
    """Say whether the law lets a part be asked of the person at all."""
    if exemption in EXEMPTED_WHOLLY:
        return False
    return part == "C" or exemption not in EXEMPTED


def classify(label, code="", part="O", exemption="none") -> Reading:
    """Read a rejection.

    :param label: as the payer wrote it; its code first, where a file puts it there
    :param part: "O" AMO (or both parts), "C" AMC only
    :param exemption: of the coverage of that day
    """
    name, confidence, how, why = _find(normalise_label(label), code, part)
    category = CATEGORIES[name]
    allowed = patient_allowed(category, part, exemption)
    return Reading(category, allowed, confidence, how, why)


def _find(label, code, part):
    """(category code, confidence, how, why) of a normalised label."""
    read = normalise_code(code)
    if read.detail3 and read.key in CODES:
        return CODES[read.key], BY_CODE, "code", str(read)
    if found := _by_label(label, part):
        return found[0], BY_LABEL, "label", found[1]
    if part != "C":
        for start, name in GROUPS:
            if read.code4.startswith(start) and len(read.code4) == 4:
                return name, BY_GROUP, "group", str(read)
        return "other", UNSURE, "none", ""
    return "amc_other", BY_PART, "part", part


# Labels repeat: a file has thousands of rejections and some dozens of labels.
@lru_cache(maxsize=4096)
def _by_label(label, part):
    for rule in RULES:
        if rule.part and rule.part != part:
            continue
        if found := re.search(rule.pattern, label):
            return rule.category, found.group()
    return None


def find_pattern(label, patterns) -> str:
    """Return the first of a reason's own patterns that a label holds, "" if none.

    :param patterns: lines of plain words; each line must be in the label word by word,
        "…" or "..." between words standing for anything
    """
    text = f" {normalise_label(label)} "
    for line in str(patterns or "").splitlines():
        words = [normalise_label(piece) for piece in re.split(r"…|\.\.\.", line)]
        words = [f" {piece} " for piece in words if piece]
        if words and _in_order(words, text):
            return line.strip()
    return ""


def _in_order(pieces, text):
    start = 0
    for piece in pieces:
        found = text.find(piece, start)
        if found < 0:
            return False
        # the blank that ends a piece may start the next one
        start = found + len(piece) - 1
    return True
