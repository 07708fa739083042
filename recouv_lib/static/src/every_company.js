import { user } from "@web/core/user";

/**
 * Tick all practices of the user in the company menu, without a reload.
 *
 * My day and the calls work over all of them; what they open must be readable there too.
 */
export async function tickEveryCompany() {
    const main = user.activeCompany.id;
    const others = user.allowedCompanies.map(({ id }) => id).filter((id) => id !== main);
    if (user.activeCompanies.length <= others.length) {
        await user.activateCompanies([main, ...others], {
            includeChildCompanies: false,
            reload: false,
        });
    }
}
