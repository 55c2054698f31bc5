/** Layers and functions over sequences `[b, l, c]`, images `[b, h, w, c]` and volumes `[b, d, h, w, c]`. */
export * from './adaptivepool';
export * from './avgpool';
export * from './conv';
export * from './fractionalpool';
export * from './gridsample';
export * from './interpolate';
export * from './maxpool';
export * from './padding';
export * from './shuffle';
export * from './transposed';
export * from './unfold';
export type { WarpMode, WarpPadding } from '../../engine/ops/warp';
export type { PoolOptions } from './windowing';
