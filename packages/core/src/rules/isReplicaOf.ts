import dataDiff from "./dataDiff.ts";
import { datasetRule } from "./rule.ts";

/** Checks of this older name go on meaning what they meant: dataDiff in all but the name. */
export default datasetRule({
  ...dataDiff,
  type: "isReplicaOf",
  title: "Is replica of",
  docs: "The rows equal those of another container. An older form of dataDiff with the same meaning; use dataDiff for new checks.",
});
