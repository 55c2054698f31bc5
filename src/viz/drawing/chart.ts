/**
 * A chart: a Vega-Lite spec with a sentence that says what it shows. It displays itself as a cell's last
 * expression and through `show()`; all charts of this folder are made by `chart()`.
 */
import { say } from '../../../bin/bootstrap/language';
import type { MimeBundle } from '../../helpers/notebook/host';
import { printable, printableSpec } from './printable';
import { type Spec, toPng, toSvg } from './render';
import { HEIGHT, THEME, WIDTH } from './theme';
import { semicolon } from './words';

/** JupyterLab's MIME type of Vega-Lite 5. */
export const VEGALITE = 'application/vnd.vegalite.v5+json';

/** Deno's and our kernel's convention: the method that turns an object into what a notebook shows. */
export const DISPLAY: unique symbol = Symbol.for('Jupyter.display') as never;

/** What that method may give beside a bare bundle: the bundle with its metadata, such as alternative text. */
export interface Output {
  readonly data: MimeBundle;
  readonly metadata: Record<string, unknown>;
}

/** What every chart takes: words above it and its size. */
export interface ChartOptions {
  title?: string;
  subtitle?: string;
  /** Plot area in pixels. */
  width?: number;
  height?: number;
}

/**
 * A chart: interactive in JupyterLab, SVG or PNG elsewhere, a sentence where no picture can be shown. `show` it,
 * make it a cell's last value, or write `chart.png()` to a file.
 */
export class Chart {
  constructor(
    /** The complete Vega-Lite 5 specification. */
    readonly spec: Spec,
    /** What the chart shows, in a sentence with its numbers; stands in where no picture can. */
    readonly summary: string,
    /** The same for still pictures, where that differs: a strip of frames instead of a slider. */
    readonly still: Spec = spec,
  ) {}

  private drawn: string | undefined;

  /** The picture as SVG. */
  svg(): string {
    return (this.drawn ??= toSvg(this.still));
  }

  /**
   * The picture as PNG, drawn with tsdl's own fonts.
   * @param scale pixels of the picture per pixel of the plot
   */
  png(scale = 2): Buffer {
    return toPng(this.svg(), scale);
  }

  /** Vega-Lite and text alone: enough for a live update, a hundred times cheaper than the whole bundle. */
  draft(): MimeBundle {
    return { [VEGALITE]: this.spec, 'text/plain': this.toString() };
  }

  /** Everything a front end may want: JupyterLab takes Vega-Lite, HTML export the SVG, PDF export the PNG. */
  bundle(): MimeBundle {
    const svg = this.svg();
    return {
      [VEGALITE]: this.spec,
      'image/svg+xml': svg,
      'image/png': toPng(svg).toString('base64'),
      'text/plain': this.toString(),
    };
  }

  /** Alternative text, and the PNG's size on the page: it has more pixels than that, to be sharp. */
  metadata(): Record<string, unknown> {
    const alt = this.summary;
    const [, width, height] = / width="([\d.]+)" height="([\d.]+)"/.exec(this.svg()) ?? [];
    return { 'image/svg+xml': { alt }, 'image/png': { alt, width: Number(width), height: Number(height) } };
  }

  /** @internal The protocol between charts and kernels. */
  [DISPLAY](): Output {
    return { data: this.bundle(), metadata: this.metadata() };
  }

  /** The summary, for where no picture can be. */
  toString(): string {
    return say({ zh: `[图] ${this.summary}`, en: `[chart] ${this.summary}` });
  }
}

/** Completes a spec with theme, title and size. `notes` (points left out, values not finite) join the subtitle. */
export function chart(
  options: ChartOptions & { notes?: readonly string[] },
  spec: Spec,
  summary: string,
): Chart {
  const { title, subtitle, width = WIDTH, height = HEIGHT, notes = [] } = options;
  const lines = [subtitle, notes.join(semicolon())].filter((line): line is string => Boolean(line));
  const heading = {
    text: title ?? '',
    ...(lines.length > 0 ? { subtitle: lines } : {}),
  };
  const sized = 'hconcat' in spec || 'vconcat' in spec || 'concat' in spec || 'facet' in spec;
  const full = printable(title ? say({ zh: `${title}：${summary}`, en: `${title}: ${summary}` }) : summary);
  return new Chart(
    printableSpec({
      $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
      description: full,
      usermeta: {
        embedOptions: { actions: { export: true, source: false, compiled: false, editor: false } },
      },
      ...(title || lines.length > 0 ? { title: heading } : {}),
      ...(sized ? {} : { width, height }),
      ...spec,
      config: THEME,
    }),
    full,
  );
}
