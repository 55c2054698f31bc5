"""The guide's augmentation, image by image as a DataLoader of one process does it."""

# first, since it times `import torch`
from common import serve, torch  # isort: skip

from torchvision import transforms


def setup(compiled):
    transform = transforms.Compose(
        [
            transforms.RandomHorizontalFlip(),
            transforms.RandomRotation(10),
            transforms.ColorJitter(brightness=0.2, contrast=0.2),
            transforms.ToTensor(),
            transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
        ]
    )
    pixels = torch.randint(0, 256, (64, 3, 224, 224), dtype=torch.uint8)
    images = [transforms.functional.to_pil_image(image) for image in pixels]

    def step():
        return torch.stack([transform(image) for image in images]).sum().item()

    return step


serve(setup, warmup=1, places_itself=True)
