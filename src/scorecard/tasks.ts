import { Task, TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";

const PREFIX = "TASK_";

/** Every kind of work that has a curve, in the order of the contract; "not known" is not one. */
export const TASKS: readonly Task[] = TaskSchema.values
  .map((value) => value.number as Task)
  .filter((task) => task !== Task.UNSPECIFIED);

const NAMES = new Map<Task, string>(
  TaskSchema.values.map((value): [Task, string] => [
    value.number as Task,
    value.name.slice(PREFIX.length).toLowerCase(),
  ]),
);
const NUMBERS = new Map<string, Task>([...NAMES].map(([task, name]) => [name, task]));

/** A task as people write it, such as "code_generation"; the keys of a target's `task_strengths`. */
export function taskName(task: Task): string {
  return NAMES.get(task) ?? "other";
}

/** The task that people write so, or undefined where there is none. */
export function taskNamed(name: string): Task | undefined {
  const task = NUMBERS.get(name);
  return task === Task.UNSPECIFIED ? undefined : task;
}

/** The task whose curve holds: one that is not known, or is newer than this build, counts as "other". */
export function knownTask(task: Task): Task {
  return task !== Task.UNSPECIFIED && NAMES.has(task) ? task : Task.OTHER;
}
