import * as z from "zod";
import { integer, label, list, mapOf, text } from "../../components/fields";

const ID = "/[0-9a-f]+";
const arn = (path: string, what: string) =>
  text(
    new RegExp(`^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\\d{12}:${path}$`),
    `the ARN of a ${what}`,
  );
const listenerArn = arn(`listener/(app|net)/[\\w-]+${ID}${ID}`, "listener of an ALB or NLB");
const targetGroupArn = arn(`targetgroup/[\\w-]+${ID}`, "target group");

/** A fleet that others make, of which the program has what carries the weights alone: `apps.<name>.existing`. */
export const existing = z.strictObject({
  /** ALB, NLB: listeners of one load balancer. Behind an ALB each gets a rule for the app's hosts; behind an NLB each is imported, and its default action carries the weights. */
  listenerArns: list(listenerArn, 1, "a list of listeners' ARNs, one or more").optional(),
  /** ALB, NLB: target groups by variant, the primary's as `primary`. */
  targetGroupArns: mapOf(label, targetGroupArn, "a map from variants to target groups' ARNs").optional(),
  /** ALB: priority of the app's rule on each listener, before those with larger numbers; default the next free one, after all that are there. */
  priority: integer(1, 50_000).optional(),
  /** Classic: names of Auto Scaling groups by variant, the primary's as `primary`. They are imported, and their sizes and attachments carry the weights. */
  groups: mapOf(
    label,
    text(/^\S(.{0,253}\S)?$/, "the name of an Auto Scaling group"),
    "a map from variants to names of Auto Scaling groups",
  ).optional(),
  /** Classic: names of load balancers: the app's as `primary`, and that of a canary alone by the canary's name, if it has one. */
  loadBalancers: mapOf(
    label,
    text(/^[A-Za-z0-9-]{1,32}$/, "the name of a classic load balancer"),
    "a map from variants to names of classic load balancers",
  ).optional(),
});
