import { registry } from "@web/core/registry";

/** A secretary looks at an invoice, asks why it stands where it stands, and sends. */
registry.category("web_tour.tours").add("recouv_relance_tour", {
    steps: () => [
        {
            content: "open the invoice that is past due",
            trigger: ".o_data_row td[name=partner_id]:contains(Camille Martin)",
            run: "click",
        },
        {
            content: "the claim tells where it stands; ask for the whole answer",
            trigger: "button[name=action_explain]",
            run: "click",
        },
        {
            content: "the answer names the step",
            trigger: ".modal .o_field_widget[name=line_ids] .o_data_row:contains(Step 1)",
        },
        {
            content: "close it",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "from the claim to its invoice",
            trigger: "body:not(:has(.modal)) button[name=action_view_invoice]",
            run: "click",
        },
        {
            content: "the invoice has the relance in its own tab",
            trigger: ".o_notebook .nav-link[name=recouv]",
            run: "click",
        },
        {
            content: "the next date is there",
            trigger: ".o_field_widget[name=recouv_next_date]",
        },
        {
            content: "open the menu of the daily work",
            trigger: "[data-menu-xmlid='recouv_lib.menu_recouv_work']",
            run: "click",
        },
        {
            content: "open the runs",
            trigger: ".dropdown-item[data-menu-xmlid='recouv_lib.recouv_run_menu']",
            run: "click",
        },
        {
            content: "make a new run",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "propose",
            trigger: "button[name=action_propose]",
            run: "click",
        },
        {
            content: "one notice for the debtor is proposed",
            trigger:
                ".o_field_widget[name=notice_ids] .o_data_row:contains(Camille Martin)",
        },
        {
            content: "approve and send",
            trigger: "button[name=action_execute]",
            run: "click",
        },
        {
            content: "yes, send",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "the run is done",
            trigger: ".o_arrow_button_current[data-value=done]",
        },
    ],
});
