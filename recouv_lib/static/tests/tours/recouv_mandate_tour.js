import { registry } from "@web/core/registry";

const sign = [
    {
        content: "open the dialog",
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
];

/** A practice prepares a mandate, takes the agency's terms and signs. */
registry.category("web_tour.tours").add("recouv_mandate_practice_tour", {
    steps: () => [
        {
            content: "a new mandate",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "choose the agency by its name",
            trigger: ".o_field_widget[name=agency_choice] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(Loire Conseil)",
            run: "click",
        },
        {
            content: "take its standard terms",
            trigger: ".o_form_view button[name=action_take_standard]",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "the scale is there",
            trigger: ".o_field_widget[name=fee_line_ids] .o_data_row",
        },
        {
            content: "where the sums go",
            trigger: ".o_notebook a[name=remittance]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=remit_iban] input",
            run: "edit FR7630006000011234567890189",
        },
        {
            content: "keep it",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
        ...sign,
        {
            content: "signed for the practice; the terms are frozen",
            trigger: ".o_form_view button[name=action_undo_signature]",
        },
    ],
});

/** The agency reads the mandate in its own list and signs in turn. */
registry.category("web_tour.tours").add("recouv_mandate_agency_tour", {
    steps: () => [
        {
            content: "the practice's mandate waits",
            trigger: ".o_data_row td[name=state]:contains(Draft)",
            run: "click",
        },
        {
            content: "its terms cannot be changed here",
            trigger: ".o_form_view .o_field_widget[name=notice_days].o_readonly_modifier",
        },
        ...sign,
        {
            content: "in force",
            trigger: ".o_form_view .o_arrow_button_current:contains(Signed)",
        },
    ],
});
