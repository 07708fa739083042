import { loadBundle } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";

const COLOURS = ["#4c7a9c", "#8fb3c9", "#c9dbe6"];

/** One chart of the dashboard; a click opens the window behind it. */
export class RecouvChart extends Component {
    static template = "recouv_lib.Chart";
    static props = { chart: Object, open: Function };

    setup() {
        this.canvas = useRef("canvas");
        useEffect(
            () => {
                this.drawn = this.draw();
                return () => this.drawn?.destroy();
            },
            () => [this.props.chart],
        );
        onWillUnmount(() => this.drawn?.destroy());
    }

    get isEmpty() {
        const { labels, datasets, percent } = this.props.chart;
        // a rate of 0 % says something, a sum of 0 does not
        const some = percent || datasets.some((set) => set.data.some((value) => value));
        return !labels.length || !some;
    }

    /** @returns {string} a sum, a rate or a number in the user's own writing */
    shown(value) {
        const { percent, count, currency } = this.props.chart;
        const text = Number(value).toLocaleString(user.lang || undefined, {
            maximumFractionDigits: percent ? 1 : 0,
        });
        return percent ? `${text} %` : count || !currency ? text : `${text} ${currency}`;
    }

    draw() {
        if (this.isEmpty || !this.canvas.el) {
            return null;
        }
        const { chart } = this.props;
        const line = chart.type === "line";
        return new Chart(this.canvas.el, {
            type: chart.type,
            data: {
                labels: chart.labels,
                datasets: chart.datasets.map((set, index) => ({
                    ...set,
                    backgroundColor: COLOURS[line ? 2 : index],
                    borderColor: line && index !== 1 ? COLOURS[1] : COLOURS[0],
                    borderDash: line && index !== 1 ? [4, 4] : [],
                    borderWidth: line ? 2 : 0,
                    pointRadius: 0,
                    maxBarThickness: 42,
                })),
            },
            options: {
                locale: user.lang || undefined,
                responsive: true,
                maintainAspectRatio: false,
                animation: false,
                indexAxis: line || chart.labels.length < 7 ? "x" : "y",
                onClick: () => this.props.open(chart.action),
                interaction: { mode: "index", intersect: false },
                scales: { y: { beginAtZero: true }, x: { grid: { display: false } } },
                plugins: {
                    legend: { display: line, position: "bottom" },
                    tooltip: {
                        callbacks: {
                            label: (item) =>
                                `${item.dataset.label} : ${this.shown(item.raw)}`,
                        },
                    },
                },
            },
        });
    }
}

/** Key figures of the receivables, over the companies chosen above. */
export class RecouvDashboard extends Component {
    static template = "recouv_lib.Dashboard";
    static components = { Layout, RecouvChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ tiles: [], charts: [], note: "", forecast: null });
        onWillStart(async () => {
            const [figures] = await Promise.all([
                this.orm.call("recouv.dashboard", "get_figures", []),
                loadBundle("web.chartjs_lib"),
            ]);
            Object.assign(this.state, figures);
            this.loadForecast();
        });
    }

    async loadForecast() {
        this.state.forecast = await this.orm.call("recouv.dashboard", "get_forecast", []);
    }

    /** Open the window behind a figure, filtered as the figure is. */
    async open(target) {
        if (!target) {
            return;
        }
        if (target.method) {
            const action = await this.orm.call(target.method, "action_open", []);
            return this.action.doAction(action);
        }
        return this.action.doAction(target.xmlid, {
            additionalContext: target.context || {},
        });
    }
}

registry.category("actions").add("recouv_lib.dashboard", RecouvDashboard);
