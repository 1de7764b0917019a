// @ts-check
// The page's entry script. It passes its own `?v=` on, so that all files of one page belong to one build.
const version = new URL(import.meta.url).search;
/** @type {typeof import("./boot.js")} */
const { boot } = await import(`./admin_ui.js${version}`);
boot(`assets/admin_ui_bg.wasm${version}`, `assets/admin_ui_more.bin${version}`);
