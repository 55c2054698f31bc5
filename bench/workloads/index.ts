/** Every workload, in the order of the table. */
import type { Workload } from '../workload';
import { classifiers } from './classifiers';
import { images } from './images';
import { workload as program } from './program';
import { sequences } from './sequences';

export const workloads: readonly Workload[] = [...classifiers, ...sequences, ...images, program];
