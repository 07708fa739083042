"""The demonstration of third-party payers, on the practices of ``recouv_lib``'s own.

Nothing here is imported by the add-on. ``setup/run`` calls :func:`play.prepare`,
:func:`play.play` and :func:`play.table` after those of ``recouv_lib``. Patients and
their social-security numbers are invented.
"""
