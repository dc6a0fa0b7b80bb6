import { SearchHit, type search } from "@touchstone/core/routes/search";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { searched, wordsOf } from "../store/search.ts";

export const searchHandlers: Handlers<typeof search, Services> = {
  find: async ({ query }, { db, visible }) => {
    const words = wordsOf(query.q);
    if (words === null) return { items: [] };
    const hits = await searched(db, { text: query.q, words, visible: await visible("Reporter"), size: query.size });
    return {
      items: hits.map((hit) => ({
        noun: SearchHit.shape.noun.parse(hit.noun),
        id: hit.id,
        name: hit.name,
        container: hit.container_id === null || hit.container_name === null ? null : { id: hit.container_id, name: hit.container_name },
        datastore: { id: hit.datastore_id, name: hit.datastore_name },
      })),
    };
  },
};
