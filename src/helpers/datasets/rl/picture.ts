/**
 * A cart-pole as a small picture, to look at an episode in a strip.
 * @module tsdl/helpers/datasets/rl/picture
 */
import { CART_POLE, type CartPoleState } from './cartpole';

/** A grey picture of a state. */
export interface Picture {
  /** Brightness 0 … 1, row after row. */
  readonly values: Float32Array;
  readonly shape: readonly [height: number, width: number];
}

/** Size of a picture in pixels; by default 96 wide and 48 high. */
export interface PictureSize {
  readonly width?: number;
  readonly height?: number;
}

/** Half of the cart's width and its height, in metres of the picture. */
const CART = { halfWidth: 0.3, height: 0.25 };
const POLE_HALF_WIDTH = 0.05;
/** Darkness: 0 white, 1 black. */
const SHADES = { pole: 0.85, cart: 0.6, track: 0.3, edge: 0.45 };

/** Draws the track from one end to the other, the cart and the pole. */
export function cartPolePicture(
  state: CartPoleState,
  { width = 96, height = 48 }: PictureSize = {},
): Picture {
  const metres = (2 * CART_POLE.maxX) / width; // of one pixel
  const values = Float32Array.from({ length: width * height }, (_, at) => {
    const x = ((at % width) + 0.5 - width / 2) * metres;
    const y = (height - 4.5 - Math.floor(at / width)) * metres; // above the track
    return 1 - shade(state, x, y, metres);
  });
  return { values, shape: [height, width] };
}

function shade([cart, , angle]: CartPoleState, x: number, y: number, pixel: number): number {
  const [right, up] = [x - cart, y - CART.height];
  const along = right * Math.sin(angle) + up * Math.cos(angle);
  const off = right * Math.cos(angle) - up * Math.sin(angle);
  if (along >= 0 && along <= 2 * CART_POLE.halfLength && Math.abs(off) < POLE_HALF_WIDTH) return SHADES.pole;
  if (y >= 0 && y < CART.height && Math.abs(right) < CART.halfWidth) return SHADES.cart;
  if (y < 0 && y >= -pixel) return SHADES.track;
  return Math.abs(x) > CART_POLE.maxX - pixel ? SHADES.edge : 0;
}
