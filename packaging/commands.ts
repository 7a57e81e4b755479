/** What processes of the package run: all of one script, of which each loads what it needs. */
export const start = (): unknown => require("../cli/start");
export const baseChild = (): unknown => require("../offline/base-child");
export const policyPack = (): unknown => require("../policy/index");
