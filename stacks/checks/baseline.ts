import { type RouterName, routers } from "../../components/routers";
import { BASELINE } from "../../components/traffic";
import { type AppSettings, routeOf, routersOf } from "../apps";
import { comparable, splitOf } from "../baseline";
import { isClusterAlone, platforms } from "../platforms";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { workloadKinds } from "../workload-kinds";

/** The app as it is without a baseline. */
export const withoutBaseline = ({ baseline: _baseline, ...app }: AppSettings): AppSettings => ({
  ...app,
  split: splitOf(app.canaries),
});

/** Apps that can't have a fresh baseline beside their canary. */
export function baselineProblems(parsed: Parsed, apps: readonly AppSettings[]): Problem[] {
  if (parsed.rollout.baseline !== "fresh" || !isClusterAlone(platforms[parsed.platform])) return [];
  const refuse = (app: AppSettings, reason: string): Problem => ({
    key: "rollout.baseline",
    value: "fresh",
    allowed: `primary, with ${app.name}: ${reason}`,
  });
  return apps.flatMap((app) => {
    const names = comparable(app, app.canaries).map(({ name }) => name);
    if (names.length > 1)
      return [refuse(app, `it has several canaries, ${names.join(", ")}, and a baseline is beside one`)];
    if (names.length > 0 && app.service !== undefined) return [refuse(app, workloadKinds.existing.whose)];
    if (app.baseline === undefined) return [];
    return routersOf(app).flatMap((name) => {
      const obstacle = obstacleOf(parsed, app, name);
      return obstacle === undefined ? [] : [refuse(app, `router ${name} takes ${obstacle}`)];
    });
  });
}

/** Why a router can't send some requests to the canary and as many to the baseline. */
function obstacleOf({ traefik }: Parsed, app: AppSettings, name: RouterName): string | undefined {
  const router = routers[name];
  if (router.replicas !== undefined) return `no ${BASELINE}: numbers of pods make its split`;
  const canaries = app.canaries.map((canary) => ({
    ...canary,
    weight: canary.name === app.baseline?.canary ? 10 : 0,
  }));
  const beside = { ...app, canaries, split: splitOf(canaries, app.baseline) };
  const before = router.problems(routeOf(withoutBaseline(app), traefik, name));
  return router.problems(routeOf(beside, traefik, name)).find((problem) => !before.includes(problem));
}
