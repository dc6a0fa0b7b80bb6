import { z } from "zod";
import { Deployment } from "./deployment.ts";

/** JSON Schema (draft-07, as editors of YAML know it) of what a person writes into `deployment.yaml`. */
export const deploymentSchema = (): object => z.toJSONSchema(Deployment, { target: "draft-7", io: "input" });
