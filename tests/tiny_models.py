"""Translation models of random weights, as `save_pretrained` leaves them, built in a moment."""

import io
import json

import pytest

WORDS = ["harbour", "ferry", "lock", "gate", "north", "dawn", "forty", "ship", "mayor", "office", "barge", "river"]
SENTENCES = [f"{one} {other} the {WORDS[(i * 7) % 12]} of {WORDS[(i * 5) % 12]}." for i, one in enumerate(WORDS) for other in WORDS]


def pieces():
    """A SentencePiece model trained on a few sentences, and its pieces in order."""
    sentencepiece = pytest.importorskip("sentencepiece")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES), model_writer=model, vocab_size=60, model_type="unigram", minloglevel=2,
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


def m2m100(path):
    """M2M100, of a hundred languages."""
    transformers = seeded()
    path.mkdir(parents=True)
    model, known = pieces()
    (path / "sentencepiece.bpe.model").write_bytes(model)
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>", *known]))}
    (path / "vocab.json").write_text(json.dumps(vocabulary))
    (path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "M2M100Tokenizer", "model_max_length": 64}))
    config = transformers.M2M100Config(vocab_size=len(vocabulary) + 108, forced_eos_token_id=None, **small())
    transformers.M2M100ForConditionalGeneration(config).save_pretrained(path)
    return path


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
