"""What readers report about a file, in French, by code."""

#: code of a `Control` → sentence over its values; amounts are in cents (see `say`)
CONTROLS = {
    "total_990": (
        "Total {identification} : {announced} annoncés, {computed} lus dans ce virement"
    ),
    "count_990": "Compteur {identification} : {announced} annoncés, {counted} lus",
    "total_999": "Total du fichier : {announced} annoncés, {computed} lus",
    "records_999": "Enregistrements : {announced} annoncés, {counted} lus",
    "lots_999": "Lots : {announced} annoncés, {counted} lus",
    "invoices_6": "Factures du lot {lot} : {announced} annoncées, {counted} lues",
    "lines_6": "Lignes du lot {lot} : {announced} annoncées, {counted} lues",
    "total_6": "Total du lot {lot} : {announced} annoncés, {computed} lus",
    "amo_6": "Part AMO du lot {lot} : {announced} annoncés, {computed} lus",
    "amc_6": "Part AMC du lot {lot} : {announced} annoncés, {computed} lus",
    "lines_5": "Lignes de la facture {invoice} : {announced} annoncées, {counted} lues",
    "total_5": "Total de la facture {invoice} : {announced}, ses lignes {computed}",
    "no_5": "Facture {invoice} sans total (type 5) : sommes de ses lignes",
    "no_6": "Lot {lot} sans fin (type 6)",
    "alone": "Enregistrement de type {type} hors d'une facture",
    "unverified": "Profil B2-retour non vérifié : à contrôler avant emploi",
    "unverified_pyxvital": "Format Pyxvital non vérifié : à contrôler avant emploi",
    "date_order": "Ordre des dates incertain : {order} retenu",
    "record_length": "Enregistrements de {found} caractères au lieu de 128",
    "length": "Entité {type} de {found} caractères au lieu de {expected}",
    "unknown": "Entité {type} inconnue, gardée telle quelle",
    "delimiter": "Entité {type} sans son délimiteur @",
    "truncated": "Entité {type} coupée par la fin du fichier",
    "number": "Entité {type} : « {field} » n'est pas un nombre",
    "sign": "Entité {type} : signe {sign} inconnu, montant compté positif",
    "flag": "Indicateur de chaînage abîmé",
    "answer_cut": "Facture {invoice} : réponse coupée par la fin du fichier, "
    "rien n'en est appliqué",
    "no_header": "Fichier sans en-tête (000)",
    "no_trailer": "Fichier sans fin (999) : il est sans doute incomplet",
    "junk": "{size} octets qui ne sont pas une entité",
    "orphan": "Entité {type} sans facture ni lot",
    "contradiction": "Facture {invoice} : part {part} répondue deux fois",
}
#: values that are money
MONEY = ("total_990", "total_999", "total_6", "amo_6", "amc_6", "total_5")


def euros(cents):
    """*cents* as French money, without currency."""
    text = f"{abs(cents) // 100:,}".replace(",", "\u202f")
    return f"{'-' if cents < 0 else ''}{text},{abs(cents) % 100:02d}"


def say(control):
    """The French sentence of a `Control`."""
    values = dict(control.values)
    if control.code in MONEY:
        for name in ("announced", "computed"):
            values[name] = f"{euros(values[name])} €"
    return CONTROLS[control.code].format(**values)
