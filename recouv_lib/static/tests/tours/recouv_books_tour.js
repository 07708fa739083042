import { registry } from "@web/core/registry";

/** Open an entry of a menu of the bar. */
function menu(section, xmlid) {
    return [
        {
            content: `open the menu of ${xmlid}`,
            trigger: `.o_menu_sections button[data-menu-xmlid="${section}"]`,
            run: "click",
        },
        {
            content: `choose ${xmlid}`,
            trigger: `.o-dropdown--menu .dropdown-item[data-menu-xmlid="${xmlid}"]`,
            run: "click",
        },
    ];
}

/** A manager closes the year: propose, look through, book, take back. */
registry.category("web_tour.tours").add("recouv_doubtful_tour", {
    steps: () => [
        {
            content: "a new closing",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "half of it is depreciated",
            trigger: ".o_field_widget[name=depreciation_percent] input",
            run: "edit 50",
        },
        {
            content: "propose",
            trigger: "button[name=action_propose].btn-primary",
            run: "click",
        },
        {
            content: "two old receivables are listed; one will be paid: take it out",
            trigger:
                ".o_field_widget[name=line_ids] .o_data_row:contains(Zoe Leroy) .o_list_record_remove button",
            run: "click",
        },
        {
            content: "one is left; book",
            trigger:
                ".o_field_widget[name=line_ids]:not(:contains(Zoe Leroy)):contains(Camille Martin)",
        },
        {
            trigger: "button[name=action_post]",
            run: "click",
        },
        {
            content: "yes",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "it is booked, depreciation included",
            trigger: "button.o_arrow_button_current[data-value=posted]",
        },
        {
            trigger: "button[name=action_view_entries]",
        },
        {
            content: "it was the wrong year: take it back",
            trigger: "button[name=action_ask_undo]",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit closed too early",
        },
        {
            trigger: ".modal button[name=action_undo]",
            run: "click",
        },
        {
            content: "it is undone",
            trigger: "button.o_arrow_button_current[data-value=undone]",
        },
    ],
});

const REPORTS = "account.menu_finance_reports";

/** An accountant without a right of ours reads the figures and takes the book. */
registry.category("web_tour.tours").add("recouv_accountant_tour", {
    steps: () => [
        {
            content: "what is owed, by age",
            trigger: ".o_pivot table td.o_pivot_cell_value",
        },
        {
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            content: "one by one",
            trigger: ".o_data_row td[name=partner_id]:contains(Camille Martin)",
            run: "click",
        },
        {
            content: "the claim, with no button that would fail",
            trigger:
                ".o_form_view:not(:has(button[name=action_suspend], button[name=action_collect], button[name=action_agree])) button[name=action_explain]",
            run: "click",
        },
        {
            content: "where it stands",
            trigger: ".modal .o_data_row",
        },
        {
            trigger: ".modal .btn-close",
            run: "click",
        },
        ...menu(REPORTS, "recouv_lib.recouv_receipt_book_accountant_menu"),
        {
            content: "the receipts book as a spreadsheet",
            trigger: ".modal button[name=action_xlsx]",
            run: "click",
        },
        {
            content: "and as a PDF",
            trigger: ".modal button[name=action_pdf]:enabled",
            run: "click",
        },
        {
            content: "and on the screen",
            trigger: ".modal button[name=action_view]:enabled",
            run: "click",
        },
        {
            content: "by month",
            trigger: "body:not(:has(.modal)) .o_list_view .o_group_header",
            run: "click",
        },
        {
            content: "with the payer and the means",
            trigger: ".o_data_row td[name=payer]:contains(Camille Martin)",
        },
        ...menu(REPORTS, "recouv_lib.recouv_report_recovery_accountant_menu"),
        {
            content: "what each step brought",
            trigger: ".o_pivot table td.o_pivot_cell_value",
        },
        {
            trigger: ".o_switch_view.o_graph",
            run: "click",
        },
        {
            content: "as a graph",
            trigger: ".o_graph_renderer canvas",
        },
        ...menu(REPORTS, "recouv_lib.recouv_forecast_accountant_menu"),
        {
            content: "receipts to expect",
            trigger: ".o_breadcrumb:contains(Receipts to expect)",
        },
        {
            trigger: ".o_graph_renderer canvas",
        },
        ...menu(REPORTS, "recouv_lib.recouv_report_balance_accountant_menu"),
        {
            content: "the balance at the last closing",
            trigger: ".modal button[name=action_view]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_pivot table td.o_pivot_cell_value",
        },
        ...menu(REPORTS, "recouv_lib.recouv_doubtful_batch_accountant_menu"),
        {
            content: "the closings, which an accountant reads",
            trigger: ".o_list_view:not(:has(.o_list_button_add)) .o_data_row td[name=date]",
            run: "click",
        },
        {
            trigger:
                ".o_form_view:not(:has(button[name=action_post], button[name=action_propose])) .o_field_widget[name=line_ids]",
        },
    ],
});

/** A secretary hands a statement of account over. */
registry.category("web_tour.tours").add("recouv_papers_tour", {
    steps: () => [
        {
            content: "the debtor's page",
            trigger: ".o_form_view .nav-link[name=recouv]",
            run: "click",
        },
        {
            content: "the statement of account",
            trigger: "button[name=action_recouv_statement]",
            run: "click",
        },
        {
            content: "it was handed over",
            trigger: "button[name=action_recouv_statement]:enabled",
        },
    ],
});

/** A manager prints the policy for the waiting room. */
registry.category("web_tour.tours").add("recouv_policy_tour", {
    steps: () => [
        {
            trigger: ".o_data_row td[name=name]:contains(Test schedule)",
            run: "click",
        },
        {
            trigger: "button[name=action_print_policy]",
            run: "click",
        },
        {
            trigger: "button[name=action_print_policy]:enabled",
        },
    ],
});
