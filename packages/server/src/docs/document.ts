/** As much of an OpenAPI document as its pages show. */
import { z } from "zod";

const Plain = z.object({
  $ref: z.string(),
  type: z.union([z.string(), z.array(z.string())]),
  format: z.string(),
  pattern: z.string(),
  description: z.string(),
  const: z.unknown(),
  default: z.unknown(),
  enum: z.array(z.unknown()),
  required: z.array(z.string()),
  minimum: z.number(),
  maximum: z.number(),
  minLength: z.number(),
  maxLength: z.number(),
  minItems: z.number(),
  maxItems: z.number(),
});

type Parts = {
  anyOf?: Schema[] | undefined;
  oneOf?: Schema[] | undefined;
  allOf?: Schema[] | undefined;
  /** False beside `prefixItems`: a list of just these. */
  items?: Schema | boolean | undefined;
  prefixItems?: Schema[] | undefined;
  properties?: Record<string, Schema> | undefined;
  additionalProperties?: Schema | boolean | undefined;
};

/** A JSON schema; what a page does not show of it is dropped. */
export type Schema = Partial<z.output<typeof Plain>> & Parts;

export const Schema: z.ZodType<Schema> = Plain.partial().extend({
  get anyOf() {
    return z.array(Schema).optional();
  },
  get oneOf() {
    return z.array(Schema).optional();
  },
  get allOf() {
    return z.array(Schema).optional();
  },
  get items() {
    return z.union([z.boolean(), Schema]).optional();
  },
  get prefixItems() {
    return z.array(Schema).optional();
  },
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), Schema]).optional();
  },
});

const Content = z.record(z.string(), z.object({ schema: Schema }));

export const Operation = z.object({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string(),
  parameters: z.array(z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema: Schema })),
  requestBody: z.object({ required: z.boolean(), content: Content }).optional(),
  /** Empty where nobody needs to be signed in. */
  security: z.array(z.unknown()).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: Content.optional() })),
});
export type Operation = z.output<typeof Operation>;

export const Document = z.object({
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
});
export type Document = z.output<typeof Document>;

/** A route as a page shows it. */
export type Shown = { method: string; path: string; operation: Operation };

/** Routes by noun, in the order of the document. */
export const byNoun = ({ paths }: Document): Map<string, Shown[]> => {
  const nouns = new Map<string, Shown[]>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const noun = operation.tags[0] ?? "others";
      nouns.set(noun, [...(nouns.get(noun) ?? []), { method: method.toUpperCase(), path, operation }]);
    }
  return nouns;
};

const COMPONENT = "#/components/schemas/";

/** Name of the component that a schema refers to; null for one that stands for itself. */
export const componentOf = ({ $ref }: Schema): string | null => ($ref?.startsWith(COMPONENT) ? $ref.slice(COMPONENT.length) : null);

/** The alternatives of a schema without null, and whether it may be null. */
export const alternatives = (schema: Schema): { options: Schema[]; nullable: boolean } => {
  const given = schema.anyOf ?? schema.oneOf ?? [schema];
  const options = given.filter(({ type }) => type !== "null");
  return { options, nullable: options.length < given.length };
};
