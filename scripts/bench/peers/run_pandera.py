"""pandera on polars: one schema, validated lazily (all failures collected, as `failure_cases`)."""

from answer import Answer, question

import datetime

import pandera.polars as pa
import polars as pl

answer = Answer("polars frame, validate(lazy=True)", ["pandera", "polars"])
asked = question()
checks = asked["checks"]

with answer.timed("load"):
    frame = pl.read_parquet(asked["files"]["order_line"])
    others = {name: pl.read_parquet(path) for name, path in asked["files"].items() if name != "order_line"}


def own(check_id, expression):
    """A check in the tool's own form for what it has no ready name for."""
    return pa.Check(lambda data: data.lazyframe.select(expression), error=check_id)


def column_check(check):
    day = datetime.date.fromisoformat
    match check["kind"]:
        case "range":
            return pa.Check.in_range(check["min"], check["max"], error=check["id"])
        case "date_range":
            return pa.Check.in_range(day(check["min"]), day(check["max"]), error=check["id"])
        case "one_of":
            return pa.Check.isin(check["values"], error=check["id"])
        case "matches":
            return pa.Check.str_matches(check["pattern"], error=check["id"])
        case "max_length":
            return pa.Check.str_length(max_value=check["max"], error=check["id"])
        case "in_table":
            allowed = others[check["table"]][check["other"]]
            return own(check["id"], pl.col(check["field"]).is_in(allowed.implode()))
    return None


not_null = {check["field"]: check["id"] for check in checks if check["kind"] == "not_null"}
by_field = {}
for check in checks:
    if "field" in check and (made := column_check(check)) is not None:
        by_field.setdefault(check["field"], []).append(made)
schema = pa.DataFrameSchema(
    {name: pa.Column(checks=by_field.get(name, []), nullable=name not in not_null) for name in frame.columns},
    checks=[own(c["id"], pl.col(c["field"]) < pl.col(c["other"])) for c in checks if c["kind"] == "before"],
    unique=next((c["fields"] for c in checks if c["kind"] == "unique"), None),
    report_duplicates="all",
)

cases = None
with answer.timed("validate"):
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases

unique = next((c["id"] for c in checks if c["kind"] == "unique"), None)
found = {}
if cases is not None:
    for row in cases.group_by("column", "check").agg(pl.len().alias("n")).iter_rows(named=True):
        name = str(row["check"])
        if name == "not_nullable":
            name = not_null[row["column"]]
        elif "unique" in name:
            name = unique
        found[name] = found.get(name, 0) + row["n"]
ids = {check["id"] for check in checks}
for stranger in set(found) - ids:
    raise SystemExit(f"a failure of no check that was asked: {stranger} {found[stranger]}\n{cases}")
for check_id in ids:
    answer.count(check_id, found.get(check_id, 0))
answer.kept(0 if cases is None else cases.height, "value and row number of each failure")
answer.write()
