/** Whether TensorFlow computes by oneDNN here, as it does on x86 processors that have certain instructions, unless told not to. */
import { hasGroupSlopes } from '../backend/groupslopes';
import { device } from '../tf';

/** Known by what oneDNN alone has: the gradient of a convolution in groups. */
export const usesOneDnn = (): boolean => device.kind === 'cpu' && process.arch === 'x64' && hasGroupSlopes();
