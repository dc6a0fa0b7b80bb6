"""Great Expectations on pandas: one suite, one validation definition."""

from answer import Answer, question

import datetime
import os

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
import pandas as pd

expect = gx.expectations
answer = Answer("pandas frame, one validation definition", ["great_expectations", "pandas"])
asked = question()

with answer.timed("load"):
    frame = pd.read_parquet(asked["files"]["order_line"])


def expectation(check):
    day = datetime.date.fromisoformat
    meta = {"id": check["id"]}
    match check["kind"]:
        case "not_null":
            return expect.ExpectColumnValuesToNotBeNull(column=check["field"], meta=meta)
        case "unique":
            return expect.ExpectCompoundColumnsToBeUnique(column_list=check["fields"], meta=meta)
        case "range":
            return expect.ExpectColumnValuesToBeBetween(column=check["field"], min_value=check["min"], max_value=check["max"], meta=meta)
        case "date_range":
            low, high = day(check["min"]), day(check["max"])
            return expect.ExpectColumnValuesToBeBetween(column=check["field"], min_value=low, max_value=high, meta=meta)
        case "one_of":
            return expect.ExpectColumnValuesToBeInSet(column=check["field"], value_set=check["values"], meta=meta)
        case "matches":
            return expect.ExpectColumnValuesToMatchRegex(column=check["field"], regex=check["pattern"], meta=meta)
        case "max_length":
            return expect.ExpectColumnValueLengthsToBeBetween(column=check["field"], max_value=check["max"], meta=meta)
        case "before":
            return expect.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=check["other"], column_B=check["field"], ignore_row_if="either_value_is_missing", meta=meta
            )
    return None


context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
batch = context.data_sources.add_pandas("bench").add_dataframe_asset("order_line").add_batch_definition_whole_dataframe("whole")
suite = context.suites.add(gx.ExpectationSuite("bench"))
with answer.timed("build"):
    for check in asked["checks"]:
        if (made := expectation(check)) is None:
            # Handed over as a set of values it works, and a hundred thousand values cost the suite some twenty seconds of copying.
            answer.cannot(check["id"], "on pandas there is no expectation about a second table")
        else:
            suite.expectations.append(made)
    suite.save()
definition = gx.ValidationDefinition(data=batch, suite=suite, name="bench")

with answer.timed("validate"):
    result = definition.run(
        batch_parameters={"dataframe": frame},
        result_format={"result_format": "COMPLETE" if asked["keep"] == "all" else "SUMMARY"},
    )

kept = 0
for one in result.results:
    check_id = one.expectation_config.meta["id"]
    if one.exception_info and one.exception_info.get("raised_exception"):
        answer.cannot(check_id, str(one.exception_info.get("exception_message")))
        continue
    answer.count(check_id, one.result.get("unexpected_count", 0))
    kept += len(one.result.get("unexpected_index_list") or one.result.get("partial_unexpected_list") or [])
answer.kept(kept, "value and row number of each failure" if asked["keep"] == "all" else "values, 20 per check")
answer.write()
