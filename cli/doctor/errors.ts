/** Why something can't be told: a line, without secrets. */
export class DoctorError extends Error {}
