import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** The main paths of the screens around the relance, each as who works there. */

// milliseconds for a step: the machine may do other work
const timeout = 60000;

function click(content, trigger) {
    return { content, trigger, timeout, run: "click" };
}

function see(content, trigger) {
    return { content, trigger, timeout };
}

function type(content, trigger, text) {
    return { content, trigger, timeout, run: `edit ${text}` };
}

function field(name) {
    return `.o_field_widget[name=${name}]`;
}

function choose(name, label) {
    return [
        click(`open ${name}`, `${field(name)} .o_select_menu_toggler`),
        click(`choose ${label}`, `.o_select_menu_item:contains(/^${label}$/)`),
    ];
}

function menu(parent, entry) {
    return [
        click(`menu ${parent}`, `[data-menu-xmlid='recouv_lib.${parent}']`),
        click(
            `menu ${entry}`,
            `.dropdown-item[data-menu-xmlid='recouv_lib.${entry}']`
        ),
    ];
}

function row(text) {
    return `.o_list_view .o_data_row .o_data_cell:contains(${text})`;
}

function button(name, rest = "") {
    return `.o_form_view button[name=${name}]${rest}`;
}

const noDialog = "body:not(:has(.modal))";

// --- cases ----------------------------------------------------------------------------

tours.add("recouv_case_tour", {
    steps: () => [
        click("open the claim", row("Camille Martin")),
        click("suspend it", button("action_suspend")),
        ...choose("reason", "Dispute"),
        ...choose("dispute_kind", "Price"),
        type("a part only", `.modal ${field("amount_disputed")} input`, "40"),
        click("suspend", ".modal footer button[name=action_apply]"),
        see("what is disputed is told", `${noDialog} ${field("amount_disputed")}:contains(40)`),
        ...menu("menu_recouv_work", "recouv_hold_case_menu"),
        click("open the dispute", row("Dispute")),
        type(
            "answer in one's own words",
            `${field("answer_text")} textarea`,
            "The price is the one of your quote."
        ),
        click("print the answer", button("action_print_answer")),
        see("it was answered today", `${field("answer_document_id")}:contains(answer)`),
        click("it was unfounded", button("action_close_case", ":contains(/^Unfounded$/)")),
        see("the outcome stays", `${field("outcome")}:contains(Unfounded)`),
        ...menu("menu_recouv_work", "recouv_claim_menu"),
        click("the claim again", row("Camille Martin")),
        click("the debtor complains", button("action_suspend")),
        ...choose("reason", "Complaint"),
        ...choose("opened_by", "Letter"),
        click("keep it", ".modal footer button[name=action_apply]"),
        see("it suspends", `${noDialog} ${field("suspension")}:contains(Suspended)`),
        ...menu("menu_recouv_reporting", "recouv_complaint_menu"),
        click("the register has it", row("R")),
        click("acknowledge", button("action_print_acknowledgment")),
        see("it was acknowledged", `${field("acknowledged_on")} :value(/./)`),
        click("answered", button("action_close_case", ":contains(/^Answered$/)")),
        see("the case is closed", `${field("outcome")}:contains(Answered)`),
    ],
});

// --- the person -----------------------------------------------------------------------

tours.add("recouv_person_tour", {
    steps: () => [
        click("open the claim", row("Camille Martin")),
        click("open its debtor", `${field("partner_id")} a`),
        see("the file is incomplete", ".alert:contains(Missing in the file)"),
        click("be careful", ".o_notebook .nav-link[name=recouv_careful]"),
        click("no call", `${field("recouv_no_call")} input`),
        ...choose("recouv_protection", "Curatorship \\(curatelle\\)"),
        type("the curator", `${field("recouv_guardian_id")} input`, "Ada"),
        click("Ada it is", ".o-autocomplete--dropdown-item:contains(Ada Curator)"),
        click("save", ".o_form_button_save"),
        see("the caution heads the contact", ".alert-warning:contains(curator)"),
        click("the relance of this person", ".o_notebook .nav-link[name=recouv]"),
        click("what the law suspended is lifted", button("action_recouv_lift")),
        click("lift", ".modal footer button[name=action_apply]"),
        click("suspend", `${noDialog} ${button("action_recouv_suspend")}`),
        ...choose("reason", "Hospitalised"),
        click("suspend the person", ".modal footer button[name=action_apply]"),
        see(
            "the suspension is told",
            `${noDialog} ${field("recouv_hold_ids")} .o_data_row:contains(Hospitalised)`
        ),
        click("file a paper", `${field("recouv_document_ids")} .o_field_x2many_list_row_add a`),
        ...choose("kind", "Certificate of entitlement \\(attestation de droits\\)"),
        click("keep it", ".modal .o_form_button_save"),
        see("it is filed", `${noDialog} ${field("recouv_document_ids")} .o_data_row`),
        click("save", ".o_form_button_save:enabled"),
        see("the file is complete", "body:not(:has(.alert:contains(Missing in the file)))"),
        ...menu("menu_recouv_work", "recouv_hold_menu"),
        see("the suspensions", ".o_control_panel:contains(Suspensions)"),
        click("open it", row("Hospitalised")),
        click("home again", button("action_lift")),
        see("it has ended", `${field("lifted_by_id")}`),
    ],
});

// --- what comes back ------------------------------------------------------------------

tours.add("recouv_reply_tour", {
    steps: () => [
        click("open the reply", row("Camille Martin")),
        see("its claim is paused", `${field("hold_id")}`),
        click("handled", button("action_handle")),
        see("it waits no more", ".o_arrow_button_current[data-value=handled]"),
        ...menu("menu_recouv_work", "recouv_notice_call_menu"),
        click("record the call", ".o_data_row:contains(Ali Benali) button[name=action_record_call]"),
        click("reached", ".modal button:contains(Reached)"),
        see("no call is left", ".o_view_nocontent:contains(No call to make)"),
        ...menu("menu_recouv_reporting", "recouv_courtesy_menu"),
        see("the thanks that left", row("Camille Martin")),
    ],
});

// --- at the desk ----------------------------------------------------------------------

const cheque = `.modal ${field("method")} .o_radio_item:contains(/^Cheque$/) input`;

tours.add("recouv_desk_tour", {
    steps: () => [
        ...menu("menu_recouv_work", "recouv_find_menu"),
        type("the end of his number", `.modal ${field("query")} input`, "12 34 56 && press Tab"),
        click(
            "it is Camille",
            `.modal ${field("claim_ids")} .o_data_row:contains(Camille Martin) button[name=action_open]`
        ),
        click("who pays", `${noDialog} ${button("action_collect")}`),
        click("by cheque", cheque),
        click("no paper", `.modal ${field("print_receipt")} input`),
        click("take it", ".modal footer button[name=action_collect]"),
        see("nothing is owed", noDialog),
        ...menu("menu_recouv_money", "recouv_deposit_new_menu"),
        see("the cheque is on the slip", `${field("cheque_ids")} .o_data_row:contains(Camille)`),
        click("it is at the bank", button("action_done")),
        see("deposited", ".o_arrow_button_current[data-value=done]"),
        ...menu("menu_recouv_money", "recouv_collection_menu"),
        see("the list", ".o_control_panel:contains(Money received)"),
        click("what was received", row("Camille Martin")),
        click("it came back", button("action_bounce")),
        click("record it", ".modal footer button[name=action_bounce]"),
        click("the debtor was called", `${noDialog} ${button("action_handled")}`),
        see("by whom is kept", field("handled_by_id")),
    ],
});

tours.add("recouv_settlement_tour", {
    steps: () => [
        click("approve", button("action_approve")),
        see("it runs", ".o_form_view:not(:has(button[name=action_approve]))"),
    ],
});

// --- overrun --------------------------------------------------------------------------

tours.add("recouv_overrun_tour", {
    steps: () => [
        see("what is owed already heads the draft", ".alert:contains(owes)"),
        click("relance", ".o_notebook .nav-link[name=recouv]"),
        type("an overrun", `${field("recouv_overrun_amount")} input`, "60 && press Tab"),
        see("the quote must be signed", ".alert:contains(signed quote)"),
        click("it was", field("recouv_quote_signed_on")),
        type("on that day", `${field("recouv_quote_signed_on")} input`, "06/01/2026"),
        click("save", ".o_form_button_save"),
        see("it is saved", ".o_form_saved"),
        see("all is well", "body:not(:has(.alert:contains(signed quote)))"),
    ],
});

tours.add("recouv_confirm_overrun_tour", {
    steps: () => [
        click("open the claim", row("Camille Martin")),
        see("the fragile part", `${field("amount_fragile")}:contains(60)`),
        click("claim it all the same", button("action_confirm_overrun")),
        click("yes", ".modal footer .btn-primary"),
        see("it is told who said so", `${noDialog} ${field("fragile_confirmed_by_id")}`),
    ],
});

// --- import ---------------------------------------------------------------------------

const FILE = [
    "N° patient;Nom;Prénom;Adresse;CP;Ville;Tél;Contact rapide",
    "12;Lefèvre;Anaïs;1 rue A;35000;Rennes;0299123456;0612345678",
    "13;Noël;Zoé;2 rue B;35190;Bécherel;;",
    "12;Autre;Paul;;;;;",
].join("\r\n");

function upload() {
    return [
        click("a new import", ".o_list_button_add"),
        {
            content: "choose the file of the practice's software",
            trigger: `${field("file")} .o_select_file_button`,
            run() {
                const transfer = new DataTransfer();
                transfer.items.add(new File([FILE], "patients.csv", { type: "text/csv" }));
                const input = document.querySelector(`${field("file")} input.o_input_file`);
                input.files = transfer.files;
                input.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        see("it is there", `${field("file")} .o_clear_file_button`),
        click("read it", button("action_read", ":contains(Read the file)")),
        click("look at it", ".o_notebook .nav-link[name=preview]"),
        see("the first rows are shown", `${field("preview")} td:contains(Lefèvre)`),
    ];
}

tours.add("recouv_import_tour", {
    steps: () => [
        ...upload(),
        click("how the columns are read", ".o_notebook .nav-link[name=columns]"),
        click(
            "one is unknown",
            `${field("column_ids")} .o_data_row:contains(Contact rapide) td[name=field]`
        ),
        ...choose("field", "Mobile phone"),
        click("read again", button("action_read", ":contains(Read again)")),
        click("look again", ".o_notebook .nav-link[name=preview]"),
        see("now it is a number", `${field("preview")} td:contains(0612345678)`),
        see("one row is wrong", `${field("preview")} .table-danger:contains(Autre)`),
        click("import", button("action_start")),
        see("it goes on in the background", ".o_recouv_live"),
        see("and ends by itself", ".o_arrow_button_current[data-value=done]"),
        click("the row that was not imported", button("action_open_errors")),
        see("says why", row("stands in this file before")),
        click("back to the imports", ".breadcrumb-item a:contains(Import)"),
        ...upload(),
        see("nothing new in it", ".alert:contains(Nothing in this file is new)"),
        see("and it remembers the columns", `${field("preview")} td:contains(0612345678)`),
        click("import it all the same", button("action_start")),
        see("it ends too", ".o_arrow_button_current[data-value=done]"),
    ],
});
