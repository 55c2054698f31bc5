/** Every workload, in the order of the table. */
import type { Workload } from '../workload';
import { classifiers } from './classifiers';
import { generation } from './generation';
import { workload as program } from './guide';
import { images } from './images';
import { sequences } from './sequences';

export const workloads: readonly Workload[] = [...classifiers, ...sequences, generation, ...images, program];
