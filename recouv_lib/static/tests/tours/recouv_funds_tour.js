import { registry } from "@web/core/registry";

/** An agent receives the money of a claim: one sum, laid by itself, recorded. */
registry.category("web_tour.tours").add("recouv_agency_receipt_tour", {
    steps: () => [
        {
            content: "a new receipt",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "who paid",
            trigger: ".o_field_widget[name=partner_id] input",
            run: "edit Camille",
        },
        {
            trigger: ".o-autocomplete--dropdown-item a:contains(Camille Martin)",
            run: "click",
        },
        {
            content: "how much",
            trigger: ".o_field_widget[name=amount] input",
            run: "edit 120 && press Tab",
        },
        {
            content: "it is laid on the debt by itself",
            trigger:
                ".o_field_widget[name=line_ids] .o_data_row td[name=amount_principal]:contains(120)",
        },
        {
            content: "how",
            trigger: ".o_field_widget[name=method] input, .o_field_widget[name=method] select",
        },
        {
            content: "record it",
            trigger: ".o_form_view button[name=action_confirm]",
            run: "click",
        },
        {
            content: "it counts: numbered and cashed",
            trigger:
                ".o_form_view .o_statusbar_status .o_arrow_button_current[data-value=cleared]",
        },
    ],
});

/** The agency's manager prepares what was cashed and remits it. */
registry.category("web_tour.tours").add("recouv_remittance_tour", {
    steps: () => [
        {
            content: "gather what was cashed",
            trigger: ".o_control_panel button[name=action_prepare], .o_list_view button[name=action_prepare]",
            run: "click",
        },
        {
            content: "one remittance to the practice",
            trigger: ".o_data_row td[name=amount_received]:contains(120)",
            run: "click",
        },
        {
            content: "remit",
            trigger: ".o_form_view button[name=action_remit]",
            run: "click",
        },
        {
            content: "ordered",
            trigger:
                ".o_form_view .o_statusbar_status .o_arrow_button_current[data-value=posted]",
        },
    ],
});

/** The practitioner sees what was received; the invoice is paid. */
registry.category("web_tour.tours").add("recouv_received_tour", {
    steps: () => [
        {
            content: "what the agency received",
            trigger: ".o_data_row td[name=amount_currency]:contains(120)",
        },
        {
            content: "and remitted",
            trigger: ".o_data_row td[name=receipt_number]:contains(QT)",
        },
    ],
});
