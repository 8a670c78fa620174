from .articulatory_targets import find_targets, join_targets
from .curves import Curves, make_curves
from .formats import azure, keyframes, livelink, moho, oculus, papagayo, polly, rhubarb, talkinghead, vrm
from .letters import read_letters
from .mouth_timing import MouthOptions, time_mouth
from .mouth_track import ArticulatoryTargets, MouthTrack
from .poses import Pose, pose_of
from .visemes import SETS, VisemeSet, shape_of, shapes_of, to_timeline

__all__ = [
    "SETS",
    "ArticulatoryTargets",
    "Curves",
    "MouthOptions",
    "MouthTrack",
    "Pose",
    "VisemeSet",
    "azure",
    "find_targets",
    "join_targets",
    "keyframes",
    "livelink",
    "make_curves",
    "moho",
    "oculus",
    "papagayo",
    "polly",
    "pose_of",
    "read_letters",
    "rhubarb",
    "shape_of",
    "shapes_of",
    "talkinghead",
    "time_mouth",
    "to_timeline",
    "vrm",
]
