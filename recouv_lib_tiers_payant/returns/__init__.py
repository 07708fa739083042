"""Readers and writers of what French caisses and mutuelles send back (NOEMIE, B2).

Plain Python, no Odoo, standard library only. With this folder's parent on the path::

    python -m returns FILE…
"""
