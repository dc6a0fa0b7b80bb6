"""Soda Core 3 on DuckDB: the file loaded into a table, as its own file source does, and one scan."""

from answer import Answer, question

import json

import duckdb
from soda.sampler.sampler import Sampler
from soda.scan import Scan

answer = Answer("DuckDB table, one scan", ["soda-core-duckdb", "duckdb"])
asked = question()
#: The tool's own default is a hundred rows per check; this is no limit.
ROWS_KEPT_MAX = 100 if asked["keep"] == "few" else 1_000_000_000

with answer.timed("load"):
    connection = duckdb.connect(":memory:")
    for name, path in asked["files"].items():
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{path}')")


class KeepInMemory(Sampler):
    def __init__(self):
        self.rows = []

    def store_sample(self, sample_context):
        self.rows.extend(sample_context.sample.get_rows())


def written(check):
    """(head of the check, its settings) in SodaCL."""
    match check["kind"]:
        case "not_null":
            return f"missing_count({check['field']}) = 0", {}
        case "unique":
            return f"duplicate_count({', '.join(check['fields'])}) = 0", {}
        case "range":
            return f"invalid_count({check['field']}) = 0", {"valid min": check["min"], "valid max": check["max"]}
        case "one_of":
            return f"invalid_count({check['field']}) = 0", {"valid values": check["values"]}
        case "matches":
            return f"invalid_count({check['field']}) = 0", {"valid regex": check["pattern"]}
        case "max_length":
            return f"invalid_count({check['field']}) = 0", {"valid max length": check["max"]}
        case "date_range":
            bounds = f"DATE '{check['min']}' AND DATE '{check['max']}'"
            return "failed rows", {"fail condition": f"{check['field']} NOT BETWEEN {bounds}"}
        case "before":
            return "failed rows", {"fail condition": f"{check['field']} >= {check['other']}"}
        case "in_table":
            return f"values in ({check['field']}) must exist in {check['table']} ({check['other']})", {}


def sodacl(checks):
    entries = [{head: {"name": c["id"], **more, "samples limit": ROWS_KEPT_MAX}} for c in checks for head, more in [written(c)]]
    return json.dumps({"checks for order_line": entries})


scan = Scan()
scan.disable_telemetry()
scan.set_scan_definition_name("bench")
scan.set_data_source_name("duckdb")
scan.add_duckdb_connection(connection)
scan.sampler = KeepInMemory()
scan.add_sodacl_yaml_str(sodacl(asked["checks"]))

with answer.timed("validate"):
    scan.execute()

if scan.has_error_logs():
    raise SystemExit(scan.get_error_logs_text())
kinds = {check["id"]: check["kind"] for check in asked["checks"]}
for result in scan.get_scan_results()["checks"]:
    check_id = result["name"]
    answer.count(check_id, result["diagnostics"]["value"], "keys" if kinds[check_id] == "unique" else "rows")
answer.kept(len(scan.sampler.rows), "whole rows, handed to a sampler")
answer.write()
