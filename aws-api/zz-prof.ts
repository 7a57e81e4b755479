import { known, record, samples } from "./graph";
import { startModels } from "./models";
import { configurationOf, randomSettings } from "./random-settings";
import { allRequests, unheard } from "./translate";

(async () => {
  let t = performance.now();
  const n = 40;
  const all = randomSettings("elb", n, 1);
  console.log("generate", ((performance.now() - t) / n).toFixed(1));
  let a = 0,
    b = 0,
    c = 0,
    d = 0,
    res = 0;
  const models = startModels();
  for (const s of all) {
    t = performance.now();
    const g = await record(configurationOf(s));
    res += g.length;
    a += performance.now() - t;
    t = performance.now();
    const o = samples(g);
    const inputs = g.map((state) => ({ type: state.type, known: known(state, o) }));
    const requests = inputs.flatMap(({ type, known }) => allRequests(type, known));
    b += performance.now() - t;
    t = performance.now();
    await models.check(requests);
    c += performance.now() - t;
    t = performance.now();
    for (const { type, known } of inputs) unheard(type, known);
    d += performance.now() - t;
  }
  console.log({ evaluate: a / n, translate: b / n, models: c / n, unheard: d / n, res: res / n });
  await models.stop();
})();
