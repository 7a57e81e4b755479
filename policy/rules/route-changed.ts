import { type AppShift, variantShifts } from "../../offline/audience";
import { type GraphResource, labelOf, objectKindOf } from "../graph";
import type { ChangeRule } from "../rule";
import { appOf, takesTraffic } from "../traffic";

/** Where requests go may have changed by more than the weights: a reviewer has to look. */
export const routeChanged: ChangeRule = {
  needs: "changes",
  aboutUsers: true,
  severity: "advisory",
  description: "What requests pass through changes by weights alone",
  check: ({ changes }) => {
    const found = changes.steps.flatMap(({ op, after, besideWeights, changed }) => {
      if (op !== "update" || !besideWeights || after === undefined || !isWay(after)) return [];
      const paths = changed.filter((path) => !(hasOtherCanaries(changes.apps, after) && LISTED.test(path)));
      return paths.length === 0 ? [] : [{ after, paths }];
    });
    const apps = [...new Set(found.map(({ after }) => appOf(after)))];
    return apps.flatMap((app) => {
      const [first, ...others] = found.filter(({ after }) => appOf(after) === app);
      if (first === undefined) return [];
      const all = others.length === 0 ? "takes" : `and ${others.length} more take`;
      const change = others.length === 0 ? "changes" : "change";
      const paths = [...new Set([first, ...others].flatMap((one) => one.paths))];
      const more = paths.length > MOST_SHOWN ? ` and ${paths.length - MOST_SHOWN} more` : "";
      const shown = paths.slice(0, MOST_SHOWN).join(", ") + more;
      const message = `${app === undefined ? "" : `${app}: `}${labelOf(first.after)} ${all} traffic and ${change} by more than a weight: ${shown}`;
      return [{ urn: first.after.urn, message }];
    });
  },
};

const MOST_SHOWN = 4;

/** Where routes list an app's variants: they come and go there with their weights, which the headline has. */
const LISTED =
  /\b(services|backendRefs|backends|route|paths|subsets)\[|\b(actions|selector|alternateBackends)\b/;

function hasOtherCanaries(apps: readonly AppShift[], route: GraphResource): boolean {
  const shift = apps.find(({ app }) => app === appOf(route));
  return shift !== undefined && variantShifts(shift).some(({ before, after }) => !before || !after);
}

/** Groups of pods and instances are where requests end: their images and sizes have rules of their own. */
const isWay = (resource: GraphResource): boolean =>
  takesTraffic(resource) && !/^(Deployment|DaemonSet|Group)$/.test(objectKindOf(resource));
