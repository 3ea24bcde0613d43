export { interrupted } from "./flights.ts";
export type { Op, OpInput, ResultCache, RunEnvironment, StepOutput } from "./op.ts";
export { type Outcome, type SolveObserver, type SolveRequest, Solver, VertexError } from "./solver.ts";
