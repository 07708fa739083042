import { Component, onMounted, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const INTERVAL = 2000; // milliseconds between two looks at the server

/**
 * Reads the record again and again for as long as it is on the screen: a form shows it
 * (`invisible`) while something works in the background, and its figures move by
 * themselves. In a list, which cannot hide it, it does so for its own row while that is
 * in the state that its option `while` names. What the user is typing is never lost:
 * then it waits.
 */
export class RecouvLive extends Component {
    static template = "recouv_lib.Live";
    static props = { ...standardWidgetProps, state: { type: String, optional: true } };

    setup() {
        onMounted(() => this.wait());
        onWillUnmount(() => {
            this.gone = true;
            clearTimeout(this.timer);
        });
    }

    get isOn() {
        return !this.props.state || this.props.record.data.state === this.props.state;
    }

    wait() {
        // the last look may have taken it off the screen
        if (!this.gone) {
            this.timer = setTimeout(() => this.look(), INTERVAL);
        }
    }

    async look() {
        const { record } = this.props;
        if (this.isOn && !document.hidden && !(await record.isDirty()) && !this.gone) {
            // a refusal or a lost connection is told once, and ends it
            await record.load();
        }
        this.wait();
    }
}

registry.category("view_widgets").add("recouv_live", {
    component: RecouvLive,
    extractProps: ({ options }) => ({ state: options.while }),
});
