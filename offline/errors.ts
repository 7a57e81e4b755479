import { UserError } from "../base/user-error";

/** A file or an argument that can't be used; the message names it. */
export class ConfigurationError extends UserError {}
