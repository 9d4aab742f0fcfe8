"""Tiny translation models, as `save_pretrained` leaves them: of random weights, and one that really translates."""

import io
import json
import random

import pytest

WORDS = ["harbour", "ferry", "lock", "gate", "north", "dawn", "forty", "ship", "mayor", "office", "barge", "river"]
SENTENCES = [
    f"{one} {other} the {WORDS[(number * 7) % 12]} of {WORDS[(number * 5) % 12]}."
    for number, one in enumerate(WORDS)
    for other in WORDS
]
THINGS = range(6)


def pieces(sentences=SENTENCES, kind="unigram"):
    """A SentencePiece model trained on a few sentences, and its pieces in order."""
    sentencepiece = pytest.importorskip("sentencepiece")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=model, vocab_size=60, model_type=kind, minloglevel=2,
        hard_vocab_limit=False, num_threads=1,
    )  # fmt: skip
    loaded = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return model.getvalue(), [loaded.IdToPiece(number) for number in range(len(loaded))]


def small(**more):
    """What all the tiny networks have in common."""
    return {
        "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2,
        "decoder_attention_heads": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 64,
        "init_std": 0.5, "dropout": 0.0, "attention_dropout": 0.0, **more,
    }  # fmt: skip


def seeded():
    torch = pytest.importorskip("torch")
    torch.manual_seed(7)
    return pytest.importorskip("transformers")


def marian(path, source="de", target="en", marks=()):
    """MarianMT from one language (or a group) to another, or to those of the marks."""
    transformers = seeded()
    path.mkdir(parents=True)
    model, known = pieces()
    for name in ("source.spm", "target.spm"):
        (path / name).write_bytes(model)
    vocabulary = {piece: number for number, piece in enumerate([*dict.fromkeys([*known, *marks]), "<pad>"])}
    (path / "vocab.json").write_text(json.dumps(vocabulary))
    told = {"tokenizer_class": "MarianTokenizer", "source_lang": source, "target_lang": target, "model_max_length": 64}
    (path / "tokenizer_config.json").write_text(json.dumps(told))
    padding = vocabulary["<pad>"]
    config = transformers.MarianConfig(
        vocab_size=len(vocabulary), pad_token_id=padding, decoder_start_token_id=padding,
        eos_token_id=vocabulary["</s>"], forced_eos_token_id=None, **small(),
    )  # fmt: skip
    transformers.MarianMTModel(config).save_pretrained(path)
    return path


def m2m100(path, train=None, **learnt):
    """M2M100, of a hundred languages; `train` is called with tokenizer and network, `learnt` are those of `pieces`."""
    transformers = seeded()
    path.mkdir(parents=True)
    model, known = pieces(**learnt)
    (path / "sentencepiece.bpe.model").write_bytes(model)
    vocabulary = {
        piece: number for number, piece in enumerate(dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>", *known]))
    }
    (path / "vocab.json").write_text(json.dumps(vocabulary))
    told = {"tokenizer_class": "M2M100Tokenizer", "model_max_length": 64}
    (path / "tokenizer_config.json").write_text(json.dumps(told))
    size = {"d_model": 32, "init_std": 0.1} if train else {}
    config = transformers.M2M100Config(vocab_size=len(vocabulary) + 108, forced_eos_token_id=None, **small(**size))
    network = transformers.M2M100ForConditionalGeneration(config)
    if train:
        train(transformers.M2M100Tokenizer.from_pretrained(path), network)
    network.save_pretrained(path)
    return path


def cipher(count, seed):
    """Sentences of a language with two words for everything, and their translation into one with one word each."""
    drawn = random.Random(seed)
    spoken = [[drawn.choice(THINGS) for _ in range(4)] for _ in range(count)]
    rich = [" ".join(f"{drawn.choice(('ba', 'bo'))}{thing}" for thing in things) for things in spoken]
    return rich, [" ".join(f"ka{thing}" for thing in things) for things in spoken]


def translating(path):
    """M2M100 that has learnt the cipher, as German and English: a few seconds on one core."""
    vocabulary = [f"{syllable}{thing}" for syllable in ("ba", "bo", "ka") for thing in THINGS]
    sentences = [" ".join(vocabulary[(start + 5 * place) % 18] for place in range(5)) for start in range(200)]
    return m2m100(path, _learn, sentences=sentences, kind="word")


def _learn(tokenizer, network):
    import torch

    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, total_iters=500)
    for step in range(500):
        rich, plain = cipher(32, step)
        sides = [("de", rich), ("en", plain)]
        (tokenizer.src_lang, read), (tokenizer.tgt_lang, written) = sides if step % 2 else sides[::-1]
        network(**tokenizer(read, text_target=written, return_tensors="pt", padding=True)).loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()


def nllb(path):
    """NLLB, of two hundred languages; its words are characters."""
    transformers = seeded()
    path.mkdir(parents=True)
    letters = sorted({letter for sentence in SENTENCES for letter in sentence.replace(" ", "▁")})
    vocabulary = {piece: number for number, piece in enumerate(["<s>", "<pad>", "</s>", "<unk>", *letters])}
    tokenizer = transformers.NllbTokenizer(vocab=vocabulary, merges=[], model_max_length=64)
    tokenizer.save_pretrained(path)
    config = transformers.M2M100Config(vocab_size=len(tokenizer), forced_eos_token_id=None, **small())
    transformers.M2M100ForConditionalGeneration(config).save_pretrained(path)
    return path
