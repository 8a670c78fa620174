from . import azure, blender, keyframes, livelink, moho, oculus, papagayo, polly, rhubarb, talkinghead, vrm

__all__ = [
    "azure",
    "blender",
    "keyframes",
    "livelink",
    "moho",
    "oculus",
    "papagayo",
    "polly",
    "rhubarb",
    "talkinghead",
    "vrm",
]
