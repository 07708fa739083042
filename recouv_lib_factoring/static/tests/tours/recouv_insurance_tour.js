import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** A secretary tells the insurer that a debtor is late, then declares the loss. */
tours.add("recouv_insurance_declare_tour", {
    steps: () => [
        {
            content: "choose what is past due",
            trigger:
                ".o_data_row:contains(Clinique du Port) .o_list_record_selector input",
            run: "click",
        },
        {
            content: "prepare its overdue notice",
            trigger: "button[name=action_prepare_loss]",
            run: "click",
        },
        {
            content: "the loss holds the unpaid invoice",
            trigger: ".o_field_widget[name=line_ids] .o_data_row",
        },
        {
            content: "the insurer was told",
            trigger: ".o_form_view button[name=action_notify]",
            run: "click",
        },
        {
            content: "declare it",
            trigger: ".o_form_view button[name=action_declare]",
            run: "click",
        },
        {
            content: "yes, with its dossier",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "declared",
            trigger:
                "body:not(:has(.modal)) .o_arrow_button_current[data-value=declared]",
        },
    ],
});

/** The practitioner records the insurer's account and the money that comes. */
tours.add("recouv_insurance_indemnity_tour", {
    steps: () => [
        {
            content: "open the loss",
            trigger: ".o_data_row:contains(Clinique du Port) td[name=partner_id]",
            run: "click",
        },
        {
            content: "the insurer has answered",
            trigger: ".o_form_view button[name=action_settle]",
            run: "click",
        },
        {
            content: "its account is that of the policy",
            trigger: ".modal .o_field_widget[name=amount] input:value(900)",
        },
        {
            trigger: ".modal footer button[name=action_confirm]",
            run: "click",
        },
        {
            content: "the money has come",
            trigger: "body:not(:has(.modal)) .o_form_view button[name=action_receive]",
            run: "click",
        },
        {
            content: "by the bank journal",
            trigger: ".modal .o_field_widget[name=way] input[data-value=journal]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=journal_id] input",
            run: "click",
        },
        {
            trigger: ".modal .o-autocomplete--dropdown-item:contains(Bank)",
            run: "click",
        },
        {
            content: "book it",
            trigger: ".modal footer button[name=action_confirm]",
            run: "click",
        },
        {
            content: "the indemnity was received",
            trigger: "body:not(:has(.modal)) .o_arrow_button_current[data-value=paid]",
        },
        {
            content: "the debtor is told who owns the claim now",
            trigger: ".o_form_view button[name=action_tell_debtor]",
        },
    ],
});
