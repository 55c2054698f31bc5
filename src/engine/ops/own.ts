/** When operations of our own may stand in for several of TensorFlow's. */
import { isGradEnabled } from '../autograd';
import { createsGraph } from '../autograd/gradmode';
import { hasOwnOperations } from '../backend/load';
import { isNative } from '../backend/rawops';
import { activeRecording } from '../recording/active';

/** Whether there are any: natively on a CPU, and not for a SavedModel, which others have to read. */
export const ownOperations = (): boolean => isNative() && hasOwnOperations() && !activeRecording()?.portable;

/** Whether somebody may ask for gradients of what is computed now. */
export const mayHaveGradients = (): boolean => isGradEnabled() || createsGraph();

/** Whether there are those that have no gradients, and nobody will ask for them. */
export const ownAnswers = (): boolean => !mayHaveGradients() && ownOperations();
