import { UserError } from "../base/user-error";

/** What a user can put right, such as missing credentials: one line. */
export class StatusError extends UserError {}
