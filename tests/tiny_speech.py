"""Speech synthesis checkpoints of a few thousand random weights, as folders on disk: real in all but what they say."""

import json
from pathlib import Path
from typing import Final

LOUDER: Final = 20.0  # random weights of a vocoder whisper


def write_vits(folder: Path, *, speakers: int = 3, phonemize: bool = False, rate_hz: int = 16_000) -> Path:
    """A VITS checkpoint with its tokenizer, which knows small letters, the comma and the space."""
    import torch
    from transformers import VitsConfig, VitsModel, VitsTokenizer

    letters = ["<pad>", *"abcdefghijklmnopqrstuvwxyz", ",", " "]
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({letter: index for index, letter in enumerate(letters)}))
    VitsTokenizer(str(vocabulary), phonemize=phonemize, unk_token="<pad>").save_pretrained(folder)
    config = VitsConfig(
        vocab_size=len(letters), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16, flow_size=16, spectrogram_bins=9,
        upsample_initial_channel=16, upsample_rates=(8, 8), upsample_kernel_sizes=(16, 16), resblock_kernel_sizes=(3,),
        resblock_dilation_sizes=((1,),), prior_encoder_num_flows=2, prior_encoder_num_wavenet_layers=1,
        posterior_encoder_num_wavenet_layers=1, wavenet_kernel_size=3, duration_predictor_num_flows=2, depth_separable_num_layers=1,
        num_speakers=speakers, speaker_embedding_size=8 if speakers > 1 else 0, sampling_rate=rate_hz,
    )  # fmt: skip
    torch.manual_seed(0)
    model = VitsModel(config)
    model.save_pretrained(folder)
    return folder


def write_speecht5(folder: Path, *, width: int = 512, bands: int = 8) -> tuple[Path, Path]:
    """A SpeechT5 checkpoint with a tokenizer of letters, and its HiFi-GAN."""
    import sentencepiece
    import torch
    from transformers import SpeechT5Config, SpeechT5ForTextToSpeech, SpeechT5HifiGan, SpeechT5HifiGanConfig, SpeechT5Tokenizer

    text = folder / "letters.txt"
    folder.mkdir(parents=True, exist_ok=True)
    text.write_text("the quick brown fox jumps over the lazy dog\n" * 20)
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(folder / "letters"), model_type="char", vocab_size=32, hard_vocab_limit=False, minloglevel=2,
        bos_id=0, pad_id=1, eos_id=2, unk_id=3,
    )  # fmt: skip
    tokenizer = SpeechT5Tokenizer(str(folder / "letters.model"))
    config = SpeechT5Config(
        vocab_size=len(tokenizer), hidden_size=16, encoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=16, decoder_layers=1,
        decoder_attention_heads=2, decoder_ffn_dim=16, num_mel_bins=bands, speech_decoder_prenet_units=16, speech_decoder_prenet_layers=2,
        speech_decoder_postnet_units=16, speech_decoder_postnet_layers=2, speaker_embedding_dim=width,
    )  # fmt: skip
    torch.manual_seed(0)
    model = SpeechT5ForTextToSpeech(config)
    with torch.no_grad():
        model.speech_decoder_postnet.prob_out.bias.fill_(-9)  # it never falls silent before the longest it may speak
    model.save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    hifi_gan = SpeechT5HifiGanConfig(
        model_in_dim=bands, upsample_initial_channel=16, upsample_rates=(8, 8), upsample_kernel_sizes=(16, 16), resblock_kernel_sizes=(3,),
        resblock_dilation_sizes=((1,),),
    )  # fmt: skip
    vocoder = SpeechT5HifiGan(hifi_gan)
    with torch.no_grad():
        for weights in vocoder.parameters():
            weights.mul_(LOUDER)
    vocoder.save_pretrained(folder / "vocoder")
    return folder / "model", folder / "vocoder"
