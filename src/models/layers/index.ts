/** `import * as nn from './layers'`: PyTorch's `torch.nn` and `torch.nn.functional` in one namespace. */
export * from './activation';
export * from './batchnorm';
export * from './container';
export * from './conv';
export * from './dropout';
export * from './embedding';
export * from './linear';
export * from './loss';
export * from './module';
export * from './norm';
export * from './parameter';
export * from './pooling';
export * from './recurrent';
export * from './reduction';
export * from './regression';
export * from './shape';
export * from './transposed';
