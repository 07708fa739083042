from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .return_common import NIR, TODAY, ReturnCommon

LATER = date(2036, 6, 15)


@tagged("post_install", "-at_install")
class TestReturnPrivacy(ReturnCommon):
    """Returns name patients: they are erased once they have served."""

    def test_a_return_is_erased_and_its_figures_stay(self):
        share = self.sent_share(70.0)
        file = self.taken(self.return_of(share))
        line = file.line_ids
        self.assertEqual(line.nir[:13], NIR[:13])
        file._erase_file()
        self.assertEqual(file.file_purged_on, TODAY)
        self.assertFalse(file.content)
        for name in ("nir", "own_nir", "birth", "beneficiary", "member_number"):
            self.assertFalse(line[name], name)
        self.assertEqual((line.paid, line.share_id), (70.0, share))
        self.assertEqual(line.raw, "")
        with self.assertRaises(UserError):
            file._bytes_at(0, 10)

    def test_an_erased_return_is_still_known(self):
        data = self.return_of(self.sent_share(70.0))
        file = self.taken(data)
        file._erase_file()
        again, told = self.take(data, "copy.rsp")
        self.assertEqual(again, file)
        self.assertIn("already", told["copy.rsp"])

    def test_only_old_returns_are_erased(self):
        file = self.taken(self.return_of(self.sent_share(70.0)))
        Return = self.env["recouv.return.file"].sudo()
        purges = self.env["recouv.purge"].sudo()
        self.assertNotIn(file, Return._purgeable(self.company))
        self.assertEqual(purges._count(self.company)["return_file_count"], 0)
        with freeze_time(LATER):
            self.assertIn(file, Return._purgeable(self.company))
            self.assertEqual(purges._count(self.company)["return_file_count"], 1)
            file.is_queued = True
            self.assertNotIn(file, Return._purgeable(self.company))
