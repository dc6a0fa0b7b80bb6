import { duckdbGround } from "./local-ground.ts";
import { targetCases } from "./target-cases.ts";

targetCases("duckdb", duckdbGround);
