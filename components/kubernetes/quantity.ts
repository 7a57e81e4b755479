/** Factors of a quantity's suffix, see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/. */
const UNITS: Record<string, number> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** The amount that a Kubernetes quantity such as `100m` or `1Gi` stands for; undefined if it is none. */
export function amountOf(quantity: unknown): number | undefined {
  const [, number, suffix = ""] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(String(quantity)) ?? [];
  const factor = UNITS[suffix];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
