"""The commands. Each first makes sure that everything it needs is there."""

import functools
import signal
import sys

from . import (
    bench as benches,
    child,
    databases,
    debian,
    demo,
    i18n as translations,
    linting,
    odoo,
    paths,
    postgres,
    python_env,
    say,
    screenshots as pictures,
    stage,
    testing,
    wheels as wheel_builder,
)


def provision():
    """Have Odoo, its Python packages, wkhtmltopdf and Chromium."""
    python_env.check_python()
    odoo.root()
    paths.prepare()
    paths.check_space()
    missing = debian.missing_tools()
    for name in missing + (["pip"] if python_env.needs_debian_pip() else []):
        stage.once(
            f"tool-{name}",
            str(paths.DEBIAN),
            f"{name} from Debian",
            functools.partial(debian.fetch_tool, name),
        )
    debian.wrap_tools(missing)
    python_env.ensure()
    odoo.ensure()
    python_env.enter()


def _main(work, usage):
    """Provision, then run *work* with the arguments; return the exit code."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(usage)
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        provision()
        return work(sys.argv[1:])
    except KeyboardInterrupt:
        return 130
    except (say.Problem, OSError) as error:
        return say.fail(error)


def run():
    """setup/run [--no-serve] [--reset] [--port=N]"""
    return _main(demo.run, run.__doc__)


def test():
    """setup/test [add-on ...] [pytest arguments], setup/test --core [Class[.test]]"""
    return _main(testing.run, test.__doc__)


def lint():
    """setup/lint"""
    return _main(linting.run, lint.__doc__)


def i18n():
    """setup/i18n [add-on ...]"""
    return _main(translations.run, i18n.__doc__)


def wheels():
    """setup/wheels"""
    return _main(wheel_builder.run, wheels.__doc__)


def bench():
    """setup/bench [name ...] [--lines N] [--no-peer] [--json]"""
    return _main(benches.run, bench.__doc__)


def screenshots():
    """setup/screenshots [login:name=/path ...]"""
    return _main(pictures.run, screenshots.__doc__)


def shell():
    """setup/shell [--fresh] [--sql] [--odoo] [database] [-- arguments]"""
    return _main(_shell, shell.__doc__)


def _shell(arguments):
    own, rest = arguments, []
    if "--" in arguments:
        cut = arguments.index("--")
        own, rest = arguments[:cut], arguments[cut + 1 :]
    names = [text for text in own if not text.startswith("--")]
    with postgres.server():
        if "--fresh" in own:
            with databases.copy_with(paths.addons()) as database:
                odoo.keep_here(database)
                return _open(own, database, rest)
        return _open(own, names[0] if names else demo.DATABASE, rest)


def _open(options, database, rest):
    """Open what the options ask for on *database* and wait for its end."""
    if not databases.exists(database):
        raise say.Problem(f"There is no database {database}: setup/run makes it.")
    if "--sql" in options:
        command = [postgres.psql(), "-d", database, *rest]
    elif "--odoo" in options:
        command = odoo.command("server", "-d", database, *rest)
    else:
        command = odoo.command(
            "shell", "-d", database, "--no-http", "--log-level=warn", *rest
        )
    return child.run(command, env=odoo.environment(), stdin=None).returncode
