import { FileUploadListController } from "@account/views/file_upload_list/file_upload_list_controller";
import { FileUploadListRenderer } from "@account/views/file_upload_list/file_upload_list_renderer";
import { fileUploadListView } from "@account/views/file_upload_list/file_upload_list_view";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

import { onWillStart } from "@odoo/owl";

/** Taking in is for who may; an accountant reads the list. */
export class RecouvReturnListController extends FileUploadListController {
    setup() {
        super.setup();
        onWillStart(async () => {
            this.canTakeIn = await user.checkAccessRight("recouv.return.file", "create");
        });
    }
}

/** The list of return files: files are dropped on it, several at once. */
export class RecouvReturnListRenderer extends FileUploadListRenderer {
    setup() {
        super.setup();
        this.dropZoneTitle = _t("Drop the returns of your payers here");
    }

    onDragStart(ev) {
        if (document.querySelector(".o_recouv_return_upload")) {
            super.onDragStart(ev);
        }
    }

    /** Nothing is pasted here: a copied cell is no return file. */
    async onPaste() {}
}

export const recouvReturnListView = {
    ...fileUploadListView,
    Controller: RecouvReturnListController,
    Renderer: RecouvReturnListRenderer,
    buttonTemplate: "recouv_lib_tiers_payant.ReturnListButtons",
};

registry.category("views").add("recouv_return_list", recouvReturnListView);
