import re

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.barcode import NotPrintable, code128_svg
from odoo.addons.recouv_lib.lib.page_mark import make_mark


@tagged("post_install", "-at_install")
class TestBarcode(BaseCase):
    def test_a_page_mark_takes_eighteen_symbols(self):
        svg = code128_svg(make_mark(b"key", 1234, 1, 2))
        # 17 symbols of 11 modules, a stop of 13, ten white modules on either side
        self.assertIn('viewBox="0 0 220 1"', svg)

    def test_bars_never_touch(self):
        svg = code128_svg("RL12")
        bars = [tuple(map(int, bar)) for bar in re.findall(r"M(\d+) 0h(\d)v1", svg)]
        self.assertEqual(bars[0][0], 10)
        for (start, width), (following, _) in zip(bars, bars[1:], strict=False):
            self.assertGreater(following, start + width)

    def test_its_size_is_in_millimetres(self):
        svg = code128_svg("RL12", width_mm=42, height_mm=6)
        self.assertIn('width="42mm" height="6mm"', svg)

    def test_what_cannot_be_printed_is_refused(self):
        for text in ("", "é", "日本"):
            with self.assertRaises(NotPrintable):
                code128_svg(text)
