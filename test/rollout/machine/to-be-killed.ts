/** A process that rolls out the stack in a folder, until it is killed. */
import { beginRollout } from "../../../rollout/machine/session";
import { sessionOf, TARGETS } from "./stack-on-disk";

const [folder = "", failsAt] = process.argv.slice(2);
const session = sessionOf(folder, failsAt === undefined ? undefined : Number(failsAt));
process.stdout.write("begins\n");
beginRollout(session, TARGETS, { to: 100, unjudged: true });
