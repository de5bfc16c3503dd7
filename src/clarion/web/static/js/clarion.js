// The behaviours of every page. Pages add their own modules in the block "modules".
import "../vendor/htmx.js";
import "./menu.js";
import "./dialog.js";
import "./flash.js";
import "./mend.js";
import "./copy.js";
import "./theme.js";
import "./live.js";
import "./palette.js";
import "./bell.js";
