/**
 * Libraries that are compiled into what an image is made of, and so in no list of packages: Node says its own with their versions, DuckDB's
 * and its extensions' are known by what they leave in the file. Pure.
 */
export type Compiled = {
  /** The component that it is in, by its reference in the bill. */
  within: string;
  name: string;
  /** Null where the file does not say it. */
  version: string | null;
  license: string;
  /** Where scanners know it by another name than `pkg:generic/…`. */
  purl?: string;
};

/** What is no library: numbers of interfaces. */
const NO_LIBRARY = new Set(["node", "modules", "napi"]);

/** By Node's LICENSE, and the sources of those that are not in it. */
const OF_NODE: Readonly<Record<string, string>> = {
  acorn: "MIT",
  ada: "Apache-2.0 OR MIT",
  amaro: "MIT",
  ares: "MIT",
  brotli: "MIT",
  cldr: "Unicode-3.0",
  icu: "Unicode-3.0",
  llhttp: "MIT",
  merve: "Apache-2.0 OR MIT",
  nbytes: "MIT",
  ncrypto: "MIT",
  nghttp2: "MIT",
  nghttp3: "MIT",
  ngtcp2: "MIT",
  openssl: "Apache-2.0",
  simdjson: "Apache-2.0",
  simdutf: "Apache-2.0 OR MIT",
  sqlite: "public domain",
  tz: "public domain",
  undici: "MIT",
  unicode: "Unicode-3.0",
  uv: "MIT",
  uvwasi: "MIT",
  v8: "BSD-3-Clause",
  zlib: "Zlib",
  zstd: "BSD-3-Clause",
};
/** Those of them that are packages of npm as well. */
const OF_NPM = new Set(["acorn", "amaro", "undici"]);
/** As everybody else calls it. */
const NAMES: Readonly<Record<string, string>> = { ares: "c-ares", uv: "libuv", tz: "tzdata" };

/** From `process.versions`. Throws for a library that has come with a newer Node and that nobody has looked at. */
export const compiledIntoNode = (versions: Readonly<Record<string, string | undefined>>, within: string): Compiled[] =>
  Object.entries(versions).flatMap(([key, version]) => {
    if (NO_LIBRARY.has(key) || version === undefined || version === "") return [];
    const license = OF_NODE[key];
    if (license === undefined) throw new Error(`Node has ${key} ${version} compiled in, and its licence is not known here`);
    const name = NAMES[key] ?? key;
    return [{ within, name, version, license, ...(OF_NPM.has(key) ? { purl: `pkg:npm/${key}@${encodeURIComponent(version)}` } : {}) }];
  });

type Trace = { name: string; license: string; trace: RegExp };

/** What DuckDB takes of others (its folders third_party and extension), each in a namespace of its own. */
const TRACES: readonly Trace[] = [
  { name: "brotli", license: "MIT", trace: /duckdb_brotli/ },
  { name: "fastpforlib", license: "Apache-2.0", trace: /duckdb_fastpforlib/ },
  { name: "fmt", license: "MIT", trace: /duckdb_fmt/ },
  { name: "icu", license: "Unicode-3.0", trace: /icu_\d\d|icudt\d\d/ },
  { name: "jaro-winkler", license: "MIT", trace: /duckdb_jaro_winkler/ },
  { name: "jemalloc", license: "BSD-2-Clause", trace: /jemalloc_postfork/ },
  { name: "libpg-query", license: "BSD-3-Clause AND PostgreSQL", trace: /duckdb_libpgquery/ },
  { name: "lz4", license: "BSD-2-Clause", trace: /duckdb_lz4/ },
  { name: "mbedtls", license: "Apache-2.0", trace: /mbedtls_md_/ },
  { name: "miniz", license: "MIT", trace: /duckdb_miniz/ },
  { name: "concurrentqueue", license: "BSD-2-Clause", trace: /duckdb_moodycamel/ },
  { name: "pdqsort", license: "Zlib", trace: /duckdb_pdqsort/ },
  { name: "re2", license: "BSD-3-Clause", trace: /duckdb_re2/ },
  { name: "skiplist", license: "MIT", trace: /duckdb_skiplist/ },
  { name: "snappy", license: "BSD-3-Clause", trace: /duckdb_snappy/ },
  { name: "tdigest", license: "Apache-2.0", trace: /duckdb_tdigest/ },
  { name: "thrift", license: "Apache-2.0", trace: /duckdb_apache6thrift/ },
  { name: "utf8proc", license: "MIT", trace: /utf8proc/ },
  { name: "vergesort", license: "MIT", trace: /duckdb_vergesort/ },
  { name: "yyjson", license: "MIT", trace: /duckdb_yyjson/ },
  { name: "zstd", license: "BSD-3-Clause", trace: /duckdb_zstd/ },
  // Extensions for object stores and URLs bring these, and the files say which.
  { name: "openssl", license: "Apache-2.0", trace: /OpenSSL (?<version>\d+\.\d+\.\d+) \d/ },
  { name: "curl", license: "curl", trace: /libcurl[ /](?<version>\d+\.\d+\.\d+)/ },
  { name: "zlib", license: "Zlib", trace: / (?:in|de)flate (?<version>\d+\.\d+(?:\.\d+)*) Copyright/ },
];

/** Where the engine's own version is not said apart: what is linked into it has the engine's. */
const STATIC_EXTENSIONS = ["autocomplete", "core_functions", "icu", "json", "parquet"];

/** Of a file of DuckDB's, read as Latin-1 for every byte is a character then. */
export const compiledIntoFile = (content: string, within: string): Compiled[] =>
  TRACES.flatMap(({ name, license, trace }) => {
    const found = trace.exec(content);
    return found === null ? [] : [{ within, name, license, version: found.groups?.["version"] ?? null }];
  });

/** DuckDB itself, and the extensions it is built with. */
export const compiledIntoEngine = (content: string, version: string, within: string): Compiled[] => [
  { within, name: "duckdb", version, license: "MIT", purl: `pkg:github/duckdb/duckdb@v${version}` },
  ...STATIC_EXTENSIONS.map((name) => ({ within, name: `duckdb-extension-${name}`, version, license: "MIT" })),
  ...compiledIntoFile(content, within),
];
