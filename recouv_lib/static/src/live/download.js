import { registry } from "@web/core/registry";

/**
 * Downloads a file, then lets the screen it was asked from read its record again: a
 * plain `act_url` leaves the form with what it showed before.
 */
registry.category("actions").add("recouv_download", (env, action) => {
    const link = document.createElement("a");
    link.href = action.params.url;
    link.download = "";
    link.click();
    return { type: "ir.actions.act_window_close" };
});
