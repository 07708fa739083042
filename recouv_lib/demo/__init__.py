"""The demonstration: invented practices, patients and invoices, and weeks of relance.

Nothing here is imported by the add-on. ``setup/run`` calls :func:`play.prepare`, then
:func:`play.play`; so may whoever wants the same on an empty database::

    from odoo.addons.recouv_lib.demo.play import prepare, play
    prepare(env)
    play(env)

Every person is invented; phone numbers are of the ranges kept for fiction, e-mails of
``example.com``, IBANs the ones of textbooks.
"""
