import type { z } from "zod";
import type { ContainerProfile, profiles } from "@touchstone/core/routes/fields";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { found } from "../store/found.ts";
import { paged, pageRows } from "../store/paging.ts";
import { profileRows, statisticsRows, type ProfileRow } from "../store/profiles.ts";
import { statisticsOf } from "./statistics.ts";

const profileOf = ({ records, created_at, ...row }: ProfileRow): z.input<typeof ContainerProfile> => ({
  ...row,
  records_count: records,
  field_profiles_count: Number(row.field_profiles_count),
  created: created_at.toISOString(),
});

export const profileHandlers: Handlers<typeof profiles, Services> = {
  list: async ({ params, query }, { db }) => {
    const page = await pageRows(profileRows(db, params.id).orderBy("id", "desc"), query);
    return paged(page.rows.map(profileOf), page.total, query);
  },

  get: async ({ params }, { db }) => {
    const rows = profileRows(db, params.id).where("id", "=", params.profile_id);
    const row = found(await rows.executeTakeFirst(), "profile", params.profile_id);
    const statistics = await statisticsRows(db, row.id).execute();
    return { ...profileOf(row), fields: statistics.map(statisticsOf) };
  },
};
