from . import azure, keyframes, livelink, moho, oculus, papagayo, polly, rhubarb, talkinghead, vrm

__all__ = [
    "azure",
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
