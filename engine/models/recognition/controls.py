"""The table of what steers a network besides words: ControlNets, T2I- and IP-Adapters, motion modules."""

from __future__ import annotations

from engine.api.model_file import FileKind
from engine.models.recognition.denoisers import LDM_ATTENTION, SINGLE_FILE, UNET_ATTENTION
from engine.models.recognition.mark import ANY, Mark, VariantMark

_CONTROL_LDM = "lllyasviel/ControlNet: cldm/cldm.py"
_CONTROL = "diffusers: ControlNetModel"
_T2I = "TencentARC/T2I-Adapter: ldm/modules/encoders/adapter.py"
_IP = "tencent-ailab/IP-Adapter: ip_adapter/ip_adapter.py"
_COMFY = "Comfy-Org/ComfyUI: comfy/controlnet.py"
_XLABS = "XLabs-AI/x-flux: src/flux/controlnet.py"

_WORDS = "transformer_blocks.0.attn2.to_k.weight"
_XS = (
    ("control_to_base_for_conv_in.weight", f"mid_block.midblock.attentions.0.{_WORDS}",
     "diffusers: ControlNetXSAdapter"),
    ("enc_zero_convs_out.0.0.weight", f"control_model.middle_block.1.{_WORDS}",
     "vislearn/ControlNet-XS: sgm/modules/diffusionmodules/twoStreamControl.py"),
)  # fmt: skip
"""What only a ControlNet-XS has, and what tells the width of the words, in either layout."""

CONTROLS: tuple[Mark, ...] = (
    # they share names with the others
    *(
        Mark(FileKind.CONTROLNET, (family,), {first: ANY, words: (None, width)}, source, "XS")
        for first, words, source in _XS
        for family, width in (("sd1", 768), ("sd2", 1024), ("sdxl", 2048), ("sd", None))
    ),
    # diffusers' own names first: they say their family by width
    Mark(
        FileKind.CONTROLNET,
        ("sdxl",),
        {"controlnet_cond_embedding.conv_in.weight": ANY, "task_embedding": ANY},
        "diffusers: ControlNetUnionModel",
        "union",
    ),
    Mark(
        FileKind.CONTROLNET,
        ("sdxl",),
        {"controlnet_cond_embedding.conv_in.weight": ANY, "add_embedding.linear_1.weight": ANY},
        SINGLE_FILE,
    ),
    Mark(
        FileKind.MOTION,
        ("sd1",),
        {
            "controlnet_cond_embedding.conv_in.weight": ANY,
            "down_blocks.0.motion_modules.0.temporal_transformer.norm.weight": ANY,
        },
        SINGLE_FILE,
        "sparse control",
    ),
    Mark(
        FileKind.CONTROLNET,
        ("sd2",),
        {"controlnet_cond_embedding.conv_in.weight": ANY, UNET_ATTENTION: (None, 1024)},
        _CONTROL,
    ),
    Mark(
        FileKind.CONTROLNET,
        ("sd1",),
        {"controlnet_cond_embedding.conv_in.weight": ANY, UNET_ATTENTION: (None, 768)},
        _CONTROL,
    ),
    Mark(
        FileKind.CONTROLNET,
        ("sd",),
        {"controlnet_cond_embedding.conv_in.weight": ANY, "controlnet_down_blocks.0.weight": ANY},
        _CONTROL,
    ),
    Mark(
        FileKind.CONTROLNET,
        ("sdxl",),
        {"input_hint_block.0.weight": ANY, "label_emb.0.0.weight": ANY},
        _CONTROL_LDM,
    ),
    Mark(
        FileKind.CONTROLNET,
        ("flux1",),
        {"input_hint_block.0.weight": ANY, "double_blocks.0.img_attn.qkv.weight": ANY},
        _XLABS,
    ),
    Mark(
        FileKind.CONTROLNET,
        ("sd2",),
        {"input_hint_block.0.weight": ANY, LDM_ATTENTION: (None, 1024)},
        _CONTROL_LDM,
    ),
    Mark(
        FileKind.CONTROLNET,
        ("sd1",),
        {"input_hint_block.0.weight": ANY, LDM_ATTENTION: (None, 768)},
        _CONTROL_LDM,
    ),
    Mark(
        FileKind.CONTROLNET,
        ("sd",),
        {"input_hint_block.0.weight": ANY, "zero_convs.0.0.weight": ANY},
        _CONTROL_LDM,
    ),
    Mark(
        FileKind.CONTROLNET,
        ("qwen_image",),
        {"controlnet_x_embedder.weight": ANY, "transformer_blocks.0.img_mod.1.weight": ANY},
        "diffusers: QwenImageControlNetModel",
    ),
    Mark(
        FileKind.CONTROLNET,
        ("flux1",),
        {"controlnet_x_embedder.weight": ANY, "controlnet_mode_embedder.weight": ANY},
        "diffusers: FluxControlNetModel",
        "union",
    ),
    Mark(
        FileKind.CONTROLNET,
        ("flux1",),
        {"controlnet_x_embedder.weight": ANY},
        "diffusers: FluxControlNetModel",
    ),
    Mark(
        FileKind.CONTROLNET,
        ("flux1",),
        {"controlnet_blocks.0.linear.weight": ANY, "double_blocks.0.img_attn.qkv.weight": ANY},
        _COMFY,
        "MistoLine",
    ),
    Mark(
        FileKind.CONTROLNET,
        ("qwen_image",),
        {"control_blocks.0.after_proj.weight": ANY, "control_img_in.weight": ANY},
        _COMFY,
        "Fun",
    ),
    Mark(FileKind.CONTROLNET, ("hunyuan_dit",), {"after_proj_list.0.weight": ANY}, _COMFY),
    Mark(
        FileKind.CONTROLNET,
        ("sd3",),
        {"controlnet_blocks.0.weight": ANY, "pos_embed_input.proj.weight": ANY},
        "diffusers: SD3ControlNetModel",
    ),
    Mark(
        FileKind.CONTROLNET,
        ("sana",),
        {"controlnet_blocks.0.weight": ANY, "caption_norm.weight": ANY},
        "diffusers: SanaControlNetModel",
    ),
    Mark(FileKind.CONTROLNET, ("z_image",), {"control_all_x_embedder.2-1.weight": ANY}, SINGLE_FILE, "union"),
    Mark(
        FileKind.CONTROLNET,
        ("z_image",),
        {"control_layers.0.adaLN_modulation.0.weight": ANY},
        SINGLE_FILE,
        "union",
    ),
    Mark(
        FileKind.CONTROLNET,
        ("sdxl",),
        {"lllite_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.conditioning1.0.weight": ANY},
        "kohya-ss/sd-scripts: networks/control_net_lllite.py",
        "LLLite",
    ),
    # T2I-Adapters: the first layer reads the picture folded into 8 x 8 (SD 1) or 16 x 16 cells (XL)
    *(
        Mark(
            FileKind.T2I_ADAPTER,
            (family,),
            {f"{prefix}conv_in.weight": (None, folded), f"{prefix}body.0.{block}": ANY},
            _T2I,
        )
        for family, cells in (("sd1", 64), ("sdxl", 256))
        for folded in (cells, 3 * cells)
        for prefix, block in (
            ("", "block1.weight"),
            ("", "resnets.0.block1.weight"),
            ("adapter.", "resnets.0.block1.weight"),
        )
    ),
    Mark(
        FileKind.T2I_ADAPTER,
        ("sd1",),
        {"body.0.in_conv.weight": ANY, "body.0.body.0.block1.weight": ANY},
        _T2I,
        "light",
    ),
    Mark(
        FileKind.T2I_ADAPTER,
        ("sd1",),
        {"style_embedding": ANY, "transformer_layes.0.attn.in_proj_weight": ANY},
        _T2I,
        "style",
    ),
    Mark(
        FileKind.IP_ADAPTER,
        ("sd3",),
        {"ip_adapter.0.norm_ip.linear.weight": ANY},
        "huggingface/diffusers: src/diffusers/loaders/transformer_sd3.py",
    ),
    Mark(
        FileKind.IP_ADAPTER,
        ("flux1",),
        {"ip_adapter.0.to_k_ip.weight": (3072, 4096)},
        "InstantX: infer_flux_ipa_siglip.py (IPAFluxAttnProcessor2_0)",
        "InstantX",
    ),
    Mark(
        FileKind.IP_ADAPTER,
        ("flux1",),
        {"pulid_encoder.proj_out": ANY, "pulid_ca.19.to_q.weight": ANY},
        "ToTheBeginning/PuLID: pulid/pipeline_flux.py",
        "PuLID",
    ),
    # IP-Adapters: the width of the keys is that of the text that they stand beside
    Mark(FileKind.IP_ADAPTER, ("sd1",), {"ip_adapter.1.to_k_ip.weight": (None, 768)}, _IP),
    Mark(FileKind.IP_ADAPTER, ("sd2",), {"ip_adapter.1.to_k_ip.weight": (None, 1024)}, _IP),
    Mark(
        FileKind.IP_ADAPTER,
        ("kolors",),
        {"ip_adapter.1.to_k_ip.weight": (None, 2048), "image_proj.latents": (None, None, 2048)},
        "Kwai-Kolors/Kolors: kolors/models/ipadapter (Resampler)",
    ),
    Mark(FileKind.IP_ADAPTER, ("sdxl",), {"ip_adapter.1.to_k_ip.weight": (None, 2048)}, _IP),
    Mark(FileKind.IP_ADAPTER, ("kolors",), {"ip_adapter.1.to_k_ip.weight": (None, 4096)}, _IP),
    Mark(FileKind.IP_ADAPTER, (), {"ip_adapter.1.to_k_ip.weight": ANY}, _IP),
    Mark(
        FileKind.IP_ADAPTER,
        ("flux1",),
        {"double_blocks.0.processor.ip_adapter_double_stream_k_proj.weight": ANY},
        "XLabs-AI/x-flux: src/flux/modules/layers.py (IPDoubleStreamBlockProcessor)",
    ),
    Mark(
        FileKind.IP_ADAPTER,
        ("flux1",),
        {"redux_down.weight": ANY, "redux_up.weight": ANY},
        "black-forest-labs/flux: src/flux/modules/image_embedders.py (ReduxImageEncoder)",
        "Redux",
    ),
    Mark(
        FileKind.MOTION,
        ("sdxl",),
        {
            "down_blocks.0.motion_modules.0.temporal_transformer.norm.weight": (320,),
            "down_blocks.2.motion_modules.0.temporal_transformer.norm.weight": (1280,),
        },
        "guoyww/AnimateDiff: animatediff/models/motion_module.py",
        lacks=("down_blocks.3.motion_modules.0.temporal_transformer.norm.weight",),
    ),
    Mark(
        FileKind.MOTION,
        ("sd1",),
        {"down_blocks.0.motion_modules.0.temporal_transformer.norm.weight": ANY},
        "guoyww/AnimateDiff: animatediff/models/motion_module.py",
    ),
)

CONTROL_VARIANTS: tuple[VariantMark, ...] = (
    VariantMark(
        ("sd1", "sdxl", "kolors"), {"image_proj.latents": ANY}, "Plus", _IP, kinds=(FileKind.IP_ADAPTER,)
    ),
    VariantMark(
        ("sd1", "sdxl"),
        {"image_proj.proj.0.weight": (None, 512)},
        "FaceID",
        "tencent-ailab/IP-Adapter: ip_adapter/ip_adapter_faceid.py",
        kinds=(FileKind.IP_ADAPTER,),
    ),
    VariantMark(
        ("sd1", "sdxl"),
        {"image_proj.latents": ANY, "image_proj.proj_in.weight": (None, 512)},
        "InstantID",
        "instantX-research/InstantID: ip_adapter/resampler.py",
        kinds=(FileKind.IP_ADAPTER,),
    ),
    VariantMark(
        ("sd1", "sd2", "sd"),
        {"controlnet_cond_embedding.conv_in.weight": (None, 1)},
        "one channel",
        _CONTROL,
        kinds=(FileKind.CONTROLNET,),
    ),
)
