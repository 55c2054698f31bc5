import assert from 'node:assert/strict';

import { textWidth } from '../../src/viz/drawing/measure';
import { outlined } from '../../src/viz/drawing/outline';
import { compile, toPng, toSvg } from '../../src/viz/drawing/render';
import { FONT } from '../../src/viz/drawing/theme';

const textSvg = (text: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="24" font-family="${FONT}"><text transform="translate(4,18)" font-size="16">${text}</text></svg>`;

describe('toPng', () => {
  it('draws Chinese and rare symbols, not one box for all', () => {
    const texts = ['轮', '损', '暂', '权', '₁', '✓', '→', 'θ', '\ue123'];
    const pictures = texts.map((text) => toPng(textSvg(text), 1).toString('base64'));
    // U+E123 has no glyph: what it looks like is what a missing character looks like.
    assert.equal(new Set(pictures).size, texts.length);
  });

  it('draws bold text bold', () => {
    const bold = textSvg('轮').replace('<text', '<text font-weight="bold"');
    assert.notDeepEqual(toPng(bold, 1), toPng(textSvg('轮'), 1));
  });
});

describe('outlined()', () => {
  const attributes = 'text-anchor="end" transform="translate(9,8)" font-size="10px" fill="#222222"';
  const never = () => assert.fail('asked for a character met before');

  it('asks once for a character, and gives its pen its own width', () => {
    toPng(textSvg('损 0iA–W'), 1);
    const svg = outlined(`<svg><text ${attributes}>W–A  i0损</text></svg>`, never);
    const pens = [...svg.matchAll(/translate\((-?[\d.]+),0\)/g)].map(([, pen]) => Number(pen));
    const width = 878 + 536 + 607 + 224 + 275 + 555 + 1000; // Noto Sans: W – A space i 0 损
    assert.deepEqual(
      pens.map((pen) => pen + width),
      [0, 878, 1414, 2245, 2520, 3075],
    );
    assert.match(svg, /<g transform="translate\(9,8\)" fill="#222222"><g transform="scale\(0.01\)">/);
    assert.doesNotMatch(svg, /<text/);
  });

  it('reads escaped signs', () => {
    toPng(textSvg('&amp;&lt;'), 1);
    const svg = outlined(`<svg><text ${attributes}>&lt;&amp;</text></svg>`, never);
    assert.equal(svg.match(/<path/g)?.length, 2);
  });

  it('leaves unusual characters and styles to resvg', () => {
    const texts = [`<text ${attributes}>θ₁</text>`, `<text ${attributes} font-style="italic">W</text>`];
    assert.equal(outlined(texts.join(''), never), texts.join(''));
  });

  it('draws the picture that resvg draws from text', () => {
    const words = textSvg('损失 1');
    // An attribute that changes nothing but keeps the text a text.
    const asText = words.replace('<text', '<text letter-spacing="0"');
    assert.equal(toPng(words, 2).toString('base64'), toPng(asText, 2).toString('base64'));
  });
});

describe('toSvg', () => {
  const spec = {
    data: { values: [{ a: '一二三四五六七八九十', b: 0.123456789 }] },
    mark: 'bar',
    encoding: { y: { field: 'a', type: 'nominal' }, x: { field: 'b', type: 'quantitative' } },
  };

  it('leaves room for Chinese axis labels', () => {
    const [, width = ''] = /width="([\d.]+)"/.exec(toSvg(spec)) ?? [];
    assert.ok(Number(width) >= 200 + 10 * 10, `width ${width}`);
  });

  it('draws a picture wider than a page smaller, as a whole', () => {
    const [tag = ''] = /<svg[^>]*>/.exec(toSvg({ ...spec, width: 1100, height: 300 })) ?? [];
    const [width = 0, height = 0] = [...tag.matchAll(/(?:width|height)="([\d.]+)"/g)].map(([, n]) =>
      Number(n),
    );
    const [, , fullWidth = 0, fullHeight = 0] = (/viewBox="([^"]*)"/.exec(tag)?.[1] ?? '')
      .split(' ')
      .map(Number);
    assert.equal(width, 560);
    assert.ok(fullWidth > 1100);
    assert.ok(Math.abs(height / width - fullHeight / fullWidth) < 0.01, tag);
  });

  it('rounds coordinates', () => assert.doesNotMatch(toSvg(spec), / d="[^"]*\d\.\d{3}/));

  it('reports what Vega-Lite would only warn about', () => {
    const warnings: string[] = [];
    compile({ ...spec, mark: { type: 'bar' }, encoding: { ...spec.encoding, nonsense: {} } }, warnings);
    assert.ok(warnings.length > 0);
  });
});

describe('textWidth', () => {
  it('counts one em for a Chinese character and half for a digit', () => {
    assert.equal(textWidth('损失', 12), 24);
    assert.ok(Math.abs(textWidth('00', 10) - 11.1) < 0.01);
    assert.ok(textWidth('abc', 10, true) > textWidth('abc', 10));
  });
});
