import { registry } from "@web/core/registry";

/** Clicks of the user, counted in the browser itself. */
const counter = { clicks: 0 };
const count = () => {
    counter.clicks += 1;
};

function startCounting() {
    counter.clicks = 0;
    document.addEventListener("click", count, { capture: true });
}

function checkCount(most) {
    document.removeEventListener("click", count, { capture: true });
    if (!counter.clicks || counter.clicks > most) {
        throw new Error(`The day took ${counter.clicks} clicks instead of ${most}.`);
    }
    console.log(`recouv: ${counter.clicks} clicks`);
}

/** One call: its outcome, then what comes next. */
function call(number, outcome, next, extra = []) {
    return [
        {
            content: `call ${number}: ${outcome}`,
            trigger: `.o_recouv_left:contains(${number - 1} recorded) ~ .o_recouv_skip`,
        },
        {
            content: `call ${number}: record ${outcome}`,
            trigger: `.o_recouv_outcomes button[data-outcome=${outcome}]:enabled`,
            run: "click",
        },
        ...extra,
        {
            content: `call ${number}: then ${next}`,
            trigger: `.o_recouv_options button[data-next=${next}]:enabled`,
            run: "click",
        },
    ];
}

registry.category("web_tour.tours").add("recouv_day_tour", {
    steps: () => [
        {
            content: "the day of two practices: propose what is due",
            trigger: ".o_recouv_propose:enabled",
            run(helpers) {
                startCounting();
                return helpers.click();
            },
        },
        {
            content: "all are ticked; approve them all",
            trigger: "[data-section=proposals] .o_recouv_approve:contains(29):enabled",
            run: "click",
        },
        {
            content: "nothing is left to approve; the calls wait",
            trigger:
                ".o_recouv_day:not(:has([data-section=proposals])) [data-section=calls] .o_recouv_count:contains(6)",
        },
        {
            content: "the letters wait too: print them",
            trigger: "[data-section=letters] .o_recouv_print:enabled",
            run: "click",
        },
        {
            content: "and post them",
            trigger: "[data-section=postings] .o_recouv_posted:enabled",
            run: "click",
        },
        {
            content: "no letter is left",
            trigger: ".o_recouv_day:not(:has([data-section=postings]))",
        },
        {
            content: "start the calls",
            trigger: ".o_recouv_start_calls",
            run: "click",
        },
        ...call(1, "reached", "wait"),
        ...call(2, "voicemail", "go_on"),
        ...call(3, "unreachable", "go_on"),
        ...call(4, "promise", "go_on", [
            {
                content: "promised in seven days",
                trigger: ".o_recouv_promise button:contains(in 7 days)",
                run: "click",
            },
        ]),
        ...call(5, "refuses", "hasten"),
        ...call(6, "dispute", "answer_dispute"),
        {
            content: "no call is left",
            trigger: ".o_recouv_over .o_recouv_finish",
            run: "click",
        },
        {
            content: "the day is done: no call waits",
            trigger: ".o_recouv_day:not(:has([data-section=calls]))",
            run: () => checkCount(40),
        },
    ],
});

registry.category("web_tour.tours").add("recouv_day_keyboard_tour", {
    steps: () => [
        {
            content: "propose without the mouse",
            trigger: ".o_recouv_propose:enabled",
            run: "press alt+g",
        },
        {
            content: "go to the list of proposals",
            trigger: "[data-section=proposals] .o_recouv_proposals input",
            run() {
                document.querySelector(".o_recouv_all").focus();
            },
        },
        {
            content: "down to the first notice",
            trigger: ".o_recouv_all:focus",
            run: "press ArrowDown",
        },
        {
            content: "untick it",
            trigger: ".o_recouv_proposals li:nth-child(2) input:focus",
            run: "press Space",
        },
        {
            content: "one less is approved",
            trigger: "[data-section=proposals] .o_recouv_approve:contains(28):enabled",
        },
        {
            content: "tick it again",
            trigger: ".o_recouv_proposals li:nth-child(2) input:focus",
            run: "press Space",
        },
        {
            content: "approve",
            trigger: "[data-section=proposals] .o_recouv_approve:contains(29):enabled",
            run: "press alt+a",
        },
        {
            content: "print",
            trigger: "[data-section=letters] .o_recouv_print:enabled",
            run: "press alt+p",
        },
        {
            content: "posted",
            trigger: "[data-section=postings] .o_recouv_posted:enabled",
            run: "press alt+o",
        },
        {
            content: "start the calls",
            trigger: ".o_recouv_day:not(:has([data-section=postings])) .o_recouv_start_calls",
            run: "press alt+s",
        },
        ...[1, 2, 3, 4, 5, 6].flatMap((number) => [
            {
                content: `call ${number}: voicemail is number two`,
                trigger: `.o_recouv_left:contains(${number - 1} recorded) ~ .o_recouv_skip:enabled`,
                run: "press 2",
            },
            {
                content: `call ${number}: let the schedule go on`,
                trigger: ".o_recouv_options button[data-next=go_on]:enabled",
                run(helpers) {
                    const key = this.anchor.querySelector("kbd").textContent;
                    return helpers.press(key);
                },
            },
        ]),
        {
            content: "back to the day by Enter",
            trigger: ".o_recouv_over .o_recouv_finish:focus",
            run: "press Enter",
        },
        {
            content: "no call waits",
            trigger: ".o_recouv_day:not(:has([data-section=calls]))",
        },
    ],
});
