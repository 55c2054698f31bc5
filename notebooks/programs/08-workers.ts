// 指南的训练程序，写成一个文件。没有一行提到 worker：一个进程运行它，几个进程一起运行它，都是这一份。
import { data, datasets, F, manualSeed, models, optim } from 'tsdl';
import { fit } from 'tsdl/train';

const { DataLoader, Subset, transforms } = data;
manualSeed(42);
const transform = new transforms.Compose([
  new transforms.ToTensor(),
  new transforms.Normalize([0.1307], [0.3081]),
]);
const dataset = new datasets.MNIST({ train: true, transform: transform });
const train = new Subset(dataset, [...Array(1000).keys()]);
const model = new models.CNN();

await fit(model, {
  epochs: 1,
  train: new DataLoader(train, { batchSize: 64, shuffle: true }),
  loss: F.crossEntropy,
  optimizer: new optim.Adam(model.parameters(), { lr: 0.001 }),
});
