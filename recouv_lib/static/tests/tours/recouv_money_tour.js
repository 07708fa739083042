import { registry } from "@web/core/registry";

/** A secretary agrees on instalments with a debtor, who then pays all at the desk. */
registry.category("web_tour.tours").add("recouv_money_tour", {
    steps: () => [
        {
            content: "open the claim",
            trigger: ".o_data_row td[name=partner_id]:contains(Camille Martin)",
            run: "click",
        },
        {
            content: "agree on payment",
            trigger: ".o_form_view button[name=action_agree]",
            run: "click",
        },
        {
            content: "three instalments are computed",
            trigger: ".modal .o_field_widget[name=line_ids] .o_data_row:eq(2)",
        },
        {
            content: "one click makes the plan",
            trigger: ".modal footer button[name=action_agree]",
            run: "click",
        },
        {
            content: "the plan runs; back to the claims",
            trigger: ".o_form_view .o_field_widget[name=line_ids] .o_data_row:eq(2)",
        },
        {
            trigger: ".breadcrumb-item a:contains(Claims)",
            run: "click",
        },
        {
            trigger: ".o_data_row td[name=partner_id]:contains(Camille Martin)",
            run: "click",
        },
        {
            content: "the debtor comes with the money",
            trigger: ".o_form_view button[name=action_collect]",
            run: "click",
        },
        {
            content: "all that is owed is proposed; no paper",
            trigger: ".modal .o_field_widget[name=print_receipt] input",
            run: "click",
        },
        {
            content: "take it",
            trigger: ".modal footer button[name=action_collect]",
            run: "click",
        },
        {
            content: "done",
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});
