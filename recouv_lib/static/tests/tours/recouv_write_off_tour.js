import { registry } from "@web/core/registry";

/** A manager gives a claim up, from its page, and takes it back. */
registry.category("web_tour.tours").add("recouv_write_off_tour", {
    steps: () => [
        {
            content: "open the claim",
            trigger: ".o_data_row td[name=reference]",
            run: "click",
        },
        {
            content: "on its page",
            trigger: ".o_form_view button[name=action_prepare_write_off]",
            run: "click",
        },
        {
            content: "why",
            trigger: ".o_field_widget[name=reason] .o_select_menu_toggler",
            run: "click",
        },
        {
            content: "nothing can be seized",
            trigger: ".o_select_menu_item:contains(seized)",
            run: "click",
        },
        {
            content: "what shows it",
            trigger: ".o_field_widget[name=explanation] textarea",
            run: "edit The officer found nothing.",
        },
        {
            content: "decide",
            trigger: "button[name=action_decide]",
            run: "click",
        },
        {
            content: "yes",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "it is written off, with its entry",
            trigger: "button.o_arrow_button_current[data-value=decided]",
        },
        {
            content: "it was a mistake",
            trigger: "button[name=action_ask_undo]",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".modal .o_field_widget[name=reason] :is(input, textarea)",
            run: "edit Found again",
        },
        {
            content: "undo",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "it is undone",
            trigger: "body:not(:has(.modal)) button[data-value=undone].o_arrow_button_current",
        },
    ],
});
