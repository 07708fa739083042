import contextlib
import io
import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from ..returns import cli
from ..returns.b2_writing import B2Writer
from ..returns.detect import STRANGERS, NotAReturn, detect
from ..returns.objects import NOEMIE576
from .returns_common import MADE, ReturnsCase

ADDON = Path(cli.__file__).parents[1]


@tagged("post_install", "-at_install")
class TestReturnsCli(ReturnsCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def path(self, data, name="file"):
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def run_on(self, data, *options):
        """(exit code, what was printed, what was complained about)."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stderr(err):
            arguments = [self.path(data), "--day", "2026-03-05", *options]
            code = cli.main(arguments, out)
        return code, out.getvalue(), err.getvalue()

    def sent_file(self):
        out = B2Writer(MADE)
        out.lot("001").invoice("000000123", lines=[("AMI", 1000, 600, 400)])
        return out.bytes()

    # --- tables --------------------------------------------------------------------

    def test_a_return_is_a_table(self):
        code, out, _err = self.run_on(self.paid_file().bytes())
        self.assertEqual(code, 0)
        for text in (
            "Virement 1 du 02/03/2026 : CPAM DE L AIN 606100000012 011",
            "000000123",
            "DUPONT MARIE",
            "rejet 0250 ASSURE ABSENT DU REFERENTIEL (Facture, AMO)",
            "Retenue DETTE 1 : 8,00 € (Indu sur prestations), reste 2,00 €",
            "Forfait 00012 : 50,00 € FORFAIT MEDECIN TRAITANT",
            "Virement 1 : 77,00 €",
            "NOEMIE (580)",
        ):
            self.assertIn(text, out)

    def test_columns_are_aligned(self):
        _code, out, _err = self.run_on(self.paid_file().bytes())
        lines = out.split("\n")
        title = next(line for line in lines if line.startswith("Facture "))
        row = next(line for line in lines if line.startswith("000000123"))
        self.assertEqual(title.index("NIR"), row.index("185073512345642"))
        self.assertEqual(title.index("payé") + 4, row.index("25,00  P") + 5)

    def test_the_older_family_and_b2_are_tables_too(self):
        _code, out, _err = self.run_on(self.paid_file(family=NOEMIE576).bytes())
        self.assertIn("Lot 007 du 27/02/2026 : 2 facture(s)", out)
        _code, out, _err = self.run_on(self.sent_file())
        self.assertIn("Lot 001 : 1 facture(s), 10,00 €, AMO 6,00 €, AMC 4,00 €", out)

    def test_raw_shows_every_entity_with_its_place(self):
        data = self.paid_file().bytes()
        code, out, _err = self.run_on(data, "--raw")
        self.assertEqual(code, 0)
        self.assertIn("asked=2500 state=P paid=2500", out)
        self.assertEqual(len(out.splitlines()), len(self.typed(data)))

    def test_a_remark_is_a_sentence(self):
        out = self.paid_file()
        out.transfers[0].close(announced=1)
        _code, shown, _err = self.run_on(out.bytes())
        self.assertIn("! Total  : 0,01 € annoncés, 77,00 € lus", shown)

    def test_an_acknowledgment_is_told_as_one(self):
        out = self.writer()
        out.acknowledge("001", MADE).acknowledge("002", MADE, [("1", "REFUS")])
        _code, shown, _err = self.run_on(out.bytes())
        self.assertIn("Lot 002 du 02/03/2026 : rejeté", shown)
        self.assertIn("Fin : ARL", shown)

    def test_what_cannot_be_printed_is_replaced(self):
        data = self.paid_file().bytes().replace(b"DUPONT", b"DU\x1b[1m")
        _code, out, _err = self.run_on(data)
        self.assertNotIn("\x1b", out)

    # --- JSON ----------------------------------------------------------------------

    def test_each_line_of_json_is_an_object(self):
        _code, out, _err = self.run_on(self.paid_file().bytes(), "--json")
        found = [json.loads(line) for line in out.splitlines()]
        kinds = [each["object"] for each in found]
        self.assertEqual(
            kinds,
            ["file", "payment", "answer", "answer", "retained", "lump", "paymentEnd",
             "end"],
        )  # fmt: skip
        self.assertEqual(found[2]["parts"][0]["paid"], 2500)
        self.assertEqual(found[2]["payment"], 1)
        self.assertNotIn("paid", found[1])
        self.assertEqual(found[6]["amount"], 7700)

    def test_json_of_entities_and_of_b2(self):
        for data in (self.paid_file().bytes(), self.sent_file()):
            for option in ((), ("--raw",)):
                code, out, _err = self.run_on(data, "--json", *option)
                self.assertEqual(code, 0)
                for line in out.splitlines():
                    self.assertIn("object", json.loads(line))

    # --- choice --------------------------------------------------------------------

    def test_the_order_of_dates_may_be_imposed(self):
        data = self.paid_file().bytes()
        _code, out, _err = self.run_on(data, "--order", "JJMMAA")
        self.assertIn("dates JJMMAA", out)

    def test_the_unverified_profile_is_only_read_when_asked_for(self):
        record = b"2" + b"011351      13000000123260227" + b"0" * 99
        code, _out, _err = self.run_on(record)
        self.assertEqual(code, 2)
        code, out, _err = self.run_on(record, "--format", "b2-retour")
        self.assertEqual(code, 0)
        self.assertIn("non vérifié", out)
        code, out, _err = self.run_on(record, "--format", "b2-retour", "--raw")
        self.assertIn("invoice_number=000000123", out)

    def test_several_files_are_named(self):
        paths = [self.path(self.sent_file(), name) for name in ("a", "b")]
        out = io.StringIO()
        self.assertEqual(cli.main(paths, out), 0)
        self.assertEqual(out.getvalue().count("== "), 2)
        out = io.StringIO()
        cli.main([*paths, "--json"], out)
        sources = {json.loads(line)["source"] for line in out.getvalue().splitlines()}
        self.assertEqual(sources, set(paths))

    def test_without_a_day_today_is_the_day(self):
        with patch.object(cli, "date") as clock:
            clock.today.return_value = date(2026, 3, 5)
            out = io.StringIO()
            data = self.paid_file(order="DMY").bytes()
            self.assertEqual(cli.main([self.path(data)], out), 0)
            self.assertIn("dates JJMMAA", out.getvalue())

    # --- what is no return ---------------------------------------------------------

    def test_a_pdf_that_was_renamed_is_told(self):
        code, out, err = self.run_on(b"%PDF-1.7\n...")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("PDF", err)

    def test_an_empty_file_is_told(self):
        for data in (b"", b"\n\n", b"\0\0"):
            code, _out, err = self.run_on(data)
            self.assertEqual(code, 2)
            self.assertIn("vide", err)

    def test_any_stranger_is_told_by_its_name(self):
        for start, name in STRANGERS.items():
            with self.assertRaises(NotAReturn) as caught:
                detect(start + b" and more")
            self.assertEqual(caught.exception.code, name)
            self.assertIn(name, cli.STRANGERS)
        self.assertEqual(self.run_on(b"facture;montant\n1;2\n")[0], 2)

    def test_a_missing_file_is_told(self):
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            self.assertEqual(cli.main([str(self.folder / "none")], io.StringIO()), 1)
        self.assertIn("lecture impossible", err.getvalue())

    def test_wrong_arguments_are_told_in_french(self):
        err = io.StringIO()
        with contextlib.redirect_stderr(err), self.assertRaises(SystemExit) as caught:
            cli.main(["--day", "demain", "file"], io.StringIO())
        self.assertEqual(caught.exception.code, 2)
        self.assertIn("date attendue", err.getvalue())

    def test_help_is_french(self):
        text = cli.parser().format_help()
        for word in ("usage :", "afficher cette aide", "imposer le format"):
            self.assertIn(word, text)
        self.assertNotIn("show this help", text)

    # --- as a program --------------------------------------------------------------

    def program(self, *arguments, **values):
        command = [sys.executable, "-m", "returns", *arguments]
        return subprocess.run(
            command, cwd=ADDON, capture_output=True, check=False, timeout=60, **values
        )

    def test_it_runs_alone_from_the_folder_of_the_add_on(self):
        done = self.program(self.path(self.paid_file().bytes()))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Virement 1", done.stdout.decode())

    def test_it_reads_what_is_piped_into_it(self):
        done = self.program("-", "--json", input=self.paid_file().bytes())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 8)

    def test_it_imports_nothing_of_odoo(self):
        code = "import returns.cli, sys; sys.exit('odoo' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], cwd=ADDON, check=False)
        self.assertEqual(done.returncode, 0)
