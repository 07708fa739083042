import { Component, onMounted, onWillStart, useRef, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { tickEveryCompany } from "../every_company";

/** What a failed call of the server says to a human. */
export function messageOf(error) {
    return error?.data?.message || error?.message || String(error);
}

/**
 * Ma journée: what waits for a human today, over all companies of the user.
 *
 * What can be done here is done in place; everything else opens its list. The counts
 * are read again after each act, and a section whose act fails says why.
 */
export class RecouvDay extends Component {
    static template = "recouv_lib.Day";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.state = useState({
            sections: [],
            companies: [],
            toPropose: [],
            company: false,
            // a notice that somebody unticked, by id
            unticked: {},
            errors: {},
            busy: false,
        });
        onWillStart(() => this.load());
        onMounted(() => this.focusFirst());
    }

    get title() {
        return _t("My day");
    }

    // --- reading ------------------------------------------------------------------

    async load() {
        const day = await this.orm.call("recouv.day", "read_day", []);
        Object.assign(this.state, {
            today: day.today,
            companies: day.companies,
            sections: day.sections,
            toPropose: day.to_propose,
        });
    }

    focusFirst() {
        const button = this.root.el?.querySelector("button.btn-primary");
        // the first block is what the eye sees first
        button?.focus({preventScroll: true});
    }

    get today() {
        return deserializeDate(this.state.today).toLocaleString({
            weekday: "long",
            day: "numeric",
            month: "long",
        });
    }

    company(id) {
        return this.state.companies.find((company) => company.id === id);
    }

    get severalCompanies() {
        return this.state.companies.length > 1;
    }

    /** Sections in which something waits for the chosen company. */
    get waiting() {
        return this.state.sections.filter((section) => this.count(section));
    }

    get work() {
        return this.waiting.filter((section) => !section.is_alarm);
    }

    get alarms() {
        return this.waiting.filter((section) => section.is_alarm);
    }

    count(section) {
        const company = this.state.company;
        return company ? section.counts[company] || 0 : section.count;
    }

    items(section) {
        const company = this.state.company;
        return section.items.filter((item) => !company || item.company_id === company);
    }

    hidden(section) {
        return this.count(section) - this.items(section).length;
    }

    section(code) {
        return this.state.sections.find((section) => section.code === code);
    }

    get toPropose() {
        const company = this.state.company;
        return this.state.toPropose.filter((id) => !company || id === company);
    }

    amount(item) {
        return item.amount === null
            ? ""
            : formatCurrency(item.amount, item.currency_id);
    }

    date(item) {
        return item.date ? formatDate(deserializeDate(item.date)) : "";
    }

    // --- acting -------------------------------------------------------------------

    /** Do something for a section, then read the day again; say why it failed. */
    async act(code, work) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        this.state.errors[code] = [];
        try {
            const result = await work();
            this.state.errors[code] = result?.problems || [];
        } catch (error) {
            this.state.errors[code] = [messageOf(error)];
        }
        try {
            await this.load();
        } finally {
            this.state.busy = false;
        }
    }

    /** Errors outlive their section: what failed may have emptied it. */
    get orphanErrors() {
        const shown = this.waiting.map((section) => section.code);
        return Object.entries(this.state.errors)
            .filter(([code]) => !shown.includes(code))
            .flatMap(([, errors]) => errors);
    }

    call(method, ids) {
        return this.orm.call("recouv.day", method, ids ? [ids] : []);
    }

    open(section) {
        return this.act(section.code, async () => {
            const action = await this.orm.call("recouv.day", "open_section", [
                section.code,
            ]);
            if (this.state.company) {
                const mine = ["company_id", "=", this.state.company];
                action.domain = action.domain ? [mine, ...action.domain] : [mine];
            }
            await tickEveryCompany();
            await this.action.doAction(action);
        });
    }

    async openItem(section, item) {
        await tickEveryCompany();
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: section.model,
            res_id: item.id,
            views: [[false, "form"]],
        });
    }

    say(message) {
        this.notification.add(message, { type: "success" });
    }

    // --- proposals ----------------------------------------------------------------

    propose() {
        return this.act("proposals", async () => {
            const result = await this.call("propose_today");
            if (!result.count && !result.problems.length) {
                this.say(_t("Nothing is to be approved today."));
            }
            return result;
        });
    }

    isTicked(item) {
        return !this.state.unticked[item.id];
    }

    tick(item) {
        this.state.unticked[item.id] = this.isTicked(item);
    }

    tickAll(section, ticked) {
        for (const item of this.items(section)) {
            this.state.unticked[item.id] = !ticked;
        }
    }

    ticked(section) {
        return this.items(section).filter((item) => this.isTicked(item));
    }

    untickedItems(section) {
        return this.items(section).filter((item) => !this.isTicked(item));
    }

    approve(section) {
        const ids = this.ticked(section).map((item) => item.id);
        return this.act(section.code, async () => {
            const result = await this.call("approve", ids);
            if (result.count) {
                this.say(_t("%s notices approved.", result.count));
            }
            return result;
        });
    }

    remove(section) {
        const ids = this.untickedItems(section).map((item) => item.id);
        return this.act(section.code, () => this.call("remove", ids));
    }

    /** Arrows go from tick to tick; the space bar ticks by itself. */
    onListKeydown(ev) {
        const step = { ArrowDown: 1, ArrowUp: -1 }[ev.key];
        if (!step) {
            return;
        }
        const stops = [...ev.currentTarget.querySelectorAll("input, button.o_recouv_row")];
        const next = stops[stops.indexOf(document.activeElement) + step];
        if (next) {
            ev.preventDefault();
            next.focus();
        }
    }

    // --- calls and paper ----------------------------------------------------------

    startCalls() {
        return this.action.doAction("recouv_lib.recouv_call_session_action");
    }

    download(urls) {
        for (const url of urls) {
            const link = document.createElement("a");
            link.href = url;
            link.download = "";
            link.click();
        }
    }

    printLetters() {
        return this.act("letters", async () => {
            const result = await this.call("print_letters");
            this.download(result.downloads);
            return result;
        });
    }

    printAgain(section) {
        const ids = this.items(section).map((item) => item.id);
        return this.act(section.code, async () => {
            const result = await this.call("print_postings", ids);
            this.download(result.downloads);
            return result;
        });
    }

    markPosted(section) {
        const ids = this.items(section).map((item) => item.id);
        return this.act(section.code, async () => {
            const result = await this.call("mark_posted", ids);
            if (result.count) {
                this.say(_t("%s letters posted.", result.count));
            }
            return result;
        });
    }

    scan(xmlid) {
        return this.action.doAction(xmlid, { onClose: () => this.load() });
    }
}

registry.category("actions").add("recouv_day", RecouvDay);
