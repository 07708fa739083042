"""What a machine needs to run, test and package the add-ons.

One module per thing that has to be there:

=============== =====================================================
``paths``       where everything lies; the one ignored folder
``say``         progress lines, and errors as one sentence
``debian``      Debian packages unpacked privately, nothing installed
``python_env``  the virtual environment
``odoo``        which Odoo, its configuration, running it
``postgres``    which PostgreSQL, the private cluster
``databases``   template databases, copies, dropping them
``testing``     ``setup/test``
``demo``        ``setup/run``
``sinks``       a mail server and an SMS provider that keep everything
``cli``         the commands
=============== =====================================================

Only the standard library is used until the virtual environment stands; the
commands then continue inside it.
"""
