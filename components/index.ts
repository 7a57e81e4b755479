/** All components, for programs of one's own. */
export * from "./aws";
export * from "./kubernetes";
