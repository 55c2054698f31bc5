/** Every workload, in the order of the table. */
import type { Workload } from '../workload';
import { classifiers } from './classifiers';
import { workload as program } from './program';

export const workloads: readonly Workload[] = [...classifiers, program];
