import type { RuleName } from "../../stacks/schema/policies";
import type { Rule } from "../rule";
import { acrossHalf } from "./across-half";
import { canarySize } from "./canary-size";
import { drained } from "./drained";
import { effectiveWeight } from "./effective-weight";
import { emptyTarget } from "./empty-target";
import { expiredWaivers } from "./expired-waivers";
import { hostKept } from "./host-kept";
import { imageWithWeight } from "./image-with-weight";
import { maxStep } from "./max-step";
import { pinnedImages } from "./pinned-images";
import { primaryCapacity } from "./primary-capacity";
import { primaryImage } from "./primary-image";
import { privilegedPods } from "./privileged-pods";
import { probesAndRequests } from "./probes-and-requests";
import { protectedStacks } from "./protected";
import { providerKept } from "./provider-kept";
import { publicPortsRule } from "./public-ports";
import { routeChanged } from "./route-changed";
import { routerSwitch } from "./router-switch";
import { sameNamespace } from "./same-namespace";
import { someoneThere } from "./someone-there";
import { trafficKept } from "./traffic-kept";
import { weightBeforePods } from "./weight-before-pods";

/** Every rule by the name that settings, waivers and findings use. */
export const rules: Readonly<Record<RuleName, Rule>> = {
  "canary-size": canarySize,
  "max-step": maxStep,
  "traffic-kept": trafficKept,
  drained,
  "router-switch": routerSwitch,
  "provider-kept": providerKept,
  "primary-capacity": primaryCapacity,
  "weight-before-pods": weightBeforePods,
  "same-namespace": sameNamespace,
  "public-ports": publicPortsRule,
  "privileged-pods": privilegedPods,
  "probes-and-requests": probesAndRequests,
  "pinned-images": pinnedImages,
  protected: protectedStacks,
  "image-with-weight": imageWithWeight,
  "primary-image": primaryImage,
  "host-kept": hostKept,
  "route-changed": routeChanged,
  "across-half": acrossHalf,
  "empty-target": emptyTarget,
  "someone-there": someoneThere,
  "effective-weight": effectiveWeight,
  "expired-waivers": expiredWaivers,
};
