/** `import * as nn from './layers'`: PyTorch's `torch.nn` and `torch.nn.functional` in one namespace. */
export * from './activation';
export * from './container';
export * from './linear';
export * from './loss';
export * from './module';
export * from './parameter';
export * from './shape';
