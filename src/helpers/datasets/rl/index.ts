/**
 * Reinforcement learning: environments, episodes in them, what their steps were worth.
 * @module tsdl/helpers/datasets/rl
 */
export { CART_POLE, CartPoles, type CartPoleState, cartPoleStep, hasFallen } from './cartpole';
export { discountedReturns, type Environments, type Episodes, playEpisodes } from './episodes';
export { ARROWS, type GridRewards, type GridStep, GridWorld } from './gridworld';
export { cartPolePicture, type Picture, type PictureSize } from './picture';
