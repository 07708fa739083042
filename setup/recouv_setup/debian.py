"""Debian packages, downloaded with apt and unpacked into our own folder.

Nothing is installed: apt works on private lists and a private cache, so an
ordinary user may do it and the system stays as it was. apt checks the signatures.
The archive's address is the one this machine already uses.
"""

import os
import shutil
from pathlib import Path

from . import child, paths, say

# Without these, what Debian's package of Odoo links to is missing.
ODOO_PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-ocr-b",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-glyphicons-halflings",
)
PROGRAMS = ("wkhtmltopdf", "chromium")
FONTS = ("fonts-dejavu-core", "fonts-liberation")
TOOLS = {
    "wkhtmltopdf": ("wkhtmltopdf", *FONTS),
    "chromium": ("chromium", *FONTS),
    "pip": ("python3-pip-whl",),
}
# The C library of another release beside the machine's own loader crashes.
NEVER_UNPACKED = ("libc6", "libc-bin", "libc-l10n", "locales", "base-files")

_CONF = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
APT::Sandbox::User "root";
APT::Install-Recommends "0";
Acquire::Languages "none";
Acquire::Retries "3";
Debug::NoLocking "1";
Dir::State::lists "{home}/lists/";
Dir::Cache "{home}/cache/";
"""
_CONF_SUITE = """\
Dir::Etc::sourcelist "{home}/sources.list";
Dir::Etc::sourceparts "{home}/none";
"""


class Apt:
    """One private set of package lists: the machine's own suite, or another one."""

    def __init__(self, name, source=None):
        self.home = paths.DEBIAN / name
        for folder in ("lists/partial", "cache/archives/partial", "none"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        conf = _CONF + (_CONF_SUITE if source else "")
        (self.home / "apt.conf").write_text(conf.format(home=self.home))
        if source:
            (self.home / "sources.list").write_text(source)

    def run(self, *args, cwd=None):
        """Run apt-get with our configuration; return its output or raise Problem."""
        command = ["apt-get", "-q", "-c", str(self.home / "apt.conf"), *args]
        env = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        done = child.heard(command, cwd=cwd, env=env)
        log = paths.LOG / "apt.log"
        with log.open("a") as handle:
            handle.write(f"$ {' '.join(command)}\n{done.stdout}\n")
        if done.returncode:
            raise say.Problem(_apt_sentence(done.stdout, args[0], log))
        return done.stdout

    def update(self):
        """Fetch the package lists; one unreachable third source does not matter."""
        output = self.run("update")
        if not any((self.home / "lists").glob("*_Packages*")):
            raise say.Problem(_apt_sentence(output + "Failed to fetch", "update", ""))

    def debian_archive(self):
        """Address of the Debian archive that this machine uses."""
        listing = self.run(
            "indextargets",
            "--format",
            "$(ORIGIN)|$(LABEL)|$(REPO_URI)",
            "Created-By: Packages",
        )
        for entry in listing.splitlines():
            origin, label, address = entry.strip().split("|", 2)
            if origin == label == "Debian":
                return address
        raise say.Problem(
            "This machine's apt knows no Debian archive: "
            "name an Odoo 19 in RECOUV_ODOO."
        )


def _apt_sentence(output, verb, log):
    """Translate what apt printed into one sentence."""
    if "No space left" in output or "not have enough" in output:
        return say.DISK_FULL
    network = (
        "Temporary failure",
        "Could not resolve",
        "Could not connect",
        "Failed to fetch",
        "Connection failed",
        "Unable to connect",
    )
    if any(word in output for word in network):
        return (
            "The Debian archive cannot be reached: connect this machine to the "
            "network (or name an Odoo 19 in RECOUV_ODOO) and start again."
        )
    return f"apt-get {verb} failed; its own words are in {log}."


def require_apt(purpose):
    """Say in one sentence what is missing where there is no apt."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise say.Problem(f"There is no apt-get on this machine, and {purpose}.")


def _unpack(archives, root):
    """Unpack the .deb files into *root*, except what must stay the machine's own."""
    root.mkdir(parents=True, exist_ok=True)
    for archive in sorted(archives):
        if archive.name.split("_")[0] not in NEVER_UNPACKED:
            _dpkg_x(archive, root)


def _dpkg_x(archive, root):
    done = child.heard(["dpkg", "-x", archive, root])
    if done.returncode:
        raise say.Problem(_apt_sentence(done.stdout, f"dpkg -x {archive.name}", ""))


def _machine_apt():
    apt = Apt("machine")
    apt.update()
    return apt


def fetch_odoo():
    """Download Odoo 19 and the files it links to; unpack them into ``ODOO_DEBIAN``."""
    require_apt("RECOUV_ODOO names no Odoo 19 to use instead")
    archive = _machine_apt().debian_archive()
    apt = Apt("unstable", f"deb {archive} sid main\n")
    apt.update()
    folder = apt.home / "cache"
    apt.run("download", *ODOO_PACKAGES, cwd=folder)
    shutil.rmtree(paths.ODOO_DEBIAN, ignore_errors=True)
    _unpack(folder.glob("*.deb"), paths.ODOO_DEBIAN)
    shutil.rmtree(folder)


def missing_tools():
    """Programs that Odoo needs and this machine does not have."""
    return [name for name in PROGRAMS if not shutil.which(name)]


def fetch_tool(name):
    """Unpack a program of ``TOOLS`` with the libraries that this machine lacks."""
    require_apt(f"{name} is missing")
    apt = _machine_apt()
    apt.run("install", "--yes", "--download-only", *TOOLS[name])
    archives = apt.home / "cache" / "archives"
    _unpack(archives.glob("*.deb"), paths.DEBIAN / "root")
    shutil.rmtree(apt.home / "cache")


def wrap_tools(names):
    """Write the launchers of the unpacked programs."""
    for name in names:
        _wrap(name, paths.DEBIAN / "root")


def pip_wheel():
    """Debian's pip wheel: the unpacked one, or the machine's own."""
    wheels = "usr/share/python-wheels/pip-*.whl"
    found = [*paths.DEBIAN.glob(f"root/{wheels}"), *Path("/").glob(wheels)]
    return found[0]


def _wrap(name, root):
    """Write a launcher that runs the unpacked program on its unpacked libraries."""
    patterns = (
        "lib/*-linux-gnu*/lib*.so*",
        "usr/lib/*-linux-gnu*/lib*.so*",
        "usr/lib/*-linux-gnu*/*/lib*.so*",
    )
    libraries = sorted(
        {str(path.parent) for pattern in patterns for path in root.glob(pattern)}
    )
    plugins = next(iter((root / "usr/lib").glob("*/qt5/plugins")), root)
    program = f"{root}/usr/bin/{name}"
    if name == "chromium":
        program = f"{root}/usr/lib/chromium/chromium"
    launcher = paths.BIN / name
    launcher.write_text(
        _LAUNCHER.format(
            libraries=":".join(libraries),
            plugins=plugins,
            fonts=_fonts_conf(root),
            program=program,
            flags=_FLAGS.get(name, ""),
        )
    )
    launcher.chmod(0o755)


# What a browser asks the network for by itself.
_FLAGS = {"chromium": "--disable-component-update --disable-sync --disable-quic"}
_LAUNCHER = """\
#!/bin/sh
export LD_LIBRARY_PATH="{libraries}"
export QT_PLUGIN_PATH="{plugins}" QT_QPA_PLATFORM=offscreen
export FONTCONFIG_FILE="{fonts}"
exec "{program}" {flags} "$@"
"""


def _fonts_conf(root):
    """Write a font configuration that adds the unpacked fonts to the machine's."""
    conf = paths.DEBIAN / "fonts.conf"
    conf.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'
        "<fontconfig>\n"
        '  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n'
        f"  <dir>{root}/usr/share/fonts</dir>\n"
        f"  <cachedir>{paths.DEBIAN}/fontcache</cachedir>\n</fontconfig>\n"
    )
    return conf


def cure_odoo(odoo_root):
    """Put an empty script where this build of Odoo's mail forgot one.

    The error it raises in the browser's console would fail every tour.
    """
    script = Path(odoo_root, "odoo/addons/mail/static/lib/selfie_segmentation")
    script.mkdir(parents=True, exist_ok=True)
    target = script / "selfie_segmentation.js"
    if not target.exists():
        target.write_text("")
