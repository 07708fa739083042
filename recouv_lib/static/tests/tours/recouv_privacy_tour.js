import { registry } from "@web/core/registry";

const answered = {
    content: "it is answered",
    trigger:
        "body:not(:has(.modal)) .o_form_view .o_field_widget[name=done_on]:not(:empty) span:not(:empty)",
};

/** Open a request of a kind from the list. */
function request(kind) {
    return [
        {
            content: `open the request: ${kind}`,
            trigger: `.o_list_view .o_data_row:contains(${kind}) td[name=partner_id]`,
            run: "click",
        },
    ];
}

const back = {
    content: "back to the register",
    trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a:contains(Data-protection requests)",
    run: "click",
};

/** A secretary corrects, exports, freezes and informs, as debtors ask. */
registry.category("web_tour.tours").add("recouv_privacy_tour", {
    steps: () => [
        ...request("Rectification"),
        {
            content: "correct",
            trigger: "button[name=action_rectify]",
            run: "click",
        },
        {
            content: "the new address",
            trigger: ".modal .o_field_widget[name=email] input",
            run: "edit new@example.com",
        },
        {
            trigger: ".modal footer button[name=action_confirm]:visible",
            run: "click",
        },
        answered,
        back,
        ...request("Access"),
        {
            content: "give access",
            trigger: "button[name=action_give_access]",
            run: "click",
        },
        {
            content: "the identity is checked",
            trigger: ".modal .o_field_widget[name=identity_checked] input",
            run: "click",
        },
        {
            trigger: ".modal footer button[name=action_confirm]:visible",
            run: "click",
        },
        answered,
        back,
        ...request("Limitation of processing"),
        {
            content: "freeze while it is looked into",
            trigger: "button[name=action_freeze]",
            run: "click",
        },
        {
            content: "and lift it",
            trigger: "button[name=action_unfreeze]",
            run: "click",
        },
        {
            content: "answered",
            trigger: "body:not(:has(button[name=action_unfreeze])) button[name=action_done]",
            run: "click",
        },
        answered,
        back,
        {
            content: "nobody waits",
            trigger: ".o_list_view:not(:has(.o_data_row))",
        },
    ],
});

/** A secretary hands the notice over, from the debtor's page. */
registry.category("web_tour.tours").add("recouv_privacy_notice_tour", {
    steps: () => [
        {
            trigger: ".o_form_view .o_cp_action_menus button:has(.fa-cog)",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .o_menu_item:contains(Data protection)",
            run: "click",
        },
        {
            content: "what is asked",
            trigger: ".modal .o_field_widget[name=kind] .o_select_menu_toggler",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(Information given)",
            run: "click",
        },
        {
            content: "print the notice",
            trigger: ".modal footer button:contains(Print the notice):visible",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});

/** A manager reads who read what, then purges after a dry run. */
registry.category("web_tour.tours").add("recouv_purge_tour", {
    steps: () => [
        {
            content: "who opened which claim",
            trigger: ".o_list_view .o_data_row td[name=claim_id]",
        },
        {
            trigger: '.o_menu_sections button[data-menu-xmlid="recouv_lib.menu_recouv_privacy"]',
            run: "click",
        },
        {
            trigger:
                '.o-dropdown--menu .dropdown-item[data-menu-xmlid="recouv_lib.recouv_purge_wizard_menu"]',
            run: "click",
        },
        {
            content: "what would go; nothing is erased yet",
            trigger: ".modal .o_field_widget[name=claim_count]:contains(1)",
        },
        {
            content: "type the number",
            trigger: ".modal .o_field_widget[name=typed_count] input",
            run: "edit 1",
        },
        {
            trigger: ".modal .o_field_widget[name=is_understood] input",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_purge]",
            run: "click",
        },
        {
            content: "what was erased, by whom",
            trigger: "body:not(:has(.modal)) .o_form_view .o_field_widget[name=claim_count]:contains(1)",
        },
    ],
});
