import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** Returns and rejections, as who follows third-party payers. */

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

function menu(parent, entry) {
    const xmlid = (name) => `[data-menu-xmlid='recouv_lib_tiers_payant.${name}']`;
    return [
        click(`menu ${parent}`, xmlid(parent)),
        click(`menu ${entry}`, `.dropdown-item${xmlid(entry)}`),
    ];
}

const noDialog = "body:not(:has(.modal))";

/** The file that the test has written, as the user's own disk would hold it. */
async function returnFile(name) {
    const answer = await fetch(`/web/content/recouv_lib_tiers_payant.${name}`);
    const transfer = new DataTransfer();
    transfer.items.add(new File([await answer.blob()], `${name}.noe`));
    return transfer;
}

function drag(kind, target, dataTransfer) {
    const event = new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer });
    document.querySelector(target).dispatchEvent(event);
}

/** Drop a file on the list, as a mouse does. */
function dropOnList(name) {
    return [
        {
            content: "a file is dragged over the list",
            trigger: ".o_list_view .o_list_renderer, .o_list_view .o_view_nocontent",
            timeout,
            async run() {
                drag("dragenter", ".o_list_renderer", await returnFile(name));
            },
        },
        {
            content: "the list says what to do with it; it is dropped",
            trigger: ".o_drop_area:contains(Drop the returns of your payers here)",
            timeout,
            async run() {
                drag("drop", ".o_drop_area", await returnFile(name));
            },
        },
    ];
}

/** Choose a file in the dialog of the button. */
function takeIn(name) {
    return {
        content: "choose a file with the button",
        trigger: ".o_recouv_return_upload",
        timeout,
        async run() {
            const input = document.querySelector(".document_file_uploader.o_input_file");
            input.files = (await returnFile(name)).files;
            input.dispatchEvent(new Event("change"));
        },
    };
}

tours.add("recouv_return_tour", {
    steps: () => [
        ...dropOnList("tour_return"),
        see("it is applied", ".o_form_view .o_arrow_button_current[data-value=applied]"),
        see("one line is left", "button[name=action_open_unmatched]:contains(1)"),
        click("back to the files", ".breadcrumb-item a:contains(Return files)"),
        see("the file is in the list", ".o_data_row:contains(tour_return.noe)"),
        takeIn("tour_return"),
        see("the same file twice is told", ".o_notification:contains(already)"),
        ...menu("menu_recouv_tp_returns", "menu_recouv_return_unmatched"),
        click("settle it", ".o_data_row:contains(000000777) button[name=action_settle]"),
        click("this is the one", ".modal .o_data_row button[name=action_choose]"),
        see("no line is left", `${noDialog} .o_view_nocontent:contains(found its share)`),
        ...menu("menu_recouv_tp_rejections", "recouv_rejection_menu"),
        click("open the cause", ".o_group_header:contains(2)"),
        see("both are there", ".o_data_row:nth-of-type(3)"),
        click("take them all", "thead .o_list_record_selector input"),
        click("treat", ".o_control_panel button[name=action_treat]"),
        see("two of them", ".modal .o_field_widget[name=count]:contains(2)"),
        click(
            "correct and send again",
            ".modal .o_field_widget[name=action] label:contains(/^Correct and send again$/)"
        ),
        type(
            "number them anew",
            ".modal .o_field_widget[name=first_number] input",
            "000000801 && press Tab"
        ),
        see(
            "the second counts on",
            ".modal .o_field_widget[name=line_ids] .o_data_row:contains(000000802)"
        ),
        click("treat them", ".modal footer button[name=action_apply]"),
        see("none is left to treat", `${noDialog} .o_view_nocontent:contains(Nothing is rejected)`),
        ...menu("menu_recouv_tp_shares", "recouv_share_menu"),
        see("it has gone out again", ".o_data_row:contains(000000801)"),
        click("the second attempt", ".o_data_row .o_data_cell:contains(000000802)"),
        see("is transmitted", ".o_form_view .o_arrow_button_current[data-value=transmitted]"),
    ],
});

tours.add("recouv_letter_rejection_tour", {
    steps: () => [
        click("a part that was sent", ".o_data_row .o_data_cell:contains(000000001)"),
        click("a letter rejects it", "button[name=action_enter_rejection]"),
        see("the part is known", ".o_field_widget[name=share_id] input:value(AMO)"),
        type("its code", ".o_field_widget[name=code] input", "0250"),
        type("what it says", ".o_field_widget[name=label] input", "ASSURE ABSENT"),
        click("save", ".o_form_button_save"),
        see("it is to be treated", ".o_arrow_button_current[data-value=to_do]"),
        see("by a day", ".o_field_widget[name=deadline] :value(/./)"),
    ],
});
