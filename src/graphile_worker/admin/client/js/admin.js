// All files of one page are of one version: they are asked for with the `?v=` that this one was asked for with.
const version = new URL(import.meta.url).search;
const { boot } = await import("./admin_ui.js" + version);
boot("assets/admin_ui_bg.wasm" + version);
