import manifest from "../../package.json" with { type: "json" };

/** Berth's own version, as package.json says it. */
export const VERSION: string = manifest.version;

/** The commit it was built from, shortened (the build puts it in); `source` when it runs from its sources. */
export const COMMIT: string = process.env.BERTH_BUILD_COMMIT || "source";
