import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** A practitioner hands a claim over from the list. */
tours.add("recouv_placement_send_tour", {
    steps: () => [
        {
            content: "choose the claim",
            trigger:
                ".o_data_row:contains(Camille Martin) .o_list_record_selector input",
            run: "click",
        },
        {
            content: "hand it over",
            trigger: "button[name=action_place]",
            run: "click",
        },
        {
            content: "the dialog says that it goes; now",
            trigger:
                ".modal:has(.o_data_row:contains(Goes)) button[name=action_send]:enabled",
            run: "click",
        },
        {
            content: "yes, hand over",
            trigger: ".modal footer .btn-primary:contains(Ok)",
            run: "click",
        },
        {
            content: "the placement is with the agency",
            trigger:
                "body:not(:has(.modal)) .o_arrow_button_current[data-value=sent]",
        },
        {
            content: "and waits for its answer",
            trigger:
                ".o_field_widget[name=line_ids] .o_data_row:contains(Awaiting the agency)",
        },
    ],
});

/** An agent accepts what a practice hands over. */
tours.add("recouv_placement_accept_tour", {
    steps: () => [
        {
            content: "the claim waits, with its creditor",
            trigger:
                ".o_data_row:contains(Camille Martin) button[name=action_accept_placement]",
            run: "click",
        },
        {
            content: "nothing waits any more",
            trigger: ".o_view_nocontent_smiling_face",
        },
    ],
});

/** The practitioner reads the answer. */
tours.add("recouv_placement_answer_tour", {
    steps: () => [
        {
            content: "the agency has accepted it: open the claim",
            trigger:
                ".o_data_row:contains(Camille Martin):contains(Accepted) td[name=claim_id]",
            run: "click",
        },
        {
            content: "the claim says so too",
            trigger: "button[name=action_view_placements]:contains(Accepted)",
        },
    ],
});
