"""Entities of NOEMIE-PS return files, as positions say them.

Source: public layouts (2007), free of gaps and overlaps; the two first fields of each
entity (type and break level) and its final delimiter ``@`` are understood. Later
versions may have longer or further entities: the reader keeps what it does not know.
"""

from .layout import Field, read_table

#: who sends or receives (000 and 999, positions 4-5 and 26-27)
SENDERS = {
    "AN": "Assemblée nationale",
    "BF": "Banque de France",
    "CC": "Cultes",
    "CE": "CRPCEN (clercs et employés de notaires)",
    "CF": "SNCF",
    "CI": "Chambre de commerce de Paris",
    "CM": "CNMSS",
    "CP": "CPAM",
    "CR": "CRAM",
    "CS": "Centre de service complémentaire (AMC)",
    "CT": "Centre de traitement informatique (régime général)",
    "EN": "ENIM",
    "MA": "MSA",
    "OC": "Organisme complémentaire (AMC)",
    "OT": "Organisme concentrateur technique (OCT)",
    "PB": "Port autonome de Bordeaux",
    "RM": "Mines",
    "RP": "RATP",
    "SE": "Sénat",
    "SI": "Autres émetteurs (SCP…)",
    "SM": "Section de mutuelle nationale",
    "SR": "Centre informatique régional (indépendants)",
    "TE": "Établissements",
    "TP": "Autres partenaires de santé",
}
DELIMITER = "@"
OPENING = (
    Field("type", 1, 3, "I", "Type d'enregistrement"),
    Field("depth", 4, 5, "N", "Niveau de rupture"),
)
TABLE = """
020 21 Mandataire
6-20 I payee Numéro de destinataire de règlement

040 21 Destinataire de règlement
6-20 I payee Numéro de destinataire de règlement

070 12 Date comptable
6-11 D day Date de la journée comptable

071 86 Date comptable et référence du virement
6-11 D day Date de la journée comptable ou date d'émission du virement
12-43 A label1 Libellé du virement - ligne 1
44-75 A label2 Libellé du virement - ligne 2
76-85 A payer_body Organisme payeur

080 15 Lot
6-11 D created Date de constitution du lot
12-14 I lot Numéro de lot

081 22 Type de retour
6-7 I return_kind Code du type de retour
    01 Retours sur prestations transmises en flux électroniques
    02 Retours sur prestations en facturation papier
    03 Paiements ponctuels ou forfaitaires
    04 Rappels sur prestations
    05 Retenues
8-21 A place Numéro du lieu d'exécution de l'acte

100 15 Facture
6-14 I invoice_number Numéro de facture

102 40 Facture
6-14 A invoice_number N° de facture
15-20 A complement Complément au n° de facture
21-23 A lot N° de lot
24-29 D lot_date Date de création du lot
30 A invoice_kind Type de facture
    A Flux AMC
    B Flux B2 ou SESAM dégradé
    D DRE
    F FSE
    P Facture papier AMO ou AMO + AMC
    C Facture papier AMC
    E Rappel sur prestations
    R Réservé pour les échanges inter-centres de traitement - rejeté
    L Réservé pour les échanges inter-centres de traitement - liquidé
31-36 D invoice_date Date de facturation
37 A amc_handling Traitement effectué sur la part AMC
    N Envoi de l'image décompte en noemie 1 suite à TP sur la part AMC
    V Ordre de virement distinct pour la part AMO et la part AMC
    C Paiement coordonné (CMU, référent, noemie 3...)
    E Éclatement sur le poste
    A Éclatement par un OCT
    F Éclatement par un OCT
    _ Pas de traitement de la part AMC
38-39 A insurance Nature d'assurance

103 152 Assuré et bénéficiaire
6-18 A nir N° immatriculation
19-20 I nir_key Clé du numéro d'immatriculation
21-45 A birth_name Nom patronymique
46-70 A used_name Nom d'usage
71-85 A first_name Prénom
86-98 A own_nir N° immatriculation individuel
99-100 I own_nir_key Clé du numéro d'immatriculation individuel
101-106 D birth Date de naissance
107 I birth_rank Rang de naissance
108-132 A patient_name Nom
133-147 A patient_first_name Prénom
148-151 I unit Unité de gestion de rattachement

110 88 Assuré
6-18 A nir Numéro de sécurité sociale
19-20 I nir_key Clé du numéro de sécurité sociale
21 A name_kind Nature du nom
    M Marital
    P Patronymique
    U Usage
22-46 A name Nom du bénéficiaire
47-72 A blank Blanc
73-87 A first_name Prénom du bénéficiaire

120 57 Malade
6-11 D birth Date de naissance du bénéficiaire
12 A birth_rank Rang du bénéficiaire
13-37 A name Nom du malade
38-52 A first_name Prénom du malade
53-56 A unit Unité de gestion de rattachement

150 8 Nature d'assurance
6-7 A insurance Nature de l'assurance
    AS Maladie
    AT Accident du travail
    AM Maternité

160 23 Critère d'archivage
6-22 I archive_number Numéro d'archivage

198 24 Part AMO
6-13 M asked Montant AMO demandé
14 A state État paiement part AMO
    P Payé
    R Rejeté
    D Différé
    _ Pas de traitement de cette part
15-22 M paid Montant AMO payé
23 A sign Signe du montant AMO payé
    N Négatif
    P Positif

199 49 Part AMC
6-13 M asked Montant AMC demandé
14 A state État paiement part AMC
    P Payé
    R Rejeté
    D Différé
    _ Pas de traitement de cette part
15-22 M paid Montant AMC payé
23 A sign Signe du montant AMC payé
    N Négatif
    P Positif
24-33 A amc_number N° AMC destinataire
34-48 A member_number N° identification AMC de l'adhérent

210 118 Acte professionnel
6-7 N line N° de ligne
8-9 I scheme_code Code gestion technique pour régime
10 A exemption Justification pour exonération
11-12 I treatment Mode de traitement
13-15 I discipline Discipline médico-tarifaire
16-21 D prescribed Date de prescription d'un acte
22-27 D care_date Date des soins ou date début
28-33 D care_end Date de fin de soins
34-41 M unit_price Prix unitaire d'un acte
42-49 M base Base de remboursement d'un acte
50-52 N rate Taux de remboursement
53-60 M paid Montant remboursé
61 A sign Signe de l'acte
    N Négatif
    P Positif
62-64 A act Nature de la prestation
65-66 A act_complement Code complémentaire à la nature d'acte
    E Examen, expertise
    F Majoration jour férié
    N Majoration de nuit
    P Présent
    S Sortie
    T Transfert
67-69 N quantity Quantité d'actes
70-74 C coefficient Coefficient de l'acte
75-77 N units Dénombrement des actes
78-85 M expense Montant de la dépense
86-87 A qualifier Qualificatif de la dépense
    AT Tiers payant AT
    DD Dépassement non prescrit
    DE Dépassement exigence
    DF Dépassement Fortune
    DP Dépassement permanent
    ED Entente directe
    GR Gratuit
    NR Non remboursable
    S Honoraires globalisés, suite
    TM Ticket modérateur seul
88-90 N local_rate Taux complémentaire Alsace/Moselle
91-98 M local_paid Montant complémentaire Alsace/Moselle
99-101 N amc_rate Taux part complémentaire Mutuelle
102-109 M amc_paid Montant part complémentaire
110-117 M amc_base Base remboursement Mutuelle

250 47 Mouvement financier - retenue
6-7 N line Numéro de ligne pour noemie
8-17 A reference Référence de la dette
18-23 D registered Date d'enregistrement de la dette
24-26 A nature Nature de la dette
    ACC Acompte sur prestations
    AFF Affranchissement
    API Acompte caisse centralisatrice des paiements
    APR Avance sur prestations
    IEC Indu suite à erreur comptable
    IND Indu sur prestations
    IPH Indu sur avance pharmacie
    IPI Créance non gérée par caisse gestionnaire
    ISP Impayé mandat ou virement solde
    ODL Opposition interne paiement en double
    OID Opposition interne diverse
    REL Reliquat
    VMI Virement ou mandat impayé
27-29 A operation Nature des opérations de récupération
    ANT Annulation totale
    CIN Constat initial
    LOP Main levée d'opposition partielle
    LOT Main levée d'opposition totale
    NVP Admission en non valeur partielle
    NVT Admission en non valeur totale
    PAI Paiement
    PPR Passage en profit
    RAS Remboursement à l'assuré
    RDP Remise de dette partielle
    RDS Remise de dette < seuil
    RDT Remise de dette totale
    REL Rectification d'un élément signalétique
    RMO Rectification d'un montant
    RPR Retenue sur prestation
30-37 M amount Montant du mouvement financier
38 A sign Signe de l'acte
    N Négatif
    P Positif
39-46 M balance Montant du solde d'une dette

261 19 Paiements ponctuels ou forfaitaires
6-10 I code Code paiement ponctuel ou forfaitaire
11-18 M amount Montant paiement ponctuel ou forfaitaire

262 134 Détail paiement ponctuel ou forfaitaire
6-10 A code Codification
11-90 A label Libellé associé
91-103 A nir N° d'immatriculation
104-105 I nir_key Clé du numéro d'immatriculation
106-111 D birth Date de naissance
112 I birth_rank Rang de naissance
113 A period Période
    H Hebdo
    M Mensuel
    T Trimestriel
    S Semestriel
    A Annuel
    P Ponctuel
114-119 D date_from Date début période
120-125 D date_to Date fin période
126-133 M amount Montant

290 98 Rejet ou signalement
6-7 N line N° de ligne
8-17 A code Codification
18-97 A label Libellé

294 153 Ligne rejet
6-9 A code Codification du rejet
10-95 A label Libellé du rejet
96 A level Niveau de rejet
    F Facture
    L Ligne de prestation
    A Code affiné
97 A part Part concernée
    O Part obligatoire ou part obligatoire + complémentaire
    C Part complémentaire
98-102 A act Nature de prestation concernée
103-108 D care_date Date des soins
109-117 I performer N° exécutant
118-120 N line N° de ligne
121-122 N rank Rang du rejet
123-152 A extra Information complémentaire sur le rejet

295 135 Ligne commentaire
6 A code Code commentaire
7-134 A text Commentaire

990 43 Entité de contrôle
6-22 A identification Identification du niveau de rupture
23-30 N count Compteur du niveau inférieur dans la hiérarchie
31-41 M total Cumul des montants de niveau inférieur
42 A sign Signe de l'acte
    N Négatif
    P Positif
"""
LAYOUTS = read_table(TABLE, {"SENDERS": SENDERS}, OPENING, len(DELIMITER))
# the first and the last record fill a physical record and have no delimiter
LAYOUTS |= read_table(
    """
000 128 En-tête
4-5 A sender_kind Type d'émetteur
    *SENDERS
6-19 I sender Numéro d'émetteur
20-25 A sender_program Programme émetteur
26-27 A recipient_kind Type de destinataire
    *SENDERS
28-41 A recipient Numéro de destinataire
42-47 A recipient_program Programme destinataire
48-49 A application Application-type d'échange
50-55 A identification Identification du fichier
56-61 D created Date de création du fichier
62-65 A reference Norme utilisée - référence de l'échange
66-67 A version Version utilisée
68 A compression Compactage
69 A encryption Cryptage
    O Oui
    N Non
70 A currency Unité monétaire
    U Euro
71 A flow Type de flux
    _ Réel
    R Réel
    T Test
    D Démo
72-82 A blank Blanc
83-85 N record_length Longueur d'enregistrement
86-91 A password Mot de passe
92-128 A message Zone message

999 128 Fin de fichier
4-5 A sender_kind Type d'émetteur
    *SENDERS
6-19 I sender Numéro d'émetteur
20-25 A sender_program Programme émetteur
26-27 A recipient_kind Type de destinataire
    *SENDERS
28-41 A recipient Numéro de destinataire
42-47 A recipient_program Programme destinataire
48-49 A application Application-type d'échange
50-55 A identification Identification du fichier
56-63 N records Nombre d'enregistrements
64 A flow Type de flux
    _ Réel
    R Réel
    T Test
    D Démo
65-82 A blank Blanc
83-85 N lots Nombre de lots
86-96 M total Cumul des montants du fichier
97 A sign Signe du montant du fichier
    N Négatif
    P Positif
98-108 M other_total Cumul des montants du fichier dans l'autre monnaie
109-128 A blank2 Blanc
""",
    {"SENDERS": SENDERS},
    OPENING,
)
