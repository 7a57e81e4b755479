/** Chance that is the same for the same seed. */

/** Numbers from 0 up to 1: mulberry32. */
export class Chance {
  constructor(private state: number) {}

  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  poisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean > 100) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const least = Math.exp(-mean);
    let count = -1;
    for (let product = 1; product > least; count++) product *= this.uniform();
    return count;
  }

  binomial(trials: number, probability: number): number {
    if (trials <= 0 || probability <= 0) return 0;
    if (probability >= 1) return trials;
    if (probability > 0.5) return trials - this.binomial(trials, 1 - probability);
    const mean = trials * probability;
    if (mean > 100) {
      const drawn = Math.round(mean + Math.sqrt(mean * (1 - probability)) * this.normal());
      return Math.min(trials, Math.max(0, drawn));
    }
    // From one hit to the next.
    let hits = 0;
    for (let at = 0; ; hits++) {
      at += Math.floor(Math.log(1 - this.uniform()) / Math.log1p(-probability)) + 1;
      if (at > trials) return hits;
    }
  }
}
