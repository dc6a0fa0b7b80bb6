import { folderGround } from "./local-ground.ts";
import { targetCases } from "./target-cases.ts";

targetCases("folder", folderGround);
