"""Readers and writers of what French caisses and mutuelles send back (NOEMIE, B2).

Plain Python, no Odoo, standard library only. With this folder's parent on the path::

    python -m returns FILE…

prints any such file. In code, all readers take a binary stream and give what they read
as they read it, whatever is in it:

- ``noemie.answers(stream, day)``: payments, answers to invoices, rejections (`objects`)
- ``pyxvital.answers(stream, day)``: the same, of Pyxvital's results (not verified)
- ``b2.sent(stream, day)``: lots and invoices as they were sent
- ``entities.typed(stream)``, ``b2.rows(stream)``: every entity with its fields; their
  places cover the file without gap
- ``writing.NoemieWriter``, ``b2_writing.B2Writer``: files, for tests and demonstrations
- ``detect.detect(opening)``: which kind of file it is
"""
