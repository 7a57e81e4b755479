import * as z from "zod";
import { numeric } from "../../components/fields";

const allowed = "a whole number from 0 to 100 (percent)";

/** How DNS shares requests out in a migration: `dns`. */
export const dns = z.strictObject({
  /** Percent of DNS answers that name the Kubernetes side, whole; default 0. */
  kubernetesWeight: z
    .preprocess(numeric, z.int({ error: allowed }).min(0, allowed).max(100, allowed))
    .default(0),
});
