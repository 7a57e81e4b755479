/** Where metrics come from: `rollout.sources`, a key for each kind of source. */
import * as z from "zod";

export const sources = z.strictObject({});
