/** The OpenAPI definitions of Kubernetes, trimmed to what the chart uses (`trim.ts` makes the file). */
import { z } from "zod";
import text from "./definitions.json" with { type: "json" };

export type Definition = {
  $ref?: string | undefined;
  type?: string | string[] | undefined;
  properties?: Record<string, Definition> | undefined;
  items?: Definition | undefined;
  additionalProperties?: boolean | Definition | undefined;
  required?: string[] | undefined;
  enum?: unknown[] | undefined;
  /** How lists and maps are merged: by whole, by element, or by element of some keys. */
  "x-kubernetes-list-type"?: string | undefined;
  "x-kubernetes-list-map-keys"?: string[] | undefined;
  "x-kubernetes-map-type"?: string | undefined;
  /** The same for patches that clients make, as kubectl and helm 3 do: `merge`, `retainKeys` or both, and the one key of the elements. */
  "x-kubernetes-patch-strategy"?: string | undefined;
  "x-kubernetes-patch-merge-key"?: string | undefined;
};

const Definition: z.ZodType<Definition> = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z
    .record(
      z.string(),
      z.lazy(() => Definition),
    )
    .optional(),
  items: z.lazy(() => Definition).optional(),
  additionalProperties: z.union([z.boolean(), z.lazy(() => Definition)]).optional(),
  required: z.array(z.string()).optional(),
  enum: z.array(z.unknown()).optional(),
  "x-kubernetes-list-type": z.string().optional(),
  "x-kubernetes-list-map-keys": z.array(z.string()).optional(),
  "x-kubernetes-map-type": z.string().optional(),
  "x-kubernetes-patch-strategy": z.string().optional(),
  "x-kubernetes-patch-merge-key": z.string().optional(),
});

const Definitions = z.object({ version: z.string(), kinds: z.record(z.string(), z.string()), $defs: z.record(z.string(), Definition) });

export const DEFINITIONS = Definitions.parse(text);

/** Name of the definition of `apiVersion/Kind`; null for what is not of Kubernetes itself. */
export const definitionName = ({ apiVersion, kind }: { apiVersion: string; kind: string }): string | null =>
  DEFINITIONS.kinds[`${apiVersion}/${kind}`] ?? null;

/** A definition with its reference followed. What the reference says of merging is kept beside. */
export const resolved = (definition: Definition): Definition => {
  if (definition.$ref === undefined) return definition;
  const named = DEFINITIONS.$defs[definition.$ref.replace("#/$defs/", "")];
  if (named === undefined) throw new Error(`${definition.$ref} is not among the definitions`);
  const { $ref: _, ...own } = definition;
  return { ...named, ...own };
};

export const definitionOf = (object: { apiVersion: string; kind: string }): Definition | null => {
  const name = definitionName(object);
  return name === null ? null : resolved({ $ref: `#/$defs/${name}` });
};
