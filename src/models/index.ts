/** Networks, one a file. */
export { ActorCritic } from './actorcritic';
export * from './bert';
export { CNN } from './cnn';
export * from './dcgan';
export * from './ddpm';
export * from './denoiser';
export { decode, type Detection, Detector } from './detector';
export { LSTMModel } from './lstm';
export { MLP } from './mlp';
export * from './resnet';
export * from './texturenet';
export * from './transformer';
export * from './translator';
export * from './unet';
export * from './vae';
