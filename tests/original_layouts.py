"""From diffusers' names back to the makers': written apart from the engine's tables, which go the other way.

`test_original.py` holds it to diffusers' own converters: what they make of these names are the class's again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import torch

State = dict[str, torch.Tensor]

KL_MIDDLE = {
    "resnets.0": "block_1", "resnets.1": "block_2", "attentions.0.group_norm": "attn_1.norm",
    "attentions.0.to_q": "attn_1.q", "attentions.0.to_k": "attn_1.k", "attentions.0.to_v": "attn_1.v",
    "attentions.0.to_out.0": "attn_1.proj_out",
}  # fmt: skip


def kl(state: Mapping[str, torch.Tensor]) -> State:
    """`AutoencoderKL` (and FLUX.2's) as CompVis names it."""
    levels = 1 + max(int(name.split(".")[2]) for name in state if name.startswith("decoder.up_blocks."))
    found: State = {}
    for name, tensor in state.items():
        old = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
        if hit := re.fullmatch(r"decoder\.up_blocks\.(\d)\.(.+)", old):
            old = f"decoder.up.{levels - 1 - int(hit[1])}.{hit[2]}"
        old = re.sub(r"^encoder\.down_blocks\.", "encoder.down.", old)
        old = re.sub(r"(up|down)\.(\d)\.resnets\.", r"\1.\2.block.", old)
        old = old.replace("downsamplers.0.conv", "downsample.conv").replace(
            "upsamplers.0.conv", "upsample.conv"
        )
        if hit := re.fullmatch(r"(encoder|decoder)\.mid_block\.(.+?)(\.\w+)?\.(weight|bias)", old):
            middle = f"{hit[2]}{hit[3] or ''}"
            for new, before in KL_MIDDLE.items():
                if middle.startswith(new):
                    old = f"{hit[1]}.mid.{before}{middle[len(new) :]}.{hit[4]}"
            if "attn_1" in old and tensor.ndim == 2:
                tensor = tensor[:, :, None, None]
        found[old] = tensor
    return found


def open_clip(state: Mapping[str, torch.Tensor]) -> State:
    """`CLIPTextModelWithProjection` as OpenCLIP names it."""
    found: State = {"logit_scale": torch.tensor(4.6)}
    names = {
        "embeddings.position_embedding.weight": "positional_embedding",
        "embeddings.token_embedding.weight": "token_embedding.weight",
        "final_layer_norm.weight": "ln_final.weight", "final_layer_norm.bias": "ln_final.bias",
    }  # fmt: skip
    words = {
        "layer_norm": "ln_",
        "mlp.fc1": "mlp.c_fc",
        "mlp.fc2": "mlp.c_proj",
        "self_attn.out_proj": "attn.out_proj",
    }
    fused: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in state.items():
        name = name.removeprefix("text_model.")
        if name == "text_projection.weight":
            found["text_projection"] = tensor.t().contiguous()
        elif name in names:
            found[names[name]] = tensor
        elif hit := re.fullmatch(r"encoder\.layers\.(\d+)\.self_attn\.([qkv])_proj\.(weight|bias)", name):
            whole = f"transformer.resblocks.{hit[1]}.attn.in_proj_{hit[3]}"
            fused.setdefault(whole, {})[hit[2]] = tensor
        else:
            old = name.replace("encoder.layers", "transformer.resblocks")
            for new, before in words.items():
                old = old.replace(new, before)
            found[old] = tensor
    return {
        **found,
        **{whole: torch.cat([thirds[word] for word in "qkv"]) for whole, thirds in fused.items()},
    }


def sdxl_unet(state: Mapping[str, torch.Tensor]) -> State:
    from engine.networks.original.layer_names import original_names  # of the LoRA room: another hand

    layers = original_names(name.rpartition(".")[0] for name in state)
    more = {
        "add_embedding.linear_1": "label_emb.0.0",
        "add_embedding.linear_2": "label_emb.0.2",
        "conv_norm_out": "out.0",
    }
    found = {}
    for name, tensor in state.items():
        layer, _, ending = name.rpartition(".")
        found[f"{more.get(layer) or layers[layer]}.{ending}"] = tensor
    return found


def swapped(tensor: torch.Tensor) -> torch.Tensor:
    return torch.cat(tensor.chunk(2)[::-1])


Fused = Mapping[str, tuple[str, ...]]
"""The makers' layer to the class's layers that are its rows in turn."""

Names = tuple[tuple[str, str], ...]


def _back(
    state: Mapping[str, torch.Tensor],
    names: tuple[tuple[str, str], ...],
    fused: tuple[tuple[str, tuple[str, ...]], ...] = (),
    turned: Callable[[str], bool] = lambda name: False,
    scales: str = "",
) -> State:
    """`names`: regular expressions on whole layers; `fused`: templates with {} for the number."""
    found: State = {}
    done: set[str] = set()
    numbers = sorted({hit[1] for name in state if (hit := re.search(r"\.(\d+)\.", name))}, key=int)
    for old, parts in fused:
        for number in ["", *numbers] if "{}" in old else [""]:
            for ending in ("weight", "bias"):
                whole = [f"{part.format(number)}.{ending}" for part in parts]
                if all(name in state for name in whole):
                    found[f"{old.format(number)}.{ending}"] = torch.cat([state[name] for name in whole])
                    done.update(whole)
    for name, tensor in state.items():
        if name in done:
            continue
        layer, _, ending = name.rpartition(".")
        if ending not in ("weight", "bias"):
            layer, ending = name, ""
        for pattern, before in names:
            hit = re.fullmatch(pattern, layer)
            if hit:
                layer = hit.expand(before)
                break
        if scales and re.search(scales, layer) and ending == "weight":
            ending = "scale"
        found[f"{layer}.{ending}" if ending else layer] = swapped(tensor) if turned(name) else tensor
    return found


def _flux_blocks(hidden: str, out: str) -> tuple[tuple[str, str], ...]:
    block, alone = r"transformer_blocks\.(\d+)", r"single_transformer_blocks\.(\d+)"
    double, single = r"double_blocks.\1", r"single_blocks.\1"
    return (
        (rf"{block}\.attn\.norm_q", rf"{double}.img_attn.norm.query_norm"),
        (rf"{block}\.attn\.norm_k", rf"{double}.img_attn.norm.key_norm"),
        (rf"{block}\.attn\.norm_added_q", rf"{double}.txt_attn.norm.query_norm"),
        (rf"{block}\.attn\.norm_added_k", rf"{double}.txt_attn.norm.key_norm"),
        (rf"{block}\.attn\.to_out\.0", rf"{double}.img_attn.proj"),
        (rf"{block}\.attn\.to_add_out", rf"{double}.txt_attn.proj"),
        (rf"{block}\.ff\.{hidden}", rf"{double}.img_mlp.0"), (rf"{block}\.ff\.{out}", rf"{double}.img_mlp.2"),
        (rf"{block}\.ff_context\.{hidden}", rf"{double}.txt_mlp.0"),
        (rf"{block}\.ff_context\.{out}", rf"{double}.txt_mlp.2"),
        (rf"{block}\.norm1\.linear", rf"{double}.img_mod.lin"),
        (rf"{block}\.norm1_context\.linear", rf"{double}.txt_mod.lin"),
        (rf"{alone}\.attn\.norm_q", rf"{single}.norm.query_norm"),
        (rf"{alone}\.attn\.norm_k", rf"{single}.norm.key_norm"),
        (rf"{alone}\.norm\.linear", rf"{single}.modulation.lin"),
        (rf"{alone}\.proj_out", rf"{single}.linear2"), (rf"{alone}\.attn\.to_out", rf"{single}.linear2"),
        (rf"{alone}\.attn\.to_qkv_mlp_proj", rf"{single}.linear1"),
        (r"x_embedder", "img_in"), (r"context_embedder", "txt_in"), (r"proj_out", "final_layer.linear"),
        (r"norm_out\.linear", "final_layer.adaLN_modulation.1"),
        (r"\w+_embed\.timestep_embedder\.linear_1", "time_in.in_layer"),
        (r"\w+_embed\.timestep_embedder\.linear_2", "time_in.out_layer"),
        (r"\w+_embed\.text_embedder\.linear_1", "vector_in.in_layer"),
        (r"\w+_embed\.text_embedder\.linear_2", "vector_in.out_layer"),
        (r"\w+_embed\.guidance_embedder\.linear_1", "guidance_in.in_layer"),
        (r"\w+_embed\.guidance_embedder\.linear_2", "guidance_in.out_layer"),
        (r"(\w+_stream_modulation\w*)\.linear", r"\1.lin"),
        (r"(distilled_guidance_layer\.layers\.\d+)\.linear_1", r"\1.in_layer"),
        (r"(distilled_guidance_layer\.layers\.\d+)\.linear_2", r"\1.out_layer"),
    )  # fmt: skip


def flux(state: Mapping[str, torch.Tensor]) -> State:
    """FLUX.1's and Chroma's transformer, or FLUX.2's, as Black Forest Labs names it."""
    is_two = any("to_qkv_mlp_proj" in name for name in state)
    block, alone = "transformer_blocks.{}.attn.", "single_transformer_blocks.{}."
    fused = (
        ("double_blocks.{}.img_attn.qkv", tuple(f"{block}to_{word}" for word in "qkv")),
        ("double_blocks.{}.txt_attn.qkv", tuple(f"{block}add_{word}_proj" for word in "qkv")),
        ("single_blocks.{}.linear1", (*(f"{alone}attn.to_{word}" for word in "qkv"), f"{alone}proj_mlp")),
    )
    names = _flux_blocks("linear_in", "linear_out") if is_two else _flux_blocks(r"net\.0\.proj", r"net\.2")
    return _back(
        state, names, fused, lambda name: name.startswith("norm_out"), r"(query|key)_norm$|layer\.norms\.\d+$"
    )


def sd3(state: Mapping[str, torch.Tensor]) -> State:
    last = max(int(hit[1]) for name in state if (hit := re.match(r"transformer_blocks\.(\d+)", name)))
    block, new = r"transformer_blocks\.(\d+)", r"joint_blocks.\1"
    names = (
        (r"pos_embed\.pos_embed", "pos_embed"), (r"pos_embed\.proj", "x_embedder.proj"),
        (r"time_text_embed\.timestep_embedder\.linear_1", "t_embedder.mlp.0"),
        (r"time_text_embed\.timestep_embedder\.linear_2", "t_embedder.mlp.2"),
        (r"time_text_embed\.text_embedder\.linear_1", "y_embedder.mlp.0"),
        (r"time_text_embed\.text_embedder\.linear_2", "y_embedder.mlp.2"),
        (rf"{block}\.(attn2?)\.norm_([qk])", rf"{new}.x_block.\2.ln_\3"),
        (rf"{block}\.attn\.norm_added_([qk])", rf"{new}.context_block.attn.ln_\2"),
        (rf"{block}\.(attn2?)\.to_out\.0", rf"{new}.x_block.\2.proj"),
        (rf"{block}\.attn\.to_add_out", rf"{new}.context_block.attn.proj"),
        (rf"{block}\.norm1\.linear", rf"{new}.x_block.adaLN_modulation.1"),
        (rf"{block}\.norm1_context\.linear", rf"{new}.context_block.adaLN_modulation.1"),
        (rf"{block}\.ff\.net\.0\.proj", rf"{new}.x_block.mlp.fc1"),
        (rf"{block}\.ff\.net\.2", rf"{new}.x_block.mlp.fc2"),
        (rf"{block}\.ff_context\.net\.0\.proj", rf"{new}.context_block.mlp.fc1"),
        (rf"{block}\.ff_context\.net\.2", rf"{new}.context_block.mlp.fc2"),
        (r"proj_out", "final_layer.linear"), (r"norm_out\.linear", "final_layer.adaLN_modulation.1"),
    )  # fmt: skip
    fused = tuple(
        (
            f"joint_blocks.{{}}.{old}.qkv",
            tuple(f"transformer_blocks.{{}}.{new.format(word)}" for word in "qkv"),
        )
        for old, new in (
            ("x_block.attn", "attn.to_{}"), ("x_block.attn2", "attn2.to_{}"),
            ("context_block.attn", "attn.add_{}_proj"),
        )
    )  # fmt: skip
    turned = ("norm_out", f"transformer_blocks.{last}.norm1_context")
    return _back(state, names, fused, lambda name: name.startswith(turned))


def _attention(part: str, old: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (f"{block}.{{}}.{old}.qkv", tuple(f"{block}.{{}}.{part}.to_{word}" for word in "qkv"))
        for block in ("layers", "noise_refiner", "context_refiner")
    )


def z_image(state: Mapping[str, torch.Tensor]) -> State:
    names = (
        (r"all_final_layer\.2-1\.(.+)", r"final_layer.\1"), (r"all_x_embedder\.2-1", "x_embedder"),
        (r"(.+)\.attention\.to_out\.0", r"\1.attention.out"),
        (r"(.+)\.attention\.norm_([qk])", r"\1.attention.\2_norm"),
    )  # fmt: skip
    return _back(state, names, _attention("attention", "attention"))


def lumina2(state: Mapping[str, torch.Tensor]) -> State:
    names = (
        (r"time_caption_embed\.caption_embedder\.(\d)", r"cap_embedder.\1"),
        (r"time_caption_embed\.timestep_embedder\.linear_1", "t_embedder.mlp.0"),
        (r"time_caption_embed\.timestep_embedder\.linear_2", "t_embedder.mlp.2"),
        (r"norm_out\.linear_1", "final_layer.adaLN_modulation.1"),
        (r"norm_out\.linear_2", "final_layer.linear"),
        (r"(.+)\.attn\.to_out\.0", r"\1.attention.out"),
        (r"(.+)\.attn\.norm_([qk])", r"\1.attention.\2_norm"),
        (r"(.+)\.feed_forward\.linear_([123])", r"\1.feed_forward.w\2"),
        (r"(.+)\.norm1\.linear", r"\1.adaLN_modulation.1"), (r"(.+)\.norm1\.norm", r"\1.attention_norm1"),
        (r"(.+)\.norm([12])", r"\1.attention_norm\2"),
    )  # fmt: skip
    return _back(state, names, _attention("attn", "attention"))


def _cross_attention(state: Mapping[str, torch.Tensor], time: str, own: Names, side: int) -> State:
    """PixArt's and Sana's transformer; `side` is of the table of places that their files have."""
    block, new = r"transformer_blocks\.(\d+)", r"blocks.\1"
    names = (
        *own,
        (rf"{time}\.emb\.timestep_embedder\.linear_1", "t_embedder.mlp.0"),
        (rf"{time}\.emb\.timestep_embedder\.linear_2", "t_embedder.mlp.2"),
        (rf"{time}\.linear", "t_block.1"),
        (r"caption_projection\.linear_([12])", r"y_embedder.y_proj.fc\1"),
        (rf"{block}\.attn1\.to_out\.0", rf"{new}.attn.proj"),
        (rf"{block}\.attn2\.to_out\.0", rf"{new}.cross_attn.proj"),
        (rf"{block}\.attn2\.to_q", rf"{new}.cross_attn.q_linear"),
        (rf"{block}\.scale_shift_table", rf"{new}.scale_shift_table"),
        (r"scale_shift_table", "final_layer.scale_shift_table"),
        (r"proj_out", "final_layer.linear"),
    )
    of = "transformer_blocks.{}."
    fused = (
        ("blocks.{}.attn.qkv", tuple(f"{of}attn1.to_{word}" for word in "qkv")),
        ("blocks.{}.cross_attn.kv_linear", tuple(f"{of}attn2.to_{word}" for word in "kv")),
    )
    more = {"pos_embed": torch.zeros(1, side * side, 1), "y_embedder.y_embedding": torch.zeros(300, 1)}
    return {**_back(state, names, fused), **more}


def pixart(state: Mapping[str, torch.Tensor]) -> State:
    block, new = r"transformer_blocks\.(\d+)", r"blocks.\1"
    own = (
        (r"pos_embed\.proj", "x_embedder.proj"),
        (rf"{block}\.ff\.net\.0\.proj", rf"{new}.mlp.fc1"), (rf"{block}\.ff\.net\.2", rf"{new}.mlp.fc2"),
    )  # fmt: skip
    return _cross_attention(state, "adaln_single", own, 64)


def sana(state: Mapping[str, torch.Tensor]) -> State:
    block, new = r"transformer_blocks\.(\d+)", r"blocks.\1"
    own = (
        (r"patch_embed\.proj", "x_embedder.proj"), (r"caption_norm", "attention_y_norm"),
        (rf"{block}\.ff\.conv_(\w+)", rf"{new}.mlp.\2_conv.conv"),
    )  # fmt: skip
    return _cross_attention(state, "time_embed", own, 32)


def deep(state: Mapping[str, torch.Tensor]) -> State:
    """`AutoencoderDC` as Sana's makers name it."""
    block = r"(encoder|decoder)\.(?:down|up)_blocks\.(\d+)\.(\d+)"
    old = r"\1.stages.\2.op_list.\3"
    names = (
        (rf"{block}\.conv([12])", rf"{old}.main.conv\4.conv"), (rf"{block}\.norm", rf"{old}.main.conv2.norm"),
        (r"encoder\.down_blocks\.(\d+)\.(\d+)\.conv", r"encoder.stages.\1.op_list.\2.main.conv"),
        (r"decoder\.up_blocks\.(\d+)\.(\d+)\.conv", r"decoder.stages.\1.op_list.\2.main.conv.conv"),
        (rf"{block}\.attn\.to_qkv_multiscale\.0\.proj_in", rf"{old}.context_module.main.aggreg.0.0"),
        (rf"{block}\.attn\.to_qkv_multiscale\.0\.proj_out", rf"{old}.context_module.main.aggreg.0.1"),
        (rf"{block}\.attn\.to_out", rf"{old}.context_module.main.proj.conv"),
        (rf"{block}\.attn\.norm_out", rf"{old}.context_module.main.proj.norm"),
        (rf"{block}\.conv_out\.conv_(\w+)", rf"{old}.local_module.main.\4_conv.conv"),
        (rf"{block}\.conv_out\.norm", rf"{old}.local_module.main.point_conv.norm"),
        (r"encoder\.conv_in", "encoder.project_in.conv"),
        (r"decoder\.conv_in", "decoder.project_in.main.conv"),
        (r"encoder\.conv_out", "encoder.project_out.main.op_list.0.conv"),
        (r"decoder\.norm_out", "decoder.project_out.op_list.0"),
        (r"decoder\.conv_out", "decoder.project_out.op_list.2.conv"),
    )  # fmt: skip
    found: State = {}
    for name, tensor in state.items():
        if name.endswith(("attn.to_k.weight", "attn.to_v.weight")):
            continue
        if name.endswith("attn.to_q.weight"):
            whole = [state[name.replace("to_q", f"to_{word}")] for word in "qkv"]
            layer = re.sub(
                rf"{block}\.attn\.to_q\.weight", rf"{old}.context_module.main.qkv.conv.weight", name
            )
            found[layer] = torch.cat(whole)[..., None, None]
        else:
            (renamed,) = _back({name: tensor}, names)
            found[renamed] = tensor[..., None, None] if renamed.endswith("proj.conv.weight") else tensor
    return found


def wan_vae(state: Mapping[str, torch.Tensor]) -> State:
    """`AutoencoderKLQwenImage` as Wan names it."""
    resnet = {
        "norm1": "residual.0",
        "conv1": "residual.2",
        "norm2": "residual.3",
        "conv2": "residual.6",
        "conv_shortcut": "shortcut",
    }
    per_level = 1 + max(
        int(name.split(".")[4]) for name in state if name.startswith("decoder.up_blocks.0.resnets.")
    )
    found: State = {}
    for name, tensor in state.items():
        old = name
        if hit := re.fullmatch(r"decoder\.up_blocks\.(\d)\.resnets\.(\d)\.(\w+)\.(\w+)", name):
            block = int(hit[1]) * (per_level + 1) + int(hit[2])
            old = f"decoder.upsamples.{block}.{resnet[hit[3]]}.{hit[4]}"
        elif hit := re.fullmatch(r"decoder\.up_blocks\.(\d)\.upsamplers\.0\.(.+)", name):
            old = f"decoder.upsamples.{int(hit[1]) * (per_level + 1) + per_level}.{hit[2]}"
        elif hit := re.fullmatch(r"encoder\.down_blocks\.(\d+)\.(\w+)\.(\w+)", name):
            old = f"encoder.downsamples.{hit[1]}.{resnet.get(hit[2], hit[2])}.{hit[3]}"
        elif hit := re.fullmatch(r"encoder\.down_blocks\.(.+)", name):
            old = f"encoder.downsamples.{hit[1]}"
        elif hit := re.fullmatch(r"(\w+)\.mid_block\.resnets\.(\d)\.(\w+)\.(\w+)", name):
            old = f"{hit[1]}.middle.{2 * int(hit[2])}.{resnet[hit[3]]}.{hit[4]}"
        elif hit := re.fullmatch(r"(\w+)\.mid_block\.attentions\.0\.(.+)", name):
            old = f"{hit[1]}.middle.1.{hit[2]}"
        else:
            for new, before in (("norm_out", "head.0"), ("conv_out", "head.2"), ("conv_in", "conv1"),
                                ("post_quant_conv", "conv2"), ("quant_conv", "conv1")):  # fmt: skip
                if new in old:
                    old = old.replace(new, before)
                    break
        found[old] = tensor
    return found


# Networks that read maps


def xlabs(state: Mapping[str, torch.Tensor]) -> State:
    """A ControlNet beside FLUX.1 as XLabs name it."""
    hints = [
        ("input_hint_block.conv_in", "input_hint_block.0"),
        *((f"input_hint_block.blocks.{place}", f"input_hint_block.{2 * place + 2}") for place in range(6)),
        ("input_hint_block.conv_out", "input_hint_block.14"),
        ("controlnet_x_embedder", "pos_embed_input"),
    ]
    for new, old in hints:
        state = {
            f"{old}.{name.rpartition('.')[2]}" if name.rpartition(".")[0] == new else name: tensor
            for name, tensor in state.items()
        }
    return flux(state)


def sd35_control(state: Mapping[str, torch.Tensor]) -> State:
    """A ControlNet beside Stable Diffusion 3.5 Large as Stability names it."""
    block, old = r"(transformer_blocks\.\d+)", r"\1"
    names = (
        (rf"{block}\.attn\.to_out\.0", rf"{old}.attn.proj"),
        (rf"{block}\.ff\.net\.0\.proj", rf"{old}.mlp.fc1"),
        (rf"{block}\.ff\.net\.2", rf"{old}.mlp.fc2"),
        (rf"{block}\.norm1\.linear", rf"{old}.adaLN_modulation.1"),
    )
    queries = tuple(f"transformer_blocks.{{}}.attn.to_{word}" for word in "qkv")
    return _back(state, names, (("transformer_blocks.{}.attn.qkv", queries),))


def light_adapter(state: Mapping[str, torch.Tensor]) -> State:
    """A light T2I-Adapter as TencentARC name it."""
    return {
        name.removeprefix("adapter.").replace("resnets", "body"): tensor for name, tensor in state.items()
    }
