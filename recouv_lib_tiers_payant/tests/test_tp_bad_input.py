import base64
import io
import zipfile
from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.lib import table_file

from .rejection_common import RejectionCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestTiersPayantBadInput(RejectionCommon):
    """What nobody means is answered by a sentence that says what to do."""

    def wizard(self, model, data, name):
        return (
            self.env[model]
            .with_user(self.biller)
            .create({"file": base64.b64encode(data), "filename": name})
        )

    def workbook(self, sheet):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", sheet)
        return data.getvalue()

    def taken(self, data, name):
        attachment = (
            self.env["ir.attachment"]
            .with_user(self.biller)
            .create({"name": name, "raw": data})
        )
        Return = self.env["recouv.return.file"].with_user(self.biller)
        return Return._take(attachment)

    def test_an_empty_or_strange_file_is_no_b2(self):
        for data, said in (
            (b"", "It is empty"),
            (b"%PDF-1.7 x", "It is a PDF"),
            (self.workbook(b"x"), "a workbook or an archive"),
            (b"hello", "is no B2 file"),
        ):
            with self.subTest(said), self.assertRaisesRegex(UserError, said) as told:
                self.wizard("recouv.b2.import", data, "sent.b2").action_import()
            self.assertNotIn("unknown", str(told.exception))

    def test_an_empty_or_strange_file_holds_no_acknowledgments(self):
        for data, said in (
            (b"", "The file is empty"),
            (b"%PDF-1.7 x", "This is no table"),
            (b"PK\x03\x04" + b"\0" * 500, "damaged or incomplete"),
        ):
            with self.subTest(said), self.assertRaisesRegex(UserError, said):
                self.wizard("recouv.lot.ack.import", data, "a.csv").action_import()

    def test_the_columns_of_a_damaged_workbook_cannot_be_mapped(self):
        for data in (b"PK\x03\x04" + b"\0" * 500, self.workbook(b"zzz")):
            file, _told = self.taken(data, "return.xlsx")
            with self.assertRaisesRegex(UserError, "damaged or incomplete"):
                file.action_map_columns()

    def test_a_workbook_that_swells_is_never_unpacked(self):
        size = table_file.SUSPECT + 1
        file, _told = self.taken(self.workbook(b"A" * size), "return.xlsx")
        with self.assertRaisesRegex(UserError, "unpacks to more than 50 MB"):
            file.action_map_columns()

    def test_a_rejection_is_of_a_part(self):
        rejections = self.env["recouv.rejection"].with_user(self.biller)
        with self.assertRaisesRegex(UserError, "part that was rejected"):
            rejections.create({"code": "0250"})

    def test_a_lot_has_a_number(self):
        lots = self.env["recouv.lot"].with_user(self.biller)
        lot = lots.create({"name": "7", "date": date(2026, 6, 1)})
        with self.assertRaises(ValidationError):
            lot.name = ""
        with self.assertRaises(ValidationError):
            lots.create({"name": False, "date": date(2026, 6, 1)})

    def test_nothing_is_learned_where_nothing_was_decided(self):
        rejection = self.reject(self.make_share()).with_user(self.biller)
        rejection.action_class = False
        with self.assertRaisesRegex(UserError, "what is to be done"):
            rejection.action_learn()

    def test_no_letter_is_printed_of_no_refund(self):
        with self.assertRaisesRegex(UserError, "Choose the refunds"):
            self.env["recouv.refund"].with_user(self.biller).action_tell()

    def test_a_day_at_the_end_of_time_has_a_deadline(self):
        indu = (
            self.env["recouv.indu"]
            .with_user(self.biller)
            .create(
                {
                    "payer_id": self.caisse.id,
                    "amount": 10,
                    "notified_on": date(9999, 12, 31),
                }
            )
        )
        self.assertEqual(indu.deadline, date.max)
