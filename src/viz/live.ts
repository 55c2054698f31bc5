/**
 * A chart that changes while a cell runs: for loops of one's own (`fit` has its own live chart).
 */
import { kernelHost } from '../helpers/notebook/host';
import { yieldEvery } from '../helpers/notebook/pause';
import type { Chart } from './drawing/chart';
import { LiveOutput } from './output';
import { isWatched, makeLiveTrainingDefault } from './training';

makeLiveTrainingDefault();

/** A chart that a loop redraws while it runs. */
export interface LiveChart {
  /** Draws anew if the last picture is old enough, and lets output and interrupts through. */
  update(): Promise<void>;
  /** Draws the last state, with everything a saved notebook needs. Call it once, after the loop. */
  done(): void;
}

/**
 * Shows `draw()` again and again in one place, at most every `everyMs` milliseconds (200 at least). In a terminal
 * only the last state's text is printed; in headless runs only the last state is kept.
 * @example
 * const live = liveChart(() => decisionRegion(points, (grid) => classifier.forward(tf.tensor2d(grid)), { labels }));
 * for (let step = 0; step < 20; step++) {
 *   trainOnce();
 *   await live.update();
 * }
 * live.done();
 */
export function liveChart(draw: () => Chart, { everyMs = 300, watched = isWatched() } = {}): LiveChart {
  const output = new LiveOutput();
  const pause = Math.max(200, everyMs);
  let shown = -Infinity;
  const rest = yieldEvery();
  return {
    async update() {
      const now = performance.now();
      if (watched && now - shown >= pause) {
        output.update(draw().draft());
        shown = performance.now();
      }
      await rest();
    },
    done() {
      const chart = draw();
      if (kernelHost()) output.update(chart.bundle(), chart.metadata());
      else console.log(chart.toString());
    },
  };
}
