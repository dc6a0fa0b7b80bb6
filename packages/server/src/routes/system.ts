import { API_VERSION } from "@touchstone/core/routes/index";
import type { system } from "@touchstone/core/routes/system";
import { verifyAudit } from "../auth/audit.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { readSetting } from "../store/settings.ts";

export const systemHandlers: Handlers<typeof system, Services> = {
  health: async (_, { services }) => ({ status: services.phase() }),

  status: async (_, { db, services }) => ({
    status: "ok",
    version: services.version,
    api_version: API_VERSION,
    setup_needed: (await readSetting(db, "setup_code_hash")) !== null,
    now: new Date().toISOString(),
  }),

  audit: async ({ query }, { db }) => {
    const rows = await db.selectFrom("audit").where("id", ">", query.after).orderBy("id").limit(query.size).selectAll().execute();
    return { items: rows.map((row) => ({ ...row, at: row.at.toISOString() })) };
  },

  verifyAudit: async ({ query: { id, hash } }, { db }) => {
    const { broken, ...rest } = await verifyAudit(db, id === undefined || hash === undefined ? null : { id, hash });
    return { whole: broken === null, ...rest, first_break: broken };
  },
};
