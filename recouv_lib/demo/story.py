"""Ten weeks of relance, day by day, up to the run that waits for approval today."""

from datetime import timedelta

from . import clock, former_software
from .agency import Agency
from .desk import Desk
from .people import People
from .practices import DENTIST, DOCTORS, KINE, PRACTICES

WEEKS = 10
# the newest practice has just started
WEEKS_OF_NEWEST = 4
# what was sent before the start: the second letter to these, the first to the others
FAR_ALONG = ("unclaimed", "handed_over", "wrong_address", "refused")


class Story:
    """The three practices, each with its weekly run on its own day.

    On the day after a run, letters are posted and calls are made. Today is the day of
    two of them; the dentists' was some days ago, and what it prepared is still to do.
    """

    def __init__(self, env, today, say):
        self.env, self.today, self.say = env, today, say
        self.desks = {practice.key: Desk(env, practice) for practice in PRACTICES}
        self.people = {key: People(desk, today) for key, desk in self.desks.items()}
        self.agency = Agency(env, today, self.desks, say)
        self.calendar = self.desks["kine"].company._recouv_calendar()
        self.starts, self.runs = {}, {}
        for practice, ago in ((KINE, 7), (DENTIST, 3), (DOCTORS, 6)):
            weeks = WEEKS_OF_NEWEST if practice is DOCTORS else WEEKS
            days = [
                self.calendar.add(today - timedelta(days=ago + 7 * week - 1), -1)
                for week in range(weeks)
            ]
            self.runs[practice.key] = sorted(days)
            self.starts[practice.key] = min(days)

    def live(self):
        """Live every working day, then propose today's runs; commits each day."""
        day = min(self.starts.values())
        while day < self.today:
            if self.calendar.is_working(day):
                with clock.at(day, hour=10):
                    self._live_day(day)
                    self.env.cr.commit()  # pylint: disable=invalid-commit
            day += timedelta(days=1)
        with clock.at(self.today, hour=10):
            self._leave_today()
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def _live_day(self, day):
        self.env["recouv.run"]._cron_execute_waiting()
        self.env["mail.mail"].process_email_queue()  # copies of letters
        for key, desk in self.desks.items():
            if day == self.starts[key]:
                self._start(desk, day)
            if day >= self.starts[key]:
                self._office(key, desk, day)
            if day in self.runs[key]:
                self._run(key, desk, day)
            if day >= self.starts[key]:
                self.people[key].live(day)
        self.agency.live(day)

    def _start(self, desk, day):
        """Going live: what had been sent before is entered, the rest starts anew."""
        desk.go_live(day)
        claims = desk.waiting_review()
        if desk.practice is DOCTORS:
            return self._start_newest(desk, claims)
        far = claims.filtered(lambda c: desk.parts.get(c.partner_id.id) in FAR_ALONG)
        limit = day - timedelta(days=45)
        # nobody wrote to whom a suspension protected then
        free = claims.filtered(lambda c: not c.partner_id.recouv_hold_ids)
        some = (free - far).filtered(lambda c: c.date_due < limit)
        desk.review(far, "reached", rank=1, reached_on=day - timedelta(days=13))
        desk.review(some, "reached", rank=0, reached_on=day - timedelta(days=16))
        desk.review(claims - far - some, "first")
        return None

    def _start_newest(self, desk, claims):
        """The newest practice has reviewed most, never one, and left the oldest."""
        of_part = lambda name: claims.filtered(  # noqa: E731
            lambda c: desk.parts.get(c.partner_id.id) == name
        )
        never = of_part("never")
        # the two oldest are released: near the end of the right to sue, and past it
        left = claims.sorted("date_due")[2:11] - never
        desk.review(never, "never")
        desk.review(claims - left - never, "first")

    def _office(self, key, desk, day):
        """What a day brings outside of runs; some of the last work is left to do."""
        desk.hear_of_registered(day)
        over = day > self.runs[key][-1]
        if not (over and desk.practice is DENTIST):
            desk.post_letters(day)
        if not over:
            desk.make_calls(day)

    def _run(self, key, desk, day):
        week = self.runs[key].index(day)
        self._scripted(key, desk, week, day)
        if week and day != self.runs[key][-1]:
            desk.bank(day)
        if week and desk.practice is not DOCTORS:
            desk.review(desk.waiting_review(), "first")
        run = desk.execute()
        self.say(f"{day} {desk.company.name}: {run.notice_count} notices")

    def _scripted(self, key, desk, week, day):
        """What happens to those who have a part, week by week."""
        if (key, week) == ("kine", 3):
            desk.suspend("deceased", "deceased", note="Prévenus par la famille.")
        if (key, week) == ("dentaire", 5):
            note = "Conteste 400 € du devis."
            desk.suspend("disputed", "dispute", amount_disputed=400, note=note)
            desk.decide_handovers(day)
        if (key, week) == ("medical", 1):
            until = self.today + timedelta(days=21)
            desk.suspend("hospitalised", "hospitalised", date_to=until)

    def _leave_today(self):
        """Today: bank movements to look at, a run to approve, alarms raised."""
        for people in self.people.values():
            people.live(self.today)
        former_software.bring(self.desks[DENTIST.key], self.today)
        for desk in self.desks.values():
            desk.bank(self.today, apply=False)
            run = desk.propose()
            self.say(
                f"{self.today} {desk.company.name}: {run.notice_count} notices "
                f"proposed, {run.skip_count} skipped"
            )
        self.agency.live(self.today)
        self.env["recouv.plan"]._cron_settle()
        self.env["recouv.claim"]._cron_limitation_alarms()
        self.env["recouv.notice"]._cron_printed_alarm()
