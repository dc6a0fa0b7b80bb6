import { z } from "zod";
import { Check, CheckChanges, content, organisation, rule } from "./checks.ts";
import { Flag, ID, many, pageOf, Paging, role, route, SIGNED_IN, team } from "./contract.ts";
import { Direction, Id, Search } from "./lists.ts";
import { Names } from "./naming.ts";

/** Most containers one request makes checks in. */
const CONTAINERS_MAX = 1000;

const { fields: _fields, ...ofTemplates } = content;
const settings = {
  ...rule,
  ...ofTemplates,
  tags: organisation.tags,
  additional_metadata: organisation.additional_metadata,
  template_locked: z.boolean(),
};

/** A check without a container. A locked one decides for the checks made from it, for ever. */
export const TemplateInput = z.object(settings).partial().meta({ id: "TemplateInput" });
export const TemplateChanges = z.object(settings).partial().meta({ id: "TemplateChanges" });

/** Checks to be made from a template: one in each container, on fields that are named once for all or for each. */
export const TemplateUse = z
  .object({
    containers: z
      .array(z.object({ container_id: Id, fields: Names.optional() }))
      .min(1)
      .max(CONTAINERS_MAX),
    fields: Names.optional(),
    ...CheckChanges.pick({ description: true, tags: true, status: true, owner_id: true, default_anomaly_assignee_id: true }).shape,
  })
  .meta({ id: "TemplateUse" });

export const checkTemplates = {
  list: route({
    method: "GET",
    path: "/quality-check-templates",
    summary: "The templates, the oldest first, with the number of checks made from each",
    needs: SIGNED_IN,
    query: Paging.extend({
      rule_type: many(z.string().max(200)).optional(),
      tag: many(z.string().max(200)).optional(),
      template_locked: Flag.optional(),
      search: Search.optional(),
      sort_created: Direction.optional(),
    }),
    output: pageOf(Check),
  }),
  create: route({
    method: "POST",
    path: "/quality-check-templates",
    summary: "A new template",
    needs: role("Manager"),
    body: TemplateInput,
    output: Check,
    status: 201,
    audit: "check-template.create",
  }),
  get: route({
    method: "GET",
    path: "/quality-check-templates/{id}",
    summary: "One template",
    needs: SIGNED_IN,
    params: ID,
    output: Check,
  }),
  update: route({
    method: "PUT",
    path: "/quality-check-templates/{id}",
    summary: "Changes a template. What a locked one asserts, and the tags of any, change in the checks made from it",
    needs: role("Manager"),
    params: ID,
    body: TemplateChanges,
    output: Check,
    audit: "check-template.update",
  }),
  delete: route({
    method: "DELETE",
    path: "/quality-check-templates/{id}",
    summary: "Deletes a template; the checks made from it stay, on their own",
    needs: role("Manager"),
    params: ID,
    audit: "check-template.delete",
  }),
  use: route({
    method: "POST",
    path: "/quality-check-templates/{id}/checks",
    summary: "Makes a check from a template in each of these containers, or in none; active ones need the permission Author",
    needs: team("Drafter", ["container", "body.containers.*.container_id"]),
    params: ID,
    body: TemplateUse,
    output: z.object({ items: z.array(Check) }),
    status: 201,
    audit: "check-template.use",
  }),
};
