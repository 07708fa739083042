import { registry } from "@web/core/registry";

/** A practitioner takes a claim to court, lodges the petition and has it granted. */
registry.category("web_tour.tours").add("recouv_court_tour", {
    steps: () => [
        {
            content: "open the claim",
            trigger: ".o_data_row td[name=partner_id]:contains(Camille Martin)",
            run: "click",
        },
        {
            content: "to court: the file that is being prepared opens",
            trigger: ".o_form_view button[name=action_take_to_court]",
            run: "click",
        },
        {
            content: "nothing is missing; the dossier is complete",
            trigger: ".o_form_view button[name=action_complete].oe_highlight, .o_form_view button[name=action_complete].btn-primary",
            run: "click",
        },
        {
            content: "the petition was lodged",
            trigger: ".o_statusbar_buttons button[name=action_record]:contains(Lodged)",
            run: "click",
        },
        {
            content: "today is proposed",
            trigger: ".modal footer button[name=action_recorded]",
            run: "click",
        },
        {
            content: "the order came, as asked",
            trigger:
                "body:not(:has(.modal)) .o_statusbar_buttons button[name=action_record]:contains(Order granted)",
            run: "click",
        },
        {
            content: "what was asked is proposed",
            trigger: ".modal .o_field_widget[name=granted_principal] input:value(300)",
        },
        {
            trigger: ".modal footer button[name=action_recorded]",
            run: "click",
        },
        {
            content: "it must be served by a day that is told",
            trigger:
                "body:not(:has(.modal)) .o_form_view .o_field_widget[name=service_deadline]",
        },
        {
            content: "a secretary's day would warn of it",
            trigger: ".o_statusbar_buttons button[name=action_record]:contains(Order served)",
        },
    ],
});
