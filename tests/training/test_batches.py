import contextlib
import itertools

import numpy as np
import pytest
import torch

from workbench.training.batches import STRIDE, Examples, Sampler, collate
from workbench.training.trainer import batches_of
from workbench.training.vocabulary import EOS, PAD, Sentences


def examples(sources, targets, weights=None, synthetic=False):
    prefixes = np.full((len(sources), 2), PAD)
    prefixes[:, 0] = 4
    if synthetic:
        prefixes[:, 1] = 6
    weights = np.ones(len(sources)) if weights is None else np.asarray(weights, dtype=float)
    return Examples(Sentences.of(sources), Sentences.of(targets), prefixes, weights)


def test_sentences_join_and_pad():
    both = Sentences.joined([Sentences.of([[10, 11], []]), Sentences.of([[12]])])
    assert len(both) == 3
    assert both.lengths.tolist() == [2, 0, 1]
    assert both.padded(np.array([0, 1, 2]), 3).tolist() == [[10, 11, PAD], [PAD, PAD, PAD], [12, PAD, PAD]]


def test_a_batch_opens_with_the_language_and_ends_every_side():
    batch = collate(examples([[10, 11], [12]], [[20], [21, 22]]), np.array([0, 1]), 5)
    assert batch.source.tolist() == [[4, 10, 11, EOS, PAD], [4, 12, EOS, PAD, PAD]]
    assert batch.labels.tolist() == [[20, EOS, PAD, PAD, PAD], [21, 22, EOS, PAD, PAD]]
    assert batch.decoder_input().tolist() == [[EOS, 20, EOS, PAD, PAD], [EOS, 21, 22, EOS, PAD]]


def test_a_synthetic_source_says_so_behind_its_language():
    batch = collate(examples([[10]], [[20]], synthetic=True), np.array([0]), 5)
    assert batch.source.tolist() == [[4, 6, 10, EOS, PAD]]


def test_examples_are_drawn_by_weight_and_fit_their_bucket():
    rows = [[10 + n] * (1 + n % 20) for n in range(400)]
    weights = [3.0 if n % 2 else 1.0 for n in range(400)]
    sampler = Sampler(examples(rows, rows, weights), lengths=(8, 16, 24), batch_tokens=96, seed=1, chunk=4000)
    counts = np.zeros(400)
    shapes = set()
    stream = sampler.batches()
    for _ in range(900):
        batch = next(stream)
        shapes.add(batch.source.shape)
        for line in batch.source:
            counts[line[1] - 10] += 1
    assert shapes == {(12, 8), (6, 16), (4, 24)}
    assert 2.8 < counts[1::2].sum() / counts[::2].sum() < 3.2


def test_what_is_longer_than_the_last_bucket_is_left_out():
    sampler = Sampler(
        examples([[10], [11] * 30], [[20], [21] * 30]), lengths=(8,), batch_tokens=16, seed=1, chunk=64
    )
    stream = sampler.batches()
    assert all((next(stream).source[:, 1] == 10).all() for _ in range(50))


def test_any_batch_can_be_reached_directly():
    rows = [[10 + n] * (1 + n % 9) for n in range(50)]

    def stream(skip):
        return Sampler(examples(rows, rows), lengths=(8, 16), batch_tokens=32, seed=3, chunk=60).batches(skip)

    whole, late = stream(0), stream(37)
    for _ in range(37):
        next(whole)
    for _ in range(20):
        assert (next(whole).source == next(late).source).all()


def test_labels_are_scored_where_they_stand_and_filled_up_to_whole_strides():
    batch = collate(examples([[10], [11]], [[20], [21, 22]]), np.array([0, 1]), 5)
    rows, wanted = batch.scored()
    assert len(rows) == len(wanted) == STRIDE
    assert rows[:5].tolist() == [0, 1, 5, 6, 7]
    assert wanted[:5].tolist() == [20, EOS, 21, 22, EOS]
    assert (wanted[5:] == PAD).all()


@pytest.mark.parametrize("processes", [0, 1])
def test_batches_are_the_same_whoever_makes_them(processes):
    rows = [[10 + n] * (1 + n % 9) for n in range(50)]
    sampler = Sampler(examples(rows, rows), lengths=(8, 12), batch_tokens=24, seed=1, chunk=200)
    expected = list(itertools.islice(sampler.batches(skip=3), 5))
    torch.manual_seed(1)
    with contextlib.closing(batches_of(sampler, skip=3, device="cpu", processes=processes)) as stream:
        found = list(itertools.islice(stream, 5))
    drawn = torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(drawn, torch.rand(1)), "the run's own random numbers were drawn from"
    for (inputs, tokens), batch in zip(found, expected, strict=True):
        assert inputs.source.tolist() == batch.source.tolist()
        assert inputs.decoder_input.tolist() == batch.decoder_input().tolist()
        assert tokens == (batch.labels != PAD).sum()
