"""``setup/screenshots``: the pictures of the README's guide, taken anew.

Each is one screen of the demonstration as the named user sees it. A further argument
``login:name=/odoo/path`` takes another one into ``.recouv/screenshots``.
"""

import io
from dataclasses import dataclass

from . import child, demo, odoo, paths, postgres, say, stage

FOLDER = paths.ROOT / "recouv_lib" / "static" / "description" / "guide"
PORT = 8079
COLOURS = 128  # a screen needs no more, and the repository stays small
SCREEN = ".o_action_manager .o_action"


@dataclass(frozen=True)
class Shot:
    """One picture: who looks, where, on what he clicks first."""

    name: str
    login: str
    path: str
    clicks: tuple = ()
    shown: str = SCREEN


FORM = ".o_form_view"
FIRST = ".o_data_row .o_data_cell"
DAY = Shot("1-my-day", "secretaire", "/odoo/recouv-day", shown=".o_recouv_day section")
GUIDE = (
    DAY,
    Shot(
        "2-reply",
        "secretaire",
        DAY.path,
        ("[data-section=replies] .o_recouv_row",),
        shown=FORM,
    ),
    Shot("3-claims", "secretaire", "/odoo/recouv-claims"),
    Shot("4-call", "medecin", "/odoo/recouv-calls", shown=".o_recouv_outcomes"),
    Shot(
        "5-collect",
        "secretaire",
        "/odoo/recouv-claims",
        (FIRST, "button[name=action_collect]"),
        shown=".modal .o_form_view",
    ),
    Shot(
        "6-plan",
        "dentiste",
        "/odoo/recouv-plans",
        ("text:.o_data_row .o_data_cell:Échéancier",),
        shown=FORM,
    ),
    Shot("7-dashboard", "kine", "/odoo/recouv-dashboard", shown="canvas"),
)


def run(arguments):
    """Take the pictures of the guide, or those that *arguments* name."""
    shots = [_asked(text) for text in arguments] or GUIDE
    folder = paths.HOME / "screenshots" if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    demo.check_port(PORT)
    with postgres.server(), demo.sinks_options() as options:
        conf = odoo.config("screenshots", http_port=PORT, max_cron_threads=0, **options)
        with stage.lock("demo"):
            demo.ensure(conf)
            _take(conf, shots, folder)
    return 0


def _asked(text):
    """Read ``login:name=/path``."""
    who, _colon, rest = text.partition(":")
    name, _equals, path = rest.partition("=")
    if not (who and name and path.startswith("/")):
        raise say.Problem(f"{text} is not login:name=/path")
    return Shot(name, who, path)


def _take(conf, shots, folder):
    from . import browser  # its packages are there only once they are provisioned

    base = f"http://127.0.0.1:{PORT}"
    log = paths.LOG / "screenshots.log"
    with log.open("w") as handle:
        server = child.start(
            odoo.command("server", "-d", demo.DATABASE, conf=conf),
            cwd=paths.HOME,
            env=odoo.environment(),
            stdout=handle,
            stderr=handle,
        )
    try:
        demo.wait_for(server, PORT, log)
        with browser.started() as page:
            login = None
            for shot in shots:
                if shot.login != login:
                    page.log_in(base, login := shot.login)
                _keep(page, shot, base, folder)
    finally:
        child.stop(server)


def _keep(page, shot, base, folder):
    from PIL import Image

    page.open(base + shot.path, SCREEN if shot.clicks else shot.shown)
    for selector in shot.clicks:
        page.click(selector)
    page.wait(shot.shown)
    picture = Image.open(io.BytesIO(page.picture())).convert("RGB")
    target = folder / f"{shot.name}.png"
    picture.quantize(COLOURS).save(target, optimize=True)
    say.line(f"{shot.name}: {target}")
