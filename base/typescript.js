// Has Node take TypeScript: `node --require ./base/typescript.js FILE.ts`.
require("./bundle.js").registerTypeScript();
