import { program } from "canary-traffic";

export = program();
