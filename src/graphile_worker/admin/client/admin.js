import { boot } from "./admin_ui.js";
boot(new URL("./admin_ui_bg.wasm", import.meta.url));
