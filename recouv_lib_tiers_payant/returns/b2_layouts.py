"""Records of B2 files: what a practice's software sends to the caisses.

Two variants share the opening, lot and closing records: ``PS`` (professionals), and
``CP`` (establishments), where the invoice number stands elsewhere. Source: public
layouts, the CP ones from the B2 norm of 2005; ``unread`` fields are positions that the
source says nothing of. All records have 128 characters, the first tells the type.
"""

from .layout import Field, read_table
from .noemie_layouts import SENDERS

LENGTH = 128
EXEMPTIONS = {
    "0": "Pas d'exonération",
    "1": "Acte coté K ou KC 60 et plus (seuil)",
    "3": "Soins particuliers exonérés",
    "4": "Affection de longue durée (ALD)",
    "5": "Assuré ou bénéficiaire exonéré",
    "6": "Régimes SNCF et Mines",
    "7": "Prévention",
    "9": "Allocation de solidarité (ASPA)",
    "C": "Exonération CCAM (nature de l'acte ou seuil)",
}
QUALIFIERS = {
    "A": "Dépassement autorisé",
    "B": "Dépassement autorisé et entente directe",
    "D": "Entente directe",
    "E": "Exigence",
    "F": "Déplacement non prescrit",
    "G": "Gratuit",
    "N": "Non remboursable",
}
CONTRACTS = {
    "85": "Sortants de la C2S, gérés par un organisme obligatoire",
    "87": "Sortants de la C2S, gérés par un organisme complémentaire",
    "88": "Aide à la mutualisation (panier de la C2S)",
    "89": "Bénéficiaire de la C2S (ex-CMU complémentaire)",
    "99": "Éclatement du flux autorisé à l'OCT",
}
PATHWAYS = {
    "T": "Médecin traitant",
    "N": "Nouveau médecin traitant",
    "R": "Remplaçant du médecin traitant",
    "O": "Orienté par le médecin traitant",
    "M": "Orienté par un autre médecin",
    "J": "Généraliste récemment installé",
    "B": "Zone sous-médicalisée",
    "D": "Accès direct spécifique",
    "H": "Hors résidence habituelle",
    "U": "Urgence",
    "S": "Hors parcours",
    "A": "Non concerné",
}
SHARED = {
    "SENDERS": SENDERS,
    "EXEMPTIONS": EXEMPTIONS,
    "QUALIFIERS": QUALIFIERS,
    "CONTRACTS": CONTRACTS,
    "PATHWAYS": PATHWAYS,
}
LONG_TYPE = (Field("type", 1, 3, "I", "Type d'enregistrement"),)
TYPE = (Field("type", 1, 1, "I", "Type d'enregistrement"),)
FILE_TABLE = """
000 128 Début de fichier
4-5 A sender_kind Type d'émetteur
    *SENDERS
6-19 I sender Numéro d'émetteur
20-25 A blank Blanc
26-27 A recipient_kind Type de destinataire
28-41 A recipient N° de destinataire
42-47 D received Date de réception du flux sur le frontal
48-49 A application Application
50-55 A identification Identification du fichier
56-61 D created Date de création du fichier
62-65 A norm Norme
66-67 A version Version de la norme
    =B2
68 A blank2 Blanc
69 A blank3 Blanc
70-72 A sesam Zone réservée SESAM
73-82 A blank4 Blanc
83-85 N record_length Longueur d'enregistrement
86-91 A blank5 Blanc
92-128 A message Zone message

999 128 Fin de fichier
4-5 A sender_kind Type d'émetteur
    *SENDERS
6-19 I sender Numéro émetteur
20-25 A blank Blanc
26-27 A recipient_kind Type de destinataire
28-41 I recipient Numéro de destinataire
42-47 A blank2 Blanc
48-49 A application Application
50-55 A identification Identification du fichier
56-63 N volume Volume du fichier
64-82 A blank3 Blanc
83-85 N lots Nombre de lots
86-128 A blank4 Blanc
"""
LOT_TABLE = """
1 128 Début de lot
2-10 I sender N° partenaire de santé + clé
11-16 A origin Origine du fichier
17-19 I payer_body N° d'organisme destinataire
20-22 I lot N° de lot
23-25 A category Catégorie
26-27 A legal_form Statut juridique
28-29 A pricing Mode de fixation des tarifs
30-69 A name Nom ou raison sociale du partenaire de santé
70-71 A norm_version Version de la norme utilisée
72-77 D created Date de création du lot
78 A blank Blanc
79-80 A norm_code Code norme
81 A certification Top certification du lot
    _ B2 non sécurisée, non chiffrée
    S SESAM avec Vitale, sécurisée, chiffrée
    F SESAM sans Vitale, sécurisée, chiffrée
    D SESAM dégradé, chiffré avec CPS, sans vitale
82-87 I version Numéro de version de norme
88 A currency Unité monétaire de facturation
    _ Franc
    E Euro
    U Unique (Euro)
89-90 A pivot_scheme Grand régime de la caisse pivot
91-93 A pivot_caisse N° de la caisse pivot
94 A centralised Indication de dispositif Caisse Centralisatrice des Paiements
95-128 A blank2 Blanc

6 128 Fin du lot
2-10 I sender N° partenaire de santé + clé
11-13 N invoices Nombre de factures
14-17 N lines Nombre de lignes actes
18-21 N headers Comptabilisation des enregistrements des types 2
22-24 N closings Total de tous les enregistrements de type 5
25-33 M total Total du lot facturé
34-42 M amo Total du lot remboursable par l'assurance maladie
43-51 M amc Total du lot remboursable par les organismes complémentaires
52-54 I lot N° de lot
55 A marking Indicateur de marquage des factures du lot
    R Factures réelles
    T Factures tests
    D Factures démonstrations
56 A invoice_kind Type de facture
    _ Hors SESAM
    F SESAM ou SESAM dégradé
57-60 A blank Blanc
61-72 A approval N° agrément progiciel de santé
73-84 A portable_approval N° agrément du dispositif portable
85-87 A blank2 Blanc
88-96 I replacement N° d'identification du PS remplaçant
97-128 A certification Zone de certification

3 128 Prestation d'hospitalisation
2-10 I sender N° du partenaire de santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-29 I rank Rang du bénéficiaire
30-38 I invoice_number N° facture ou n° de titre
39-40 I treatment Mode de traitement
41-43 I discipline Discipline de prestations
44-49 D care_date Date de début de séjour
50-55 D care_end Date de fin de séjour
56-60 A act Code acte
61-63 N quantity Quantité d'actes
64 A exemption Justification d'exonération au niveau de l'acte
    *EXEMPTIONS
65-69 C coefficient Coefficient
70 A daily_fee Prise en charge du forfait journalier
71-75 N stay_coefficient Coefficient MCO, HAD ou SMR (dix-millièmes)
76-82 M unit_price Prix unitaire
83-90 M base Base de remboursement
91-93 N rate Taux applicable à la prestation
94-101 M amo Montant remboursable par la caisse
102-109 M fee Montant total de la dépense
110-113 I ghs N° de GHS, de GHT ou de GMT
114-116 N funding_rate Taux de financement
117 A participation Code participation assuré
118-119 A blank2 Blanc
120 A qualifier Qualificatif de la dépense
    *QUALIFIERS
121 A domain Domaine d'activité
122-128 M amc Montant remboursable par l'organisme complémentaire

4S 128 Suite de l'entête de la facture
2-10 I sender N° partenaire de santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-35 I invoice_number N° facture
36 A complement Complément de type
    =S
37-38 N sequence Séquence
39 A practice Condition d'exercice de l'exécutant
    L Libéral
    S Salarié
40 A blank2 Blanc
41-47 M theoretical_base Base de remboursement théorique
48 A blank3 Blanc
49-54 D agreement_date Date de la demande d'accord préalable
55 I agreement Code accord préalable
    0 Pas de réponse de la caisse dans le délai réglementaire
    4 Réponse favorable
    5 Notion d'urgence
    9 Acte non soumis à accord préalable
56-64 A replacement N° de remplaçant
65-70 A replacement_complement Complément au n° de remplaçant
71 A amo_forced Forçage de la tarification de la part AMO
72-85 I place Lieu d'exécution de l'acte
86-99 I network Identification de la filière ou du réseau
100 A amc_forced Forçage de la tarification de la part AMC
101-105 I package N° d'ordre du forfait technique
106-119 I device N° de l'appareil
120-123 I ghs N° de GHS ou de GHT
124 I domain Domaine court séjour
125-128 A blank4 Blanc

4M 128 Détail des actes CCAM
2-10 I sender N° partenaire de santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-35 I invoice_number N° facture
36 A complement Complément de type
    =M
37-38 N sequence Séquence
39-42 A sesam Réservé SESAM
43-55 A ccam Code de l'acte
56 A extension Code extension documentaire
57 A activity Code activité
58 I phase Code phase de traitement
59 A modifier1 Code modificateur 1
60 A modifier2 Code modificateur 2
61 A modifier3 Code modificateur 3
62 A modifier4 Code modificateur 4
63 A association Code association d'actes non prévue
    1 Même voie d'abord ou même technique ou même sextant
    2 Voies d'abord différentes ou techniques différentes ou sextants différents
    3 Association de plus de 4 actes pour tous les codes activités
    4 Activité d'anesthésie
64 A exceptional Code remboursement exceptionnel
    O Oui
    N Non
65-70 D session_date Date de chaque séance de la phase de traitement
71-72 A tooth1 N° de la dent 1
73-74 A tooth2 N° de la dent 2
75-76 A tooth3 N° de la dent 3
77-78 A tooth4 N° de la dent 4
79-80 A tooth5 N° de la dent 5
81-82 A tooth6 N° de la dent 6
83-84 A tooth7 N° de la dent 7
85-86 A tooth8 N° de la dent 8
87-88 A tooth9 N° de la dent 9
89-90 A tooth10 N° de la dent 10
91-92 A tooth11 N° de la dent 11
93-94 A tooth12 N° de la dent 12
95-96 A tooth13 N° de la dent 13
97-98 A tooth14 N° de la dent 14
99-100 A tooth15 N° de la dent 15
101-102 A tooth16 N° de la dent 16
103 A supplement Supplément de charge
    C Supplément de charge pour activité en cabinet demandé
104 A modifier_oc1 Code modificateur OC 1
105 A modifier_oc2 Code modificateur OC 2
106-107 A blank2 Blanc
108-128 A blank3 Blanc
"""
PS_TABLE = """
2 128 Début facture
2-10 I sender N° du partenaire santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-35 I invoice_number N° facture
36 A complement Complément du type
37 A marking Marquage de la facture
38 A amo_forced Forçage de la tarification de la part AMO
39 I operation Nature d'opération
40-45 D date Date de facturation
46 A split Top éclatement des flux par le PS
    E Éclatement du flux SESAM Vitale par le PS, avec génération d'une DRE
    F Éclatement du flux par le PS, hors SESAM Vitale
47 A invoice_kind Type de facture
    _ Hors SESAM
    F SESAM ou SESAM dégradé
48 A portable Facture établie sur un dispositif portable
49-50 I regime Code Grand Régime
51-53 I caisse N° Caisse gestionnaire
54-57 I centre N° Centre gestionnaire
58 I rights_proof Nature de la pièce justificative des droits
59-67 I prescriber N° prescripteur + clé
68-73 D prescribed Date de prescription
74-76 A benefit_scheme Régime de prestation de l'assuré
77-78 I insurance Nature d'assurance
    10 Maladie
    13 Maladie régime local (Alsace - Moselle)
    30 Maternité
    41 Accident du travail
    90 Prévention maladie
79 A exemption Justification d'exonération du ticket modérateur
    *EXEMPTIONS
80-85 D maternity Date Maternité
86-94 I accident N° d'accident du travail ou date d'accident de droit commun
95 I replacement Présence d'une CPS de remplaçant
96-101 D birth Date de naissance du bénéficiaire
102 I birth_rank Rang de naissance
103-104 A rank Rang de bénéficiaire
105-112 A member_number N° d'adhérent
113-114 I prescriber_specialty Spécialité de prescripteur
115-116 I mode Destinataire du règlement
    00 Hors tiers payant : règlement à l'assuré
    05 Tiers payant, part obligatoire seule (exonération comprise)
    15 Tiers payant intégral (parts RO et RC)
    25 Tiers payant, part complémentaire seule
    10 Soins AT en consultation externe (régime général)
    06 Tiers payant intégral, régimes SNCF ou Mines
117-118 I contract Type de contrat souscrit auprès d'un organisme complémentaire
    *CONTRACTS
119-128 A amc_number N° d'organisme complémentaire

2S 128 Suite de l'en-tête de la facture
2-10 I sender N° du partenaire santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-35 I invoice_number N° facture
36 A complement Complément du type
    =S
37-49 A blank2 Blanc
50-62 A own_nir N° immatriculation individuel
63-64 I own_nir_key Clé du N° immatriculation
65-70 I opposition_list Référence de la liste d'opposition
71-128 A blank3 Blanc

2M 128 Suite de l'en-tête de la facture
2-10 I sender N° du partenaire santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-35 I invoice_number N° facture
36 A complement Complément du type
    =M
37-46 A amc_number N° d'organisme complémentaire
47-48 A routing Code routage destinataire AMC
49-51 A host Identifiant de l'hôte destinataire AMC
52-71 A blank2 Blanc
72-86 A member_number Identifiant AMC fourni par l'organisme complémentaire
87-93 A blank3 Blanc
94 A amc_forced Code forçage de la tarification de la part AMC
    _ Pas de forçage
95 A sts_module Type du module STS
    R Régime AMO
    U CMU
    M FMF / FNMF
    8 CTIP
    4 FFSA
96-99 A sts_version N° de version du module STS
100-101 A amc_routing Code routage AMC
102-104 A amc_host Identifiant hôte AMC
105-124 A domain Nom de domaine
125-126 A handling Indicateur de traitement
127-128 A application Code application AMC

2P 128 Suite de l'en-tête de la facture
2-10 I sender N° du partenaire santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-35 I invoice_number N° facture
36 A complement Complément du type
    =P
37-46 A operator N° d'opérateur de règlement
47-80 A convention Contexte conventionnel AMC
81-128 A blank2 Blanc

4 128 Prestations réglées au partenaire de santé ou à l'assuré
2-10 I sender N° partenaire de santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-35 I invoice_number N° facture
36 A complement Complément de type
37-38 N sequence Séquence
39-40 I treatment Mode de traitement
41-43 I discipline Discipline de prestations
44-49 D agreement_date Date de demande d'accord préalable ou d'accord CMU
50 I agreement Code accord préalable
    0 Pas de réponse de la caisse dans le délai réglementaire
    4 Réponse favorable
    5 Notion d'urgence
    9 Acte non soumis à accord préalable
51-52 A renewal Séquence de renouvellement
53 A blank2 Blanc
54 A exemption Justification d'exonération au niveau de l'acte
    *EXEMPTIONS
55-63 I performer N° exécutant + clé ayant effectué l'acte ou fourni le produit
64-65 I zone Zone tarif de l'exécutant
66-67 I specialty Spécialité de l'exécutant
68-73 D care_date Date de l'acte, de la délivrance du produit
74-78 A act Code acte
79-80 N quantity Quantités d'actes
81-86 C coefficient Coefficient
87-88 N units Dénombrement
89-95 M unit_price Prix unitaire
96-102 M base Base de remboursement
103-105 N rate Taux applicable à la prestation
106-112 M amo Montant remboursable par l'organisme d'Assurance Maladie
113-119 M fee Honoraires ou dépense, dépassement compris
120 A qualifier Qualificatif de la dépense
    *QUALIFIERS
121 I place Code lieu
    0 Actes effectués au cabinet du partenaire de santé
    1 Actes effectués au domicile du malade (ou transports)
122-128 M amc Montant remboursable par l'organisme complémentaire

5 128 Totalisation de la facture
2-10 I sender N° du partenaire santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-35 I invoice_number N° facture
36-38 A blank2 Blanc
39-41 N lines Nombre d'enregistrements de Type 4
42-57 A sesam Zone réservée SESAM
58-65 M total Total des montants facturés
66-73 M amo Total remboursable par la Caisse
74-81 M before_amc Participation de l'assuré avant celle de l'organisme complémentaire
82-89 M amc Total remboursable par l'organisme complémentaire
90 A split Top éclatement des flux par l'OCT
    A Il y a eu un éclatement du flux par un OCT
    _ Il n'y a pas eu d'éclatement ni de demande de remboursement AMC
91-93 A sesam2 Zone réservée SESAM
94 A opposition Liste d'opposition
95-96 A blank3 Blanc
97-128 A certification Zone de certification
"""
CP_TABLE = """
2 128 Début facture (établissement)
2-10 I sender N° FINESS du partenaire de santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-29 I rank Rang du bénéficiaire
30-38 I invoice_number N° facture ou n° de titre
39 I operation Nature d'opération
40-48 I entry_number N° d'entrée
49-50 I regime Code Grand Régime
51-53 I caisse N° Caisse gestionnaire
54-57 I centre N° Centre gestionnaire
58 I rights_proof Nature de la pièce justificative des droits
59-64 D agreed Prise en charge établie le
65-70 D valid_from Support de droits valable à compter du
71-73 I issued_by Délivrée par
74-76 I benefit_scheme Régime de prestation de l'assuré
77-78 I insurance Nature d'assurance
    10 Maladie
    13 Maladie régime local (Alsace - Moselle)
    30 Maternité
    41 Accident du travail
    90 Prévention maladie
79 A exemption Justification d'exonération du ticket modérateur
    *EXEMPTIONS
80-85 D hospitalised Date de l'hospitalisation
86-94 I accident N° d'accident du travail ou date d'accident de droit commun
95 A split Top éclatement des flux par l'établissement
96-101 D birth Date de naissance du bénéficiaire
102 I birth_rank Rang de naissance
103-108 D entered Date d'entrée
109-114 D left Date de sortie
115-116 I left_hour Heure de sortie
117-118 I contract Type de contrat souscrit auprès d'un organisme complémentaire
    *CONTRACTS
119-128 A amc_number N° d'organisme complémentaire

2S 128 Suite de l'en-tête de la facture (établissement)
2-10 I sender N° FINESS du partenaire de santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-35 I invoice_number N° facture ou n° de titre
36 A complement Complément de type
    =S
42-47 A title_complement Complément au titre de recette
112-120 I attending_doctor N° du médecin traitant
121 A pathway Indicateur de parcours de soins
    *PATHWAYS

3S 128 Suite d'une prestation d'hospitalisation
2-10 I sender N° FINESS du partenaire de santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-29 I rank Rang du bénéficiaire
30-38 I invoice_number N° facture ou n° de titre
39 A complement Complément de type
    =S
40-41 N sequence Séquence
42-50 I prescriber N° prescripteur
51 A practice Condition d'exercice du prescripteur
    L Libéral
    S Salarié
52-53 I prescriber_specialty Spécialité du prescripteur
54-59 D prescribed Date de prescription
60-65 D agreement_date Date de demande d'accord préalable
66 I agreement Code accord préalable
67-80 I place Lieu d'exécution de l'acte
81 A interruption Nature d'interruption ou de fin de séjour
82-95 I network Identification de la filière ou du réseau
96-100 I package N° d'ordre du forfait technique
101-114 I device N° de l'appareil
115 A prescription_origin Origine de la prescription

4 128 Prestation (établissement)
2-10 I sender N° FINESS du partenaire de santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-29 I rank Rang du bénéficiaire
30-38 I invoice_number N° facture ou n° de titre
44-52 I prescriber N° prescripteur
57-65 I performer N° exécutant
66-67 I zone Zone tarif
68-69 I specialty Spécialité de l'exécutant
70-75 D care_date Date de l'acte
76-80 A act Code acte
81-82 N quantity Quantité
83-88 C coefficient Coefficient
89-90 N units Dénombrement
91-97 M unit_price Prix unitaire
98-104 M base Base de remboursement
105-107 N rate Taux applicable à la prestation
108-114 M amo Montant remboursable par l'assurance maladie
115-121 M fee Honoraires ou dépense
122 A qualifier Qualificatif de la dépense
    *QUALIFIERS
123-128 M amc Montant remboursable par l'organisme complémentaire

4E 128 Identifiants RPPS d'une prestation
2-10 I sender N° FINESS du partenaire de santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-35 I invoice_number N° facture ou n° de titre
36 A complement Complément de type
    =E
37-38 N sequence Séquence
39-49 A prescriber_rpps RPPS du prescripteur
64-74 A performer_rpps RPPS de l'exécutant
75-88 A place FINESS du lieu d'exécution

5 128 Totalisation de la facture (établissement)
2-10 I sender N° FINESS du partenaire de santé
11 A blank Blanc
12-24 A nir N° immatriculation assuré
25-26 I nir_key Clé du N° immatriculation
27-29 I rank Rang du bénéficiaire
30-38 I invoice_number N° facture ou n° de titre
39-41 N lines Nombre d'enregistrements de types 3 et 4
42-49 M stay_base Base de remboursement du séjour
50-57 M stay_amo Part AMO du séjour
58-65 M fees Honoraires
66-73 M fees_amo Part AMO des honoraires
74-81 M before_amc Participation de l'assuré
82-89 M stay_amc Part AMC du séjour
90-97 M fees_amc Part AMC des honoraires
115-122 M total Total facturé
"""
_FILE = read_table(FILE_TABLE, SHARED, LONG_TYPE)
_LOT = _FILE | read_table(LOT_TABLE, SHARED, TYPE)
#: layouts by variant, then by type
VARIANTS = {
    "PS": _LOT | read_table(PS_TABLE, SHARED, TYPE),
    "CP": _LOT | read_table(CP_TABLE, SHARED, TYPE),
}
