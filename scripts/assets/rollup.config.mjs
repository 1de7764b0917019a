// Bundles the modules of client/js with the npm packages that they import. `--configInput` is the entry module,
// `--configPackages` a JSON object from package name to file.

/** @param {{ configInput: string, configPackages: string }} options */
export default ({ configInput, configPackages }) => {
  /** @type {Record<string, string>} */
  const packages = JSON.parse(configPackages);
  return {
    input: configInput,
    external: ["fs", "module", "path", "url"], // imported by the interpreter under Node
    plugins: [{ name: "packages", resolveId: (/** @type {string} */ name) => packages[name] ?? null }],
    output: { format: "es" },
  };
};
