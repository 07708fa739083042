import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** A secretary offers an invoice for sale from the list of invoices. */
tours.add("recouv_sale_offer_tour", {
    steps: () => [
        {
            content: "choose the invoice",
            trigger:
                ".o_data_row:contains(Camille Martin) .o_list_record_selector input",
            run: "click",
        },
        {
            content: "offer it for sale",
            trigger: "button[name=action_recouv_sell]",
            run: "click",
        },
        {
            content: "the schedule holds it, nothing stands against it",
            trigger:
                ".o_field_widget[name=line_ids] .o_data_row:contains(Camille Martin)",
        },
        {
            content: "submit it",
            trigger: ".o_form_view button[name=action_submit]",
            run: "click",
        },
        {
            content: "the buyer decides now",
            trigger: ".o_arrow_button_current[data-value=submitted]",
        },
    ],
});

/** An agent of the buyer accepts what the practice offers. */
tours.add("recouv_sale_decide_tour", {
    steps: () => [
        {
            content: "each practice is a group: open it",
            trigger: ".o_group_header",
            run: "click",
        },
        {
            content: "accept the receivable",
            trigger: ".o_data_row:contains(Camille Martin) button[name=action_accept]",
            run: "click",
        },
        {
            content: "nothing waits for a decision any more",
            trigger: ".o_view_nocontent_smiling_face",
        },
    ],
});

/** The practitioner reads the decision, signs the deed and sees what is sold. */
tours.add("recouv_sale_sign_tour", {
    steps: () => [
        {
            content: "open the schedule that is to sign",
            trigger: ".o_data_row td[name=name]",
            run: "click",
        },
        {
            content: "sign the sale",
            trigger: ".o_form_view button[name=action_ask_sign]",
            run: "click",
        },
        {
            content: "nothing is signed without approval: tick it",
            trigger: ".modal .o_field_widget[name=is_accepted] input",
            run: "click",
        },
        {
            content: "the name stands there already",
            trigger: ".modal footer button[name=action_sign]",
            run: "click",
        },
        {
            content: "the receivables are the buyer's",
            trigger:
                "body:not(:has(.modal)) .o_arrow_button_current[data-value=transferred]",
        },
        {
            content: "look at the invoice",
            trigger:
                ".o_field_widget[name=line_ids] .o_data_row button[name=action_open_invoice]",
            run: "click",
        },
        {
            content: "a ribbon marks it",
            trigger: ".o_form_view .ribbon:contains(Sold)",
        },
        {
            content: "and a button leads back to its sale",
            trigger: "button[name=action_recouv_sales]:contains(Sold)",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current[data-value=transferred]",
        },
    ],
});
