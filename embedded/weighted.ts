interface Entry<T> {
  readonly value: T;
  readonly weight: number;
  deadline: number;
}

/**
 * Weighted choice by earliest deadline first, in the order of Traefik 3's weighted round robin: each entry is due 1/weight
 * after its last turn, whoever is due first is chosen, and ties go as in a binary heap. Over a cycle, as many choices as
 * the weights' sum, each entry is chosen exactly as often as its weight says; an entry of weight 0 never.
 *
 * Entries come in the order given. Traefik shuffles them whenever it loads a configuration, so of its order only the
 * place of ties depends on chance.
 *
 * https://github.com/traefik/traefik/blob/v3.7.5/pkg/server/service/loadbalancer/wrr/wrr.go
 */
export class WeightedChoice<T> {
  private readonly heap: Entry<T>[] = [];

  /** @param choices values with integer weights of 0 or more */
  constructor(choices: Iterable<{ readonly value: T; readonly weight: number }>) {
    for (const { value, weight } of choices) {
      if (weight > 0) this.up(this.heap.push({ value, weight, deadline: 1 / weight }) - 1);
    }
  }

  /** The next value; undefined when no weight is above 0. */
  next(): T | undefined {
    const earliest = this.heap[0];
    if (earliest === undefined) return undefined;
    const last = this.heap.length - 1;
    this.swap(0, last);
    this.down(last);
    earliest.deadline += 1 / earliest.weight;
    this.up(last);
    return earliest.value;
  }

  /** Moves the entry at `index` towards the root, past all that are due later. */
  private up(index: number): void {
    for (let child = index; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.dueBefore(child, parent)) return;
      this.swap(child, parent);
      child = parent;
    }
  }

  /** Moves the root away from it, within the first `size` entries, past all that are due earlier. */
  private down(size: number): void {
    for (let parent = 0; 2 * parent + 1 < size; ) {
      const left = 2 * parent + 1;
      const right = left + 1;
      const child = right < size && this.dueBefore(right, left) ? right : left;
      if (!this.dueBefore(child, parent)) return;
      this.swap(child, parent);
      parent = child;
    }
  }

  private dueBefore(a: number, b: number): boolean {
    return this.at(a).deadline < this.at(b).deadline;
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.at(b), this.at(a)];
  }

  private at(index: number): Entry<T> {
    return this.heap[index] as Entry<T>;
  }
}
