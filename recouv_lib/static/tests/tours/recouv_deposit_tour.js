import { registry } from "@web/core/registry";

const menu = (name) => [
    {
        content: "money in",
        trigger: ".o_main_navbar button:contains(Money in)",
        run: "click",
    },
    {
        content: name,
        trigger: `.dropdown-item:contains(${name})`,
        run: "click",
    },
];

/** A secretary banks the cheques of the drawer, prints their slip; one comes back. */
registry.category("web_tour.tours").add("recouv_deposit_tour", {
    steps: () => [
        {
            content: "the drawer",
            trigger: ".o_data_row:eq(1)",
        },
        ...menu("Bank the cheques"),
        {
            content: "both cheques whose day has come are on the slip",
            trigger: ".o_field_widget[name=cheque_ids] .o_data_row:eq(1)",
        },
        {
            content: "one stays in the drawer",
            trigger: ".o_data_row:contains(Louise) .o_list_record_remove button",
            run: "click",
        },
        {
            content: "it is off the slip",
            trigger: ".o_field_widget[name=cheque_ids]:not(:has(.o_data_row:contains(Louise)))",
        },
        {
            content: "after all it goes too: pick it",
            trigger: ".o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row:contains(Louise) .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".modal footer .o_select_button:enabled",
            run: "click",
        },
        {
            content: "both again; save",
            trigger: "body:not(:has(.modal)) .o_data_row:contains(Louise)",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "print the slip for the bank",
            trigger: ".o_form_saved button[name=action_print]:enabled",
            run: "click",
        },
        {
            content: "the cheques are at the bank",
            trigger: "button[name=action_done]:enabled",
            run: "click",
        },
        {
            content: "it can be undone as long as the bank has not confirmed it",
            trigger: ".o_form_view button[name=action_ask_undo]",
        },
        ...menu("Money received"),
        {
            content: "days later one of them comes back",
            trigger: ".o_data_row td[name=partner_id]:contains(Louise)",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name=action_bounce]",
            run: "click",
        },
        {
            content: "no funds, today",
            trigger: ".modal footer button[name=action_bounce]",
            run: "click",
        },
        {
            content: "she was called",
            trigger: "body:not(:has(.modal)) button[name=action_handled]",
            run: "click",
        },
        {
            content: "handled",
            trigger: ".o_form_view .o_field_widget[name=handled_by_id]",
        },
    ],
});
