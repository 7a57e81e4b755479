/** The program, run anew while all that it imports stays loaded. */
const program = require.resolve("../../../index");
delete require.cache[program];
export = require(program);
