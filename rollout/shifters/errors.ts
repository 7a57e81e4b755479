import { NO_PULUMI } from "../../base/pulumi-cli";

/** Why the engine did not do as told: its own words, in a line or a few. */
export class EngineError extends Error {}

/** Somebody else's update of the stack is under way: to go on beside it is refused by the engine, too. */
export class UnderWayError extends EngineError {}

/** The backend keeps no tags of stacks. */
export class NoTagsError extends EngineError {}

/** There is no CLI of Pulumi's here. */
export class NoPulumiError extends EngineError {
  constructor() {
    super(`${NO_PULUMI}; npx pulumi version downloads one`);
  }
}
