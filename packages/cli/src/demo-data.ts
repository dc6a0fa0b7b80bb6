/** Real tables that come with the package `vega-datasets` (BSD-3-Clause), as their publishers left them. */
import { constants } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const DATASETS = [
  "movies.json",
  "birdstrikes.csv",
  "airports.csv",
  "seattle-weather.csv",
  "zipcodes.csv",
  "cars.json",
  "penguins.json",
  "disasters.csv",
  "stocks.csv",
];

/** Half of all the bytes: it shows that the engine is quick, and would be most of what somebody waits for at a first start. */
const LARGE = "flights-200k.json";

const pathsOf = (names: readonly string[]): string[] => {
  const folder = join(dirname(fileURLToPath(import.meta.resolve("vega-datasets"))), "..", "data");
  return names.map((name) => join(folder, name));
};

export const datasetPaths = (): string[] => pathsOf([LARGE, ...DATASETS]);

/** Copies all but the large one into a folder, where they stay when the packages are installed anew, and where whoever tries things out may change them. */
export const layOutDatasets = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const path of pathsOf(DATASETS)) await copyFile(path, join(folder, basename(path)), constants.COPYFILE_FICLONE);
};
