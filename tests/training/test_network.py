"""The loss against transformers' own, for both shapes."""

import numpy as np
import pytest
import torch

from workbench.training.batches import Batch
from workbench.training.network import Inputs, build, loss, losses
from workbench.training.settings import ArchitectureConfig
from workbench.training.vocabulary import EOS, PAD

SOURCE = np.array([[4, 10, 11, 12, EOS, PAD, PAD], [4, 13, EOS, PAD, PAD, PAD, PAD]])
LABELS = np.array([[20, 21, EOS, PAD], [22, 23, 24, EOS]])


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("family", ["m2m100", "marian"])
def test_the_loss_is_that_of_transformers_with_padding_left_out(family, attention):
    shape = ArchitectureConfig(
        family=family, width=32, feed_forward=64, heads=2, encoder_layers=2, decoder_layers=2, positions=64
    )
    model = build(shape, 60, seed=3).eval()
    inputs = Inputs.of(Batch(SOURCE, LABELS))
    wanted = torch.from_numpy(np.where(LABELS == PAD, -100, LABELS))
    theirs = model(
        input_ids=inputs.source,
        attention_mask=inputs.source.ne(PAD).long(),
        decoder_input_ids=inputs.decoder_input,
        labels=wanted,
    ).loss
    model.set_attn_implementation(attention)
    ours = loss(model, inputs, smoothing=0.0)
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-5)
    each = losses(model, inputs.source, inputs.decoder_input, torch.from_numpy(LABELS))
    labels = (LABELS != PAD).sum(axis=1)
    assert (each.numpy() * labels).sum() / labels.sum() == pytest.approx(theirs.item(), abs=1e-5)
