import { z } from "zod";
import { pageOf, Paging, role, route, SIGNED_IN } from "./contract.ts";
import { Description, Name } from "./naming.ts";

/** How far a tag may move the weight of what carries it, up or down. */
const WEIGHT_MAX = 10;

const settings = {
  color: z.string().regex(/^#[\da-fA-F]{3,8}$/, "a colour is written #rrggbb"),
  category: z.string().trim().max(200).nullable(),
  description: Description.nullable(),
  weight_modifier: z.number().int().min(-WEIGHT_MAX).max(WEIGHT_MAX),
};

export const TagInput = z.object({ name: Name, ...z.object(settings).partial().shape }).meta({ id: "TagInput" });
export const TagChanges = z
  .object({ name: Name, ...settings })
  .partial()
  .meta({ id: "TagChanges" });

export const Tag = z
  .object({
    id: z.number().int(),
    /** So far all tags are global: one name means one thing everywhere. */
    type: z.literal("global"),
    name: z.string(),
    color: z.string(),
    category: z.string().nullable(),
    description: z.string(),
    weight_modifier: z.number().int(),
    created: z.string(),
  })
  .meta({ id: "Tag" });

/** Tags are addressed by their names, in any capitals. */
const ByName = z.object({ name: z.string().min(1).max(200) });

export const tags = {
  list: route({
    method: "GET",
    path: "/global-tags",
    summary: "The tags, in order of their names",
    needs: SIGNED_IN,
    query: Paging.extend({ search: z.string().optional(), category: z.string().optional() }),
    output: pageOf(Tag),
  }),
  get: route({ method: "GET", path: "/global-tags/{name}", summary: "One tag", needs: SIGNED_IN, params: ByName, output: Tag }),
  create: route({
    method: "POST",
    path: "/global-tags",
    summary: "A new tag",
    needs: role("Manager"),
    body: TagInput,
    output: Tag,
    status: 201,
    audit: "tag.create",
    errors: ["OBJECT_EXISTS"],
  }),
  update: route({
    method: "PUT",
    path: "/global-tags/{name}",
    summary: "Changes a tag, everywhere it is used",
    needs: role("Manager"),
    params: ByName,
    body: TagChanges,
    output: Tag,
    audit: "tag.update",
    errors: ["OBJECT_EXISTS"],
  }),
  delete: route({
    method: "DELETE",
    path: "/global-tags/{name}",
    summary: "Deletes a tag, and takes it from everything that carries it",
    needs: role("Manager"),
    params: ByName,
    audit: "tag.delete",
  }),
};
