/** `values.schema.json`: the description of the values as Helm reads it (JSON Schema, draft 7), and what one value demands of another. */
import { z } from "zod";
import { MOVED } from "./moved.ts";
import { Values } from "./values.ts";

export type Node = z.core.JSONSchema.BaseSchema;

/** Which Secrets there must be; each is named by what is missing in `helm lint`. */
const DEMANDS = [
  {
    if: { properties: { controlPlane: { properties: { enabled: { const: false } } } } },
    // Dataplanes alone need nothing but their tokens.
    then: { properties: { dataplanes: { required: ["existingSecret"] } } },
    else: {
      if: { properties: { store: { properties: { mode: { const: "demo" } } } } },
      then: {},
      else: {
        properties: { keys: { required: ["existingSecret"] }, dataplanes: { required: ["existingSecret"] } },
        if: { properties: { store: { properties: { mode: { const: "external" } } } } },
        then: { properties: { store: { required: ["existingSecret"] } } },
      },
    },
  },
];

const isNode = (node: Node | boolean | undefined): node is Node => typeof node === "object";

/** Names that other charts use are let through, so that a template can say where they are here. */
const withMoved = (schema: Node): Node => ({
  ...schema,
  properties: {
    ...schema.properties,
    ...Object.fromEntries(Object.keys(MOVED).map((name) => [name, { description: `not here: ${MOVED[name]}` }])),
  },
});

export const valuesSchema = (): Node => ({
  ...withMoved(described()),
  title: "Values of the Touchstone chart",
  allOf: DEMANDS,
});

/** The description alone, from which values.yaml and the reference are made. */
export const described = (): Node => z.toJSONSchema(Values, { target: "draft-7", io: "input", reused: "inline" });

/** Properties in their order, whatever they are. */
export const propertiesOf = ({ properties }: Node): [string, Node][] =>
  Object.entries(properties ?? {}).flatMap(([name, node]) => (isNode(node) ? [[name, node]] : []));

const isEmpty = (value: unknown): boolean => typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** Whether the reader is told of the parts of a value, not of the value as a whole. */
export const hasParts = (node: Node): boolean =>
  node.properties !== undefined && !isEmpty(node.properties) && (node.default === undefined || isEmpty(node.default));
