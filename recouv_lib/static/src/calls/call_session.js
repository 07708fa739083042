import {
    Component,
    markup,
    onWillStart,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { formatCurrency } from "@web/core/currency";
import { serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { messageOf } from "../day/day";
import { tickEveryCompany } from "../every_company";

const { DateTime } = luxon;

/**
 * Call after call: what is owed, what was said before, what to say now; the outcome in
 * one click, the next best step in another, then the next call.
 *
 * Digits choose: 1 to 8 the outcome, then 1… the next step.
 */
export class RecouvCallSession extends Component {
    static template = "recouv_lib.CallSession";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.root = useRef("root");
        this.skipped = [];
        this.state = useState({
            stage: "call",
            left: 0,
            done: 0,
            busy: false,
            error: "",
            ...this.blank(),
        });
        onWillStart(() => this.take());
        onWillUnmount(() => this.leaving || this.release());
        for (const digit of "12345678") {
            useHotkey(digit, () => this.onDigit(Number(digit)));
        }
        // what comes next has the focus, so that Enter is enough
        useEffect(
            () => this.root.el?.querySelector(".o_recouv_focus")?.focus(),
            () => [this.state.stage, this.state.call?.id, this.state.asksDate]
        );
    }

    blank() {
        return {
            call: null,
            note: "",
            causeId: false,
            objectionId: false,
            asksDate: false,
            promiseDate: "",
            outcome: "",
            options: [],
        };
    }

    get outcomes() {
        return [
            { code: "reached", label: _t("Reached"), icon: "fa-comments-o" },
            { code: "voicemail", label: _t("Voicemail"), icon: "fa-volume-up" },
            { code: "unreachable", label: _t("Unreachable"), icon: "fa-bell-slash-o" },
            { code: "wrong_number", label: _t("Wrong number"), icon: "fa-ban" },
            { code: "promise", label: _t("Promise to pay"), icon: "fa-handshake-o" },
            { code: "dispute", label: _t("Dispute"), icon: "fa-balance-scale" },
            { code: "plan", label: _t("Asks for instalments"), icon: "fa-calendar" },
            { code: "refuses", label: _t("Refuses"), icon: "fa-hand-paper-o" },
        ];
    }

    /** Days that people promise most; each is one click. */
    get promiseDays() {
        const today = DateTime.local().startOf("day");
        const fifth = today.day < 5 ? today.set({ day: 5 }) : today.plus({ months: 1 }).set({ day: 5 });
        return [
            { label: _t("tomorrow"), day: today.plus({ days: 1 }) },
            { label: _t("in 7 days"), day: today.plus({ days: 7 }) },
            { label: _t("in 15 days"), day: today.plus({ days: 15 }) },
            { label: _t("on the 5th"), day: fifth },
            { label: _t("at the end of the month"), day: today.endOf("month").startOf("day") },
        ].map(({ label, day }) => ({
            label,
            iso: serializeDate(day),
            shown: day.toLocaleString({ weekday: "short", day: "numeric", month: "short" }),
        }));
    }

    get minDate() {
        return serializeDate(DateTime.local());
    }

    get script() {
        return markup(this.state.call.script || "");
    }

    get cause() {
        return this.state.call.causes.find((cause) => cause.id === this.state.causeId);
    }

    money(amount) {
        return formatCurrency(amount, this.state.call.currency_id);
    }

    // --- server -------------------------------------------------------------------

    /** Ask the server for something; its refusal is shown and nothing typed is lost. */
    async ask(method, args) {
        if (this.state.busy) {
            return null;
        }
        this.state.busy = true;
        this.state.error = "";
        try {
            return await this.orm.call("recouv.call.session", method, args);
        } catch (error) {
            this.state.error = messageOf(error);
            return null;
        } finally {
            this.state.busy = false;
        }
    }

    async take() {
        const taken = await this.ask("take", [this.skipped]);
        if (!taken) {
            return;
        }
        Object.assign(this.state, this.blank(), {
            stage: taken.call ? "call" : "over",
            call: taken.call,
            left: taken.left,
            causeId: taken.call?.cause_id || false,
        });
    }

    release() {
        return this.orm.silent.call("recouv.call.session", "release", []);
    }

    // --- the call -----------------------------------------------------------------

    onDigit(digit) {
        if (this.state.stage === "call" && !this.state.asksDate) {
            this.choose(this.outcomes[digit - 1].code);
        } else if (this.state.asksDate && this.promiseDays[digit - 1]) {
            this.promise(this.promiseDays[digit - 1].iso);
        } else if (this.state.stage === "next" && this.state.options[digit - 1]) {
            this.apply(this.state.options[digit - 1]);
        }
    }

    choose(outcome) {
        if (outcome === "promise") {
            this.state.asksDate = true;
            return;
        }
        return this.record(outcome);
    }

    promise(date) {
        if (date) {
            return this.record("promise", date);
        }
    }

    async record(outcome, until = false) {
        const { call, note, causeId } = this.state;
        if (!call) {
            return;
        }
        const values = { note, until, cause_id: causeId };
        const options = await this.ask("record", [call.id, outcome, values]);
        if (options) {
            Object.assign(this.state, { stage: "next", asksDate: false, outcome, options });
            this.state.done += 1;
            this.state.left -= 1;
        }
    }

    get outcomeLabel() {
        return this.outcomes.find(({ code }) => code === this.state.outcome)?.label;
    }

    async apply(option) {
        const action = await this.ask("apply_next", [this.state.call.id, option.action]);
        if (this.state.error) {
            return;
        }
        if (action) {
            await tickEveryCompany();
            return this.action.doAction(action, { onClose: () => this.take() });
        }
        return this.take();
    }

    skip() {
        if (!this.state.call) {
            return this.take();
        }
        this.skipped.push(this.state.call.id);
        return this.take();
    }

    next() {
        return this.take();
    }

    again() {
        this.skipped = [];
        return this.take();
    }

    pickCause(cause) {
        this.state.causeId = this.state.causeId === cause.id ? false : cause.id;
    }

    pickObjection(objection) {
        const open = this.state.objectionId === objection.id;
        this.state.objectionId = open ? false : objection.id;
        if (!open && objection.cause_id) {
            this.state.causeId = objection.cause_id;
        }
    }

    async openClaim() {
        await tickEveryCompany();
        // the call stays his while he looks at the claim
        this.leaving = true;
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "recouv.claim",
            res_id: this.state.call.claim_id,
            views: [[false, "form"]],
        });
    }

    back() {
        return this.action.doAction("recouv_lib.recouv_day_action", {
            clearBreadcrumbs: true,
        });
    }
}

registry.category("actions").add("recouv_call_session", RecouvCallSession);
