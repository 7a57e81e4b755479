/** The program, run anew with all that it imports still loaded: what takes longest is read once for all random settings. */
const program = require.resolve("../../index");
delete require.cache[program];
export = require(program);
