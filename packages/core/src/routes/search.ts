import { z } from "zod";
import { route, visible } from "./contract.ts";
import { Reference } from "./naming.ts";

/** Of each noun at most this many are shown: who does not find it among them types another letter. */
const HITS_MAX = 50;

export const SearchHit = z
  .object({
    noun: z.enum(["datastore", "container", "field", "check"]),
    id: z.number().int(),
    name: z.string(),
    container: Reference.nullable(),
    datastore: Reference,
  })
  .meta({ id: "SearchHit" });

export const search = {
  find: route({
    method: "GET",
    path: "/search",
    summary: "Datastores, containers, fields and checks that the caller may see, in whose names each word begins a word",
    needs: visible("Reporter"),
    query: z.object({ q: z.string().max(200), size: z.coerce.number().int().min(1).max(HITS_MAX).default(10) }),
    output: z.object({ items: z.array(SearchHit) }),
  }),
};
