import { mergeOptions, type Resource, type ResourceTransformation } from "@pulumi/pulumi";

/**
 * Holds every resource back until all are declared and nothing is wrong: the engine goes on to make what was declared before
 * a program failed, so a slip of the pen in what changes resources would make them without that change.
 */
export class Gate {
  private let = (): void => {};
  private readonly opened = new Promise<Resource[]>((done) => {
    this.let = () => done([]);
  });

  /** To be registered before the first resource is made. */
  readonly transformation: ResourceTransformation = ({ type, props, opts }) =>
    /^(aws|kubernetes):/.test(type)
      ? { props, opts: mergeOptions(opts, { dependsOn: this.opened }) }
      : undefined;

  open(): void {
    this.let();
  }
}
