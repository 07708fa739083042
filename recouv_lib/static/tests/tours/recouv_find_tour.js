/** Who calls? Alt+Shift+F, a few digits, and the claim is open. */
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("recouv_find_tour", {
    steps: () => [
        {
            content: "the list is there: press the hotkey",
            trigger: ".o_list_view",
            run: "press alt+shift+f",
        },
        {
            content: "type the last digits of the number",
            trigger: ".modal .o_field_widget[name=query] input",
            run: "edit 981234",
        },
        {
            content: "find",
            trigger: ".modal button[name=action_search]",
            run: "click",
        },
        {
            content: "open the claim found",
            trigger: ".modal .o_data_row button[name=action_open]",
            run: "click",
        },
        {
            content: "its caution is read first",
            trigger: ".o_form_view .alert:contains(voice message)",
        },
    ],
});
