/** Why the engine did not do as told: its own words, in a line or a few. */
export class EngineError extends Error {}
