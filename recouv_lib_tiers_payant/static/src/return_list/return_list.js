import { FileUploadListController } from "@account/views/file_upload_list/file_upload_list_controller";
import { FileUploadListRenderer } from "@account/views/file_upload_list/file_upload_list_renderer";
import { fileUploadListView } from "@account/views/file_upload_list/file_upload_list_view";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** The list of return files: files are dropped on it, several at once. */
export class RecouvReturnListRenderer extends FileUploadListRenderer {
    setup() {
        super.setup();
        this.dropZoneTitle = _t("Drop the returns of your payers here");
    }

    /** Nothing is pasted here: a copied cell is no return file. */
    async onPaste() {}
}

export const recouvReturnListView = {
    ...fileUploadListView,
    Controller: FileUploadListController,
    Renderer: RecouvReturnListRenderer,
    buttonTemplate: "recouv_lib_tiers_payant.ReturnListButtons",
};

registry.category("views").add("recouv_return_list", recouvReturnListView);
