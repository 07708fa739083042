/** Alt+Shift+F, anywhere: find who calls. */
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

export const recouvFindHotkey = {
    dependencies: ["action", "hotkey"],
    async start(_env, { action, hotkey }) {
        if (await user.hasGroup("recouv_lib.group_user")) {
            hotkey.add("alt+shift+f", () => action.doAction("recouv_lib.recouv_find_action"), {
                global: true,
                bypassEditableProtection: true,
            });
        }
    },
};

registry.category("services").add("recouv_find_hotkey", recouvFindHotkey);
