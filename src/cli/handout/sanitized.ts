/**
 * HTML that others wrote, made harmless: what a page shows stays, what runs, fetches or leads elsewhere goes. By
 * sanitize-html with a list of what may be there; and what it gives is looked at once more.
 */

/** The part of sanitize-html used here. */
type Attributes = Record<string, string>;
interface Options {
  readonly allowedTags: readonly string[];
  readonly allowedAttributes: Readonly<Record<string, readonly string[]>>;
  readonly allowedSchemes: readonly string[];
  readonly allowedSchemesByTag: Readonly<Record<string, readonly string[]>>;
  readonly allowProtocolRelative: boolean;
  readonly parseStyleAttributes: boolean;
  readonly nestingLimit: number;
  readonly transformTags: Readonly<
    Record<string, (tagName: string, attribs: Attributes) => { tagName: string; attribs: Attributes }>
  >;
}

// eslint-disable-next-line @typescript-eslint/no-require-imports -- its types would have to be installed, and a parser's with them
const sanitizeHtml = require('sanitize-html') as (html: string, options: Options) => string;

const words = (text: string): string[] => text.trim().split(/\s+/);

const HTML = words(`
  a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5
  h6 hr i img ins kbd li mark ol p pre progress q s samp section small span strong sub summary sup table tbody td tfoot
  th thead tr u ul var`);
/** What KaTeX sets formulas in. */
const MATHML = words(`
  math annotation semantics menclose mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup
  msup mtable mtd mtext mtr munder munderover`);
/** What draws and does not refer to anything outside; capitals stay or go, by the parser's view of where it is. */
const SVG = words(`
  svg circle clippath clipPath defs desc ellipse g image line lineargradient linearGradient marker mask path pattern polygon
  polyline radialgradient radialGradient rect stop symbol text title tspan use`);

/** By the HTML standard a browser gives the names of SVG their capitals back. */
const ATTRIBUTES = words(`
  align alt aria-* class colspan d data-page dir dx dy encoding height id lang offset open points role rotate rowspan
  scope span start style title transform type value version width x x1 x2 xmlns y y1 y2 cx cy fx fy r rx ry refx refy
  clip-path clip-rule clippathunits color display dominant-baseline fill fill-opacity fill-rule font-family font-size
  font-style font-weight gradienttransform gradientunits lengthadjust letter-spacing marker-end marker-mid marker-start
  markerheight markerunits markerwidth mask maskcontentunits maskunits opacity orient overflow patterncontentunits
  patterntransform patternunits pointer-events preserveaspectratio shape-rendering spreadmethod stop-color stop-opacity
  stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width
  text-anchor text-decoration textlength vector-effect viewbox visibility xml:space accent display displaystyle fence
  columnalign columnspacing rowspacing linethickness lspace rspace mathvariant maxsize minsize scriptlevel separator
  stretchy mathcolor mathbackground`);

/** Properties that set how something looks where it stands, and put it over nothing else. */
const PROPERTY =
  /^(?:background-color|border(?:-[a-z]+)*|bottom|color|column-gap|display|fill|flex(?:-[a-z]+)?|float|font(?:-[a-z]+)*|gap|height|left|letter-spacing|line-height|list-style-type|margin(?:-[a-z]+)?|max-height|max-width|min-height|min-width|opacity|overflow(?:-[xy])?|padding(?:-[a-z]+)?|position|right|row-gap|stroke(?:-[a-z]+)?|table-layout|text-(?:align|decoration|transform|indent)|top|vertical-align|white-space|width|word-break|accent-color)$/;

/** The declarations of a style that can neither fetch nor cover the page. */
function harmlessStyle(style: string): string {
  if (/[\\<>{}@]|\/\*/.test(style)) return '';
  const kept = style.split(';').filter((declaration) => {
    const [, name = '', value = ''] = /^\s*([a-z-]+)\s*:\s*(.*?)\s*$/s.exec(declaration) ?? [];
    if (!PROPERTY.test(name) || /\b(?:url|image|image-set|expression|attr|src)\s*\(/i.test(value))
      return false;
    return name !== 'position' || value === 'relative';
  });
  return kept.join(';').trim();
}

/** Whether an attribute's value refers to something outside of the page. */
const leadsOut = (value: string): boolean =>
  [...value.matchAll(/url\s*\(\s*["']?\s*([^)]?)/gi)].some(([, first]) => first !== '#') || /\\/.test(value);

const PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*$/;

function harmlessAttributes(tagName: string, given: Attributes): { tagName: string; attribs: Attributes } {
  const attribs: Attributes = {};
  for (const [name, value] of Object.entries(given)) {
    if (name === 'style') {
      const style = harmlessStyle(value);
      if (style !== '') attribs.style = style;
    } else if (name === 'href' || name === 'xlink:href') {
      const fits = tagName === 'a' || (tagName === 'image' ? PICTURE.test(value) : /^#[\w:.-]+$/.test(value));
      if (fits) attribs[name] = value;
    } else if (tagName === 'img' || !leadsOut(value)) attribs[name] = value;
  }
  return { tagName, attribs };
}

/** Elements of SVG that take a picture, or another element of the page. */
const REFERRING = words('image use lineargradient linearGradient radialgradient radialGradient');

const TAGS = [...HTML, ...MATHML, ...SVG];

const OPTIONS: Options = {
  allowedTags: TAGS,
  allowedAttributes: {
    '*': ATTRIBUTES,
    a: ['href'],
    img: ['src'],
    ...Object.fromEntries(REFERRING.map((tag) => [tag, ['href', 'xlink:href']])),
    progress: ['max'],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: {
    ...Object.fromEntries(REFERRING.map((tag) => [tag, []])),
    img: ['data'],
    image: ['data'],
  },
  allowProtocolRelative: false,
  parseStyleAttributes: false, // done above, in a stricter way
  nestingLimit: 200,
  transformTags: { '*': harmlessAttributes },
};

const KNOWN = new Set(TAGS);

/**
 * The same page without what could run, fetch, or show what lies elsewhere. Relative addresses of pictures and links
 * stay for whoever knows where they lead.
 * @throws SyntaxError if something is left that must not be there, which no input may bring about
 */
export function sanitized(html: string): string {
  const clean = sanitizeHtml(html, OPTIONS);
  for (const [, name = '', rest = ''] of clean.matchAll(/<\/?([^\s/>]*)([^<]*)/g)) {
    if (KNOWN.has(name) && !isActive(rest.slice(0, rest.indexOf('>')))) continue;
    throw new SyntaxError(`Cannot make handout: expected harmless HTML, got <${name}>`);
  }
  return clean;
}

/** Whether a tag has an attribute that runs something; a quote within a value is written as an entity. */
const isActive = (attributes: string): boolean =>
  /\b(?:href|src)="\s*(?:java|vb)script:/i.test(attributes) ||
  /\s(?:on\w+|srcdoc|srcset|formaction|action)\s*=/i.test(attributes.replace(/"[^"]*"/g, '""'));
