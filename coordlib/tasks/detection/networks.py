"""The two detectors: the paper's region-proposal network, and a whole Faster R-CNN.

Each is built without coordinates; then `tell_places` swaps some of its convolutions. So the arms of
a comparison start alike, but for the coordinate weights.
"""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.rpn import RPNHead
from torchvision.ops import MultiScaleRoIAlign

from coordlib.conversion import tell_places
from coordlib.datasets import CANVAS
from coordlib.networks import seeded
from coordlib.tasks.detection.anchors import SIDES
from coordlib.tasks.detection.measures import MOST_BOXES

NETWORKS = ("proposals", "faster_rcnn")
# The convolutions that are told where they are, network by network: the paper's three, or one.
PLACES = {
    "proposals": {
        "none": (),
        "all": ("backbone.0", "trunk.0", "mover.2"),
        "input": ("backbone.0",),
        "mover": ("mover.2",),
    },
    "faster_rcnn": {
        "none": (),
        "all": ("backbone.0", "rpn.head.conv.0.0", "rpn.head.bbox_pred"),
        "input": ("backbone.0",),
        "mover": ("rpn.head.bbox_pred",),
    },
}
COORDINATES = tuple(PLACES["proposals"])
_KINDS = 11  # ten digits, and the ground
# Mean and standard deviation of the pictures' ink, from 0 to 1: fields of five digits.
_INK = (0.150, 0.317)


class ProposalNetwork(nn.Module):
    """From pictures to scores and moves for all anchors (paper section 5, as released).

    Pictures are float32, (batch, 1, CANVAS, CANVAS). 81,590 parameters.
    """

    def __init__(self, padding: str) -> None:
        super().__init__()
        self.backbone = backbone(padding)
        self.trunk = nn.Sequential(nn.Conv2d(64, 32, 3, padding=1), nn.ReLU())
        self.mover = nn.Sequential(
            nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 4 * len(SIDES), 1)
        )
        self.scorer = nn.Conv2d(32, 2 * len(SIDES), 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of "object" and "ground", (batch, anchors, 2), and moves, (batch, anchors, 4)."""
        features = self.trunk(self.backbone(pictures))
        return _by_anchor(self.scorer(features), 2), _by_anchor(self.mover(features), 4)


def _by_anchor(maps: Tensor, numbers: int) -> Tensor:
    """(batch, anchors of a cell · numbers, rows, columns) to (batch, all anchors, numbers)."""
    return maps.permute(0, 2, 3, 1).reshape(len(maps), -1, numbers)


def backbone(padding: str) -> nn.Sequential:
    """The released one: maps of 64 features, a quarter as wide; padding "valid" or "same"."""
    around = 0 if padding == "valid" else 2
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=around),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=around),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )


def proposal_network(coordinates: str, padding: str, seed: int) -> ProposalNetwork:
    """A new ProposalNetwork: He's start, and a box mover that moves nothing yet, as released."""
    network = seeded(lambda: ProposalNetwork(padding), seed, "he")
    nn.init.zeros_(network.mover[-1].weight)
    tell_places(network, PLACES["proposals"][coordinates], seed)
    return network


def faster_rcnn(coordinates: str, seed: int) -> FasterRCNN:
    """A new Faster R-CNN of torchvision's around the same backbone ("same"), with digit kinds.

    Small as the pictures are: anchors of the released sizes, 64 boxes judged in a picture.
    """

    def make() -> FasterRCNN:
        body = backbone("same")
        body.out_channels = 64
        anchors = AnchorGenerator(sizes=((16, 20, 25),), aspect_ratios=((0.7, 1.0, 1.43),))
        network = FasterRCNN(
            body,
            min_size=CANVAS,
            max_size=CANVAS,
            image_mean=[_INK[0]],
            image_std=[_INK[1]],
            rpn_anchor_generator=anchors,
            rpn_head=RPNHead(64, anchors.num_anchors_per_location()[0]),
            rpn_pre_nms_top_n_train=200,
            rpn_pre_nms_top_n_test=100,
            rpn_post_nms_top_n_train=64,
            rpn_post_nms_top_n_test=32,
            rpn_batch_size_per_image=64,
            box_roi_pool=MultiScaleRoIAlign(["0"], output_size=5, sampling_ratio=2),
            box_head=TwoMLPHead(64 * 5**2, 128),
            box_predictor=FastRCNNPredictor(128, _KINDS),
            box_batch_size_per_image=32,
            box_detections_per_img=MOST_BOXES,
        )
        # torchvision's own start of the proposals' convolution is far too small for it to learn.
        for layer in (body[0], body[3], network.rpn.head.conv[0][0]):
            nn.init.kaiming_normal_(layer.weight)
            nn.init.zeros_(layer.bias)
        return network

    network = seeded(make, seed, "torch")
    tell_places(network, PLACES["faster_rcnn"][coordinates], seed)
    return network
