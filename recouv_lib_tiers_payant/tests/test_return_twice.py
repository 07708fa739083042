from odoo.tests import tagged

from .return_common import PAID_ON, REFERENCE, SENT, ReturnCommon

#: a concentrator that passes returns of caisses on
OTHER = "00000000999999"


@tagged("post_install", "-at_install")
class TestReturnTwice(ReturnCommon):
    """A transfer that two files announce is booked once, and whoever looks is told."""

    def announced(self, *shares, name="a.rsp", label="CPAM RENNES", **values):
        """Take in a return that pays these shares.

        :param values: ``sender``, ``reference``, ``body`` of the announcement; of its
            answers what is left
        """
        reference = values.pop("reference", REFERENCE)
        body = values.pop("body", "013510000")
        writer = self.writer(sender=values.pop("sender", "01351000000000"))
        transfer = writer.transfer(PAID_ON, label, reference, body)
        for share in shares:
            self.answer(transfer, share, **values)
        file, _told = self.take(writer.bytes(), name)
        return file.sudo()

    def waiting(self):
        return self.balance("recouv_announced_account_id")

    # --- the same reference -----------------------------------------------------------

    def test_a_transfer_that_two_files_announce_is_booked_once(self):
        share = self.sent_share(70.0)
        self.announced(share)
        file = self.announced(share, name="again.rsp", sender=OTHER)
        line = file.line_ids
        self.assertEqual((line.outcome, line.issue), ("info", "announced_twice"))
        self.assertIn("a.rsp", line.message)
        self.assertFalse(line.item_id)
        self.assertEqual((file.state, file.twice_count), ("applied", 1))
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
        self.assertEqual(self.waiting(), 70.0)
        self.assertEqual(self.balance("recouv_allot_account_id"), 0.0)
        action = file.with_user(self.biller).action_open_twice()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, line)

    def test_the_table_of_a_return_that_was_read_is_told(self):
        share = self.sent_share(70.0)
        self.announced(share)
        lines = (
            "N° facture;Date soins;Part;Montant payé;Statut;Date virement;"
            "Référence virement",
            f"{share.invoice_number};02/06/2026;AMO;70,00;Payé;09/06/2026;"
            f"VIR CPAM {REFERENCE}",
        )
        file, _told = self.take("\r\n".join(lines).encode("utf-16"), "a.csv")
        profile = self.env["recouv.return.profile"].with_user(self.biller)
        profile = profile.browse(file.action_map_columns()["res_id"])
        profile.action_read_file()
        self.assertEqual(file.line_ids.issue, "announced_twice")
        self.assertEqual(self.waiting(), 70.0)

    def test_what_only_the_second_file_tells_joins_the_transfer(self):
        first, second = self.sent_share(70.0), self.sent_share(30.0)
        payment = self.announced(first).payment_ids
        file = self.announced(first, second, name="whole.rsp", sender=OTHER)
        self.assertEqual(self.amounts(second), ("paid", 30.0, 0.0))
        self.assertEqual(file.line_ids.mapped("outcome"), ["info", "done"])
        self.assertEqual((payment.amount, payment.amount_waiting), (100.0, 100.0))
        self.assertEqual(file.payment_ids.amount, 70.0)
        self.assertEqual(file.payment_ids.amount_waiting, 0.0)
        self.assertEqual(self.waiting(), 100.0)

    def test_the_joined_transfer_is_found_in_the_bank(self):
        self.company.recouv_bank_auto_score = 90
        first, second = self.sent_share(70.0), self.sent_share(30.0)
        movement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": PAID_ON,
                "amount": 100.0,
                "payment_ref": f"VIR {REFERENCE}",
            }
        )
        payment = self.announced(first).payment_ids
        self.announced(first, second, name="whole.rsp", sender=OTHER)
        self.assertEqual(payment.state, "received")
        self.assertEqual(payment.statement_line_id, movement)

    def test_the_second_file_twice_changes_nothing_either(self):
        share = self.sent_share(70.0)
        self.announced(share)
        for name in ("b.rsp", "c.rsp"):
            self.announced(share, name=name, sender=OTHER)
        self.assertEqual(self.waiting(), 70.0)

    def test_two_equal_answers_are_told_twice_and_a_third_is_new(self):
        share = self.sent_share(70.0)
        self.announced(share, share, paid=2000)
        self.assertEqual(self.amounts(share), ("partial", 40.0, 30.0))
        file = self.announced(share, share, share, sender=OTHER, paid=2000)
        outcomes = file.line_ids.sorted("offset").mapped("outcome")
        self.assertEqual(outcomes, ["info", "info", "done"])
        self.assertEqual(self.amounts(share), ("partial", 60.0, 10.0))

    def test_a_rejection_told_twice_is_one_rejection(self):
        paid, refused = self.sent_share(70.0), self.sent_share(30.0)
        for sender in ("01351000000000", OTHER):
            writer = self.writer(sender=sender)
            transfer = self.transfer(writer)
            self.answer(transfer, paid)
            self.answer(transfer, refused, state="R", rejections=[("0250", "X", "O")])
            file, _told = self.take(writer.bytes(), f"{sender}.rsp")
        self.assertEqual(file.twice_count, 2)
        rejections = self.env["recouv.rejection"].search(
            [("share_id", "=", refused.id)]
        )
        self.assertEqual(len(rejections), 1)
        self.assertEqual(refused.state, "rejected")

    def test_sums_kept_back_are_kept_back_once(self):
        share = self.sent_share(70.0)
        for sender in ("01351000000000", OTHER):
            writer = self.writer(sender=sender)
            transfer = self.transfer(writer)
            self.answer(transfer, share)
            transfer.retained(800, reference="DETTE1").lump(1500, label="FORFAIT")
            self.take(writer.bytes(), f"{sender}.rsp")
        self.assertEqual(self.balance("recouv_payer_debt_account_id"), 8.0)
        self.assertEqual(self.balance("recouv_allot_account_id"), -15.0)
        self.assertEqual(self.waiting(), 77.0)

    # --- another reference ------------------------------------------------------------

    def test_the_same_sum_under_another_caisses_reference_is_a_persons(self):
        share = self.sent_share(70.0)
        self.announced(share)
        file = self.announced(
            share,
            name="other.rsp",
            sender=OTHER,
            body="013500000",
            reference="261600099999",
        )
        line = file.line_ids.with_user(self.biller)
        self.assertEqual((line.outcome, line.issue), ("to_settle", "perhaps_twice"))
        self.assertIn("a.rsp", line.message)
        self.assertFalse(line.item_id)
        self.assertEqual(self.waiting(), 70.0)
        line.action_search_again()
        self.assertEqual(line.outcome, "to_settle")
        settlements = self.env["recouv.return.settlement"].with_user(self.biller)
        settlements._settle(line, "not_ours", note="announced twice")
        self.assertEqual((line.outcome, self.waiting()), ("settled", 70.0))

    def test_whoever_knows_better_books_the_second_one(self):
        share = self.sent_share(70.0)
        self.announced(share)
        file = self.announced(share, sender=OTHER, reference="261600099999")
        line = file.line_ids.with_user(self.biller)
        settlements = self.env["recouv.return.settlement"].with_user(self.biller)
        account = self.company_data["default_account_revenue"]
        settlements._settle(line, "account", account=account)
        self.assertEqual(self.waiting(), 140.0)
        file.payment_ids.invalidate_recordset()
        self.assertEqual(file.payment_ids.amount_waiting, 70.0)

    def test_one_caisse_pays_twice_on_one_day_that_is_money(self):
        share = self.sent_share(70.0)
        self.announced(share)
        file = self.announced(share, reference="261600099999")
        self.assertEqual(file.line_ids.issue, "already_paid")
        self.assertEqual(self.waiting(), 140.0)

    def test_two_caisses_may_number_alike(self):
        first, second = self.sent_share(70.0), self.sent_share(30.0, "amc")
        payment = self.announced(first).payment_ids
        file = self.announced(
            second, sender=OTHER, body="12345678", label="MUTUELLE DE L EXEMPLE"
        )
        self.assertEqual(file.line_ids.outcome, "done")
        self.assertEqual(payment.amount_waiting, 70.0)
        self.assertEqual(file.payment_ids.amount_waiting, 30.0)

    # --- two answers that contradict each other ---------------------------------------

    def test_rejected_then_paid_the_money_recovers_the_rejection(self):
        share = self.sent_share(70.0)
        rejected = self.announced(share, state="R", rejections=[("0250", "X", "O")])
        rejection = self.env["recouv.rejection"].search(
            [("line_id", "=", rejected.line_ids.id)]
        )
        self.assertEqual(share.state, "rejected")
        self.announced(share, name="b.rsp", reference="261700000098")
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
        self.env["recouv.rejection"]._cron_follow()
        self.assertEqual(rejection.state, "recovered")

    def test_paid_and_rejected_in_one_file_whatever_comes_first(self):
        for rank, states in enumerate((("P", "R"), ("R", "P"))):
            with self.subTest(states):
                share = self.sent_share(70.0)
                writer = self.writer(identification=f"BOTH{rank}")
                transfer = self.transfer(writer, reference=f"26190000000{rank}")
                for state in states:
                    causes = [("0250", "X", "O")] if state == "R" else ()
                    self.answer(transfer, share, state=state, rejections=causes)
                file = self.taken(writer.bytes(), f"{rank}.rsp")
                self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
                self.assertEqual(file.payment_ids.amount_waiting, 70.0)
                told = file.line_ids.filtered(lambda line: line.status == "R")
                self.assertEqual(
                    (told.outcome, told.issue),
                    ("to_settle", "contradiction") if rank == 0 else ("done", False),
                )

    def test_paid_in_part_and_more_by_another_transfer_is_no_contradiction(self):
        share = self.sent_share(70.0)
        self.announced(share, paid=5000)
        self.announced(share, name="b.rsp", reference="261700000098", paid=2000)
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))

    def test_another_sum_for_what_is_paid_waits_for_a_person(self):
        share = self.sent_share(70.0)
        self.announced(share)
        file = self.announced(share, reference="261700000098", paid=5000, sender=OTHER)
        self.assertEqual(file.line_ids.issue, "already_paid")
        self.assertEqual(self.balance("recouv_allot_account_id"), -50.0)
        self.assertEqual(share.care_date, SENT)
