"""Each trainer overfits four pictures in seconds; the parts below them do what their papers say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from shapes import Shapes

from engine.api.errors import Overflow
from engine.api.events import Step
from engine.training.autoencoder import AutoencoderLearner, psnr, settle
from engine.training.bank import Bank, Ring, encoded, seeded, to_latents, to_network, to_pictures
from engine.training.denoiser import DenoiserLearner, Looks
from engine.training.flow import Flow, empty_chunk
from engine.training.networks import Sizes, build_autoencoder, build_text_encoder, build_unet
from engine.training.noise import spread_timesteps, starter_noising
from engine.training.optim import Optimizer, orthogonalised
from engine.training.phase import Work, train
from engine.training.schedule import Pace, learning_rate
from engine.training.tokenizer import Captions, learn_vocabulary, save_tokenizer
from engine.training.twins import PairWriter, make_twins, partners, twin_loss

CPU = torch.device("cpu")
SIZES = Sizes(
    side=32, autoencoder=(16, 32), autoencoder_groups=8, unet=(32, 64), attention=(False, True),
    norm_groups=8, text_width=32, text_layers=1, text_heads=2, words=700, tokens=12,
)  # fmt: skip
WORK = Work(CPU, report_every_s=0.0, measure_every_s=1e9)


@pytest.fixture(scope="module")
def captions() -> Captions:
    return Captions(learn_vocabulary(Shapes().texts(40), SIZES.words), SIZES.tokens)


@pytest.fixture
def bank(captions: Captions):
    source = Shapes(still=True).scenes(captions, SIZES.side, seed=0)
    bank = Bank(Flow(source, 8), empty_chunk(source, 8), CPU, capacity=16, kept=16, steady=True)
    for _ in bank.fill(16):
        pass
    yield bank
    bank.close()


def losses(events) -> list[float]:
    return [float(str(event.extra["loss"])) for event in events if isinstance(event, Step)]


def test_the_autoencoder_overfits_four_pictures(bank: Bank):
    torch.manual_seed(0)
    held_out = bank.pictures.rows["pixels"][:8]
    learner = AutoencoderLearner(
        build_autoencoder(SIZES), bank, held_out, WORK, batch=8, fresh=0, average_decay=0.9
    )
    seen = losses(train(learner, Pace(steps=80), WORK, None))
    assert seen[-1] < 0.25 * seen[0]
    figures, picture = learner.measure()
    assert figures["psnr"] > 18
    assert picture is not None and picture.shape[2] == 3


def test_the_denoiser_overfits_four_pictures(bank: Bank, captions: Captions):
    torch.manual_seed(0)
    autoencoder = build_autoencoder(SIZES).eval()
    settle(autoencoder, bank)
    for _ in bank.encode_all(autoencoder):
        pass
    assert bank.latents is not None
    rows = bank.latents.rows
    tokens = rows["tokens"][:4, 0]
    looks = Looks(autoencoder, tokens, rows["latents"][:4].float(), tokens)
    learner = DenoiserLearner(
        build_text_encoder(SIZES, len(captions.vocabulary.ids)),
        build_unet(SIZES),
        bank,
        torch.from_numpy(captions.nothing),
        looks,
        WORK,
        batch=16,
        fresh=0,
        twins=make_twins(
            PairWriter(lambda: Shapes().pairs(8), captions, 8, aside=False).rows(), captions.end, CPU
        ),
        twin_batch=4,
        average_decay=0.9,
    )
    learner.warmup = 10
    seen = losses(train(learner, Pace(steps=50), WORK, None))
    assert np.mean(seen[-10:]) < 0.7 * seen[0]
    figures, picture = learner.measure()
    assert figures["held_out_v_loss"] < 0.7 * seen[0]
    assert picture is not None


def test_a_loss_that_is_no_number_ends_with_words(bank: Bank):
    network = build_autoencoder(SIZES)
    torch.nn.init.constant_(network.decoder.conv_out.weight, float("nan"))
    learner = AutoencoderLearner(network, bank, bank.pictures.rows["pixels"][:2], WORK, batch=2, fresh=0)
    with pytest.raises(Overflow, match="autoencoder"):
        list(train(learner, Pace(steps=2), WORK, None))


def test_settling_changes_no_picture(bank: Bank):
    torch.manual_seed(0)
    network = build_autoencoder(SIZES).eval()
    wanted = to_network(bank.pictures.rows["pixels"])
    with torch.no_grad():
        before = to_pictures(network, to_latents(network, wanted))
        settle(network, bank)
        after = to_pictures(network, to_latents(network, wanted))
    assert float((before - after).abs().max()) < 0.02  # bfloat16 measures, float32 changes
    latents = encoded(network, bank.pictures.rows)["latents"].float()
    assert abs(float(latents.mean())) < 0.05
    assert float(latents.std()) == pytest.approx(1, abs=0.1)


def test_updates_are_orthogonal():
    torch.manual_seed(0)
    made = orthogonalised(torch.randn(3, 32, 80)).float()
    values = torch.linalg.svdvals(made)
    assert float(values.min()) > 0.5
    assert float(values.max()) < 1.3


def test_the_order_of_memory_changes_no_update():
    """Also where the gradient lies otherwise than its weight."""

    def trained(weight_order: torch.memory_format, gradient_order: torch.memory_format) -> torch.Tensor:
        torch.manual_seed(0)
        network = torch.nn.Conv2d(32, 48, 3).to(memory_format=weight_order)
        optimizer = Optimizer(network.named_parameters(), matrix_rate=0.1)
        assert len(optimizer.matrices) == 1
        chance = torch.Generator().manual_seed(1)
        for _ in range(3):
            for weight in network.parameters():
                weight.grad = torch.randn(weight.shape, generator=chance)
            network.weight.grad = network.weight.grad.contiguous(memory_format=gradient_order)
            optimizer.step(1.0)
        assert network.weight.is_contiguous(memory_format=weight_order)
        return network.weight.detach().contiguous()

    plain, last = torch.contiguous_format, torch.channels_last
    begun, wanted = torch.nn.Conv2d(32, 48, 3), trained(plain, plain)
    for orders in ((last, last), (last, plain), (plain, last)):
        made = trained(*orders)
        assert (made - wanted).norm() < 0.02 * wanted.norm()
        assert (made - begun.weight).norm() > 0.1 * wanted.norm()


def test_an_optimizer_goes_on_from_its_state():
    def trained(steps: int, state: dict[str, torch.Tensor] | None, weights: dict[str, torch.Tensor] | None):
        torch.manual_seed(0)
        network = torch.nn.Sequential(torch.nn.Linear(32, 32), torch.nn.Linear(32, 4))
        if weights is not None:
            network.load_state_dict(weights)
        optimizer = Optimizer(network.named_parameters())
        if state is not None:
            optimizer.load(state)
        for _ in range(steps):
            network(torch.ones(2, 32)).pow(2).mean().backward()
            optimizer.step(1.0)
        return network.state_dict(), optimizer.state()

    whole, _ = trained(4, None, None)
    half, state = trained(2, None, None)
    rest, _ = trained(2, state, half)
    assert all(torch.equal(whole[name], rest[name]) for name in whole)


def test_the_noise_ends_in_noise_alone():
    levels = starter_noising(CPU)
    assert float(levels.signal[-1]) == 0
    assert torch.allclose(levels.signal**2 + levels.noise**2, torch.ones(1000))
    weights = levels.weights(torch.tensor([0, 500, 999]))
    assert float(weights[0]) < 0.01 and float(weights[2]) == 1


def test_timesteps_are_spread():
    steps = spread_timesteps(64, torch.Generator().manual_seed(0))
    assert len(set(steps.tolist())) == 64
    assert steps.min() >= 0 and steps.max() < 1000


def test_chance_depends_on_the_step_alone():
    generator = torch.Generator()
    one = torch.rand(4, generator=seeded(generator, 5, 0, 1, 17))
    torch.rand(9, generator=generator)
    assert torch.equal(one, torch.rand(4, generator=seeded(generator, 5, 0, 1, 17)))
    assert not torch.equal(one, torch.rand(4, generator=seeded(generator, 5, 1, 1, 17)))


def test_a_ring_keeps_the_newest():
    ring = Ring(6, CPU, {"numbers": ((), torch.int64)})
    for start in range(0, 12, 4):
        ring.put({"numbers": torch.arange(start, start + 4)})
    assert ring.count == 12 and sorted(ring.rows["numbers"].tolist()) == [6, 7, 8, 9, 10, 11]
    picked = ring.rows["numbers"][ring.pick(200, torch.Generator().manual_seed(0))]
    assert set(picked.tolist()) == {6, 7, 8, 9, 10, 11}


def test_the_rate_warms_up_stays_and_falls():
    rates = [learning_rate(share, step, 10) for share, step in ((0, 0), (0.1, 50), (0.5, 500), (0.99, 990))]
    assert rates[0] == pytest.approx(0.1) and rates[1] == rates[2] == 1 and rates[3] < 0.03


def test_the_tokenizer_is_clips(captions: Captions, tmp_path: Path):
    from transformers import CLIPTokenizer

    save_tokenizer(captions.vocabulary, tmp_path, SIZES.tokens)
    theirs = CLIPTokenizer.from_pretrained(tmp_path)
    for text in ("a red disc", "un DISC  rojo, ¿ñandú?", "", "a red disc " * 9):
        ids = theirs(text, padding="max_length", truncation=True).input_ids
        assert captions.ids(text).tolist() == ids


def test_twins_meet_word_by_word(captions: Captions):
    known, other = captions.ids("a red disc"), captions.ids("a red circle of blue")
    partner, counts = partners(known, other, captions.end)
    end_known, end_other = list(known).index(captions.end), list(other).index(captions.end)
    assert partner[end_other] == end_known
    assert not counts[:3].any() and counts[3:].all()
    states = torch.randn(1, len(known), 8)
    asked = torch.from_numpy(partner)[None], torch.from_numpy(counts)[None]
    same = states[:, asked[0][0]]
    assert float(twin_loss(states, same, *asked)) == pytest.approx(0)
    assert float(twin_loss(states, torch.randn(1, len(known), 8), *asked)) > 0.5


def test_pairs_written_aside_are_the_same(captions: Captions):
    def pairs():
        return Shapes().pairs(8)

    aside = PairWriter(pairs, captions, 8, aside=True)
    assert np.array_equal(aside.rows(), PairWriter(pairs, captions, 8, aside=False).rows())


def test_psnr_of_a_known_error():
    wanted = torch.zeros(1, 3, 4, 4)
    assert float(psnr(wanted + 0.2, wanted)) == pytest.approx(20, abs=0.01)
