import { duckdbGround, folderGround } from "./local-ground.ts";
import { targetCases } from "./target-cases.ts";

targetCases("folder", folderGround, "fast");
targetCases("duckdb", duckdbGround, "fast");
