import assert from 'node:assert/strict';

import { section } from '../../../src/cli/handout/section';
import { Prose } from '../../../src/cli/handout/markdown';
