/**
 * Networks, one a file.
 * @module tsdl/models
 */
export { ActorCritic, type ActorCriticOptions } from './actorcritic';
export * from './bert';
export { CNN } from './cnn';
export * from './dcgan';
export * from './ddpm';
export * from './denoiser';
export {
  decode,
  type Detection,
  detectionLoss,
  type DetectionLossOptions,
  type DetectionOptions,
  Detector,
  type DetectorOptions,
} from './detector';
export * from './efficientnet';
export { LSTMModel, type LSTMModelOptions } from './lstm';
export { MLP } from './mlp';
export * from './pretrained';
export * from './resnet';
export * from './texturenet';
export * from './transformer';
export * from './translator';
export * from './unet';
export * from './vae';
export { ConvBlock } from '../nn/convblock';
export { gramMatrix, totalVariation } from '../nn/style';
