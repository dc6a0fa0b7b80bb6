/** Computed fields: values that are made of others of their row, beside the found ones in every statement. */
import { ComputedField, computedFieldExpr } from "@touchstone/core/expr/computed-field";
import { typeOf } from "@touchstone/core/expr/types";
import { UserError, userError } from "@touchstone/core/errors";
import { Field, FieldType } from "@touchstone/core/model/field";
import type { Container } from "@touchstone/core/model/container";
import type { WorkField } from "@touchstone/core/model/dataplane";
import type { Relation, Session } from "../connectors/connector.ts";
import { inParentheses } from "../connectors/postgres/relation.ts";
import { renderExpr } from "../dialects/render.ts";
import type { OpenedContainer } from "./operation.ts";

const definitionOf = ({ name, computed }: WorkField): ComputedField => {
  const read = ComputedField.safeParse(computed);
  if (read.success) return read.data;
  throw userError("OPTION_INVALID", `computed field ${name}`, read.error.issues[0]?.message ?? "it is not as it should be");
};

type Made = { field: Field; sql: string };

const made = (session: Session, container: Container, own: WorkField): Made => {
  const definition = definitionOf(own);
  const expr = computedFieldExpr(definition, container);
  const type = FieldType.safeParse(typeOf(expr)).data ?? "Unknown";
  const sources = container.fields.filter(({ name }) => definition.source_fields.includes(name));
  const masked = own.status === "Masked" || sources.some((source) => source.masked);
  return {
    field: Field.parse({ name: own.name, field_type: type, native_type: "computed", type_declared: false, masked }),
    sql: `${renderExpr(expr, { dialect: session.dialect, now: new Date().toISOString() })} AS ${session.dialect.quote(own.name)}`,
  };
};

const widened = ({ dialect }: Session, relation: Relation, columns: readonly string[]): Relation => {
  const query = `SELECT *, ${columns.join(", ")} FROM ${relation.from}`;
  const { fromOnly: _fromOnly, ...kept } = relation;
  return { ...kept, from: dialect.name === "postgres" ? inParentheses(query) : `(${query})` };
};

/** One whose sources are gone costs itself, and the checks about it: they name it, and are unasserted. */
const madeWhereItCan = (session: Session, container: Container, own: WorkField): Made[] => {
  try {
    return [made(session, container, own)];
  } catch (thrown) {
    if (thrown instanceof UserError) return [];
    throw thrown;
  }
};

/** The container with those of its computed fields that can be computed. */
export const withComputedFields = (opened: OpenedContainer): OpenedContainer => {
  const { known, container, relation, datastore } = opened;
  const own = known.fields.filter(({ computed, status }) => computed !== null && status !== "Excluded" && status !== "Missing");
  if (own.length === 0) return opened;
  const fields = own.flatMap((field) => madeWhereItCan(datastore.session, container, field));
  if (fields.length === 0) return opened;
  return {
    ...opened,
    container: { ...container, fields: [...container.fields, ...fields.map(({ field }) => field)] },
    relation: widened(
      datastore.session,
      relation,
      fields.map(({ sql }) => sql),
    ),
  };
};
