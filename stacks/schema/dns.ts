import * as z from "zod";
import { weight } from "../../components/fields";

/** How DNS shares requests out in a migration: `dns`. */
export const dns = z.strictObject({
  /** Percent of DNS answers that name the Kubernetes side; default 0. */
  kubernetesWeight: weight.default(0),
});
