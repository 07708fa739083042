"""What a practice brings from its former software: files with rows that are wrong."""

import base64
from collections import deque
from datetime import timedelta

PATIENTS = """\
N° patient;Nom;Prénom;Adresse;CP;Ville;Mobile
D2041;Le Corre;Maëlle;7 rue des Dames;13002;Marseille;0612004101
D2042;Benali;Samir;12 quai du Port;13002;Marseille;
D2043;;;3 rue Caisserie;13002;Marseille;
"""
INVOICES = """\
N° facture;N° patient;Date facture;Montant;Échéance
F26-0931;D2041;{invoiced};184,00;{due}
F26-0932;D2042;{invoiced};62,50;{due}
F26-0933;D2099;{invoiced};95,00;{due}
"""


def bring(desk, day):
    """Import patients and last month's invoices, not due yet, as the manager."""
    days = {
        "invoiced": f"{day - timedelta(days=12):%Y-%m-%d}",
        "due": f"{day + timedelta(days=18):%Y-%m-%d}",
    }
    for name, text in (
        ("patients.csv", PATIENTS),
        ("factures.csv", INVOICES.format(**days)),
    ):
        content = base64.b64encode(text.encode())
        job = desk.manager["recouv.import"].create({"name": name, "file": content})
        job.action_read()
        job.action_start()
        deque(job._run_batches(), maxlen=0)
