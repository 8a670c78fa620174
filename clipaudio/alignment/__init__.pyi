from .aligner import align_text as align_text
from .callback import to_callback as to_callback
from .engines import ENGINES as ENGINES
from .engines import AlignmentEngine as AlignmentEngine
from .phone_estimation import estimate_phones as estimate_phones
