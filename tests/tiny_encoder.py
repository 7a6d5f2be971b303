"""A wav2vec 2.0 of random weights, small enough for tests."""

from pathlib import Path


def save_encoder(folder: Path, *, seed: int = 0, norm: str = "layer", hidden: int = 32, layers: int = 2) -> Path:
    """As transformers saves it; ``layer`` is the large model's kind of norm in its convolutions, ``group`` the base model's."""
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2Model

    torch.manual_seed(seed)
    config = Wav2Vec2Config(
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        feat_extract_norm=norm,
        do_stable_layer_norm=norm == "layer",
        conv_bias=norm == "layer",
    )
    Wav2Vec2Model(config).save_pretrained(folder)
    return folder
