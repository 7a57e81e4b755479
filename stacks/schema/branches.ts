import * as z from "zod";
import { image, label, mapOf } from "../../components/fields";
import { token } from "./routing";

/** A canary at weight 0 for each branch, for requests whose header names it: `apps.<name>.branches`. */
export const branches = z.strictObject({
  /** Name of the header; default x-branch. */
  header: token.default("x-branch"),
  /** Container image by branch; the branch's name is the header's value and the variant's name. */
  images: mapOf(label, image, "a map from branches to container images"),
});
