from .clip_spec import ClipSpec, Unreadable
from .engines import ENGINES, Engine, ExecutorEngine, open_engine
from .job import Conversion, Job
from .ledger import Ledger, LedgerReader, merge, verify
from .manifest import rows
from .output_store import Bucket, Folder, OutputStore, open_place
from .planning import Skipped
from .result import Failure, Key, Result
from .runner import Batch
from .synthesis import SpokenLine, SpokenText, speak_texts
from .tables import nemo_rows, result_rows, supervision_rows, write_jsonl, write_parquet

__all__ = [
    "ENGINES",
    "Batch",
    "Bucket",
    "ClipSpec",
    "Conversion",
    "Engine",
    "ExecutorEngine",
    "Failure",
    "Folder",
    "Job",
    "Key",
    "Ledger",
    "LedgerReader",
    "OutputStore",
    "Result",
    "Skipped",
    "SpokenLine",
    "SpokenText",
    "Unreadable",
    "merge",
    "nemo_rows",
    "open_engine",
    "open_place",
    "result_rows",
    "rows",
    "speak_texts",
    "supervision_rows",
    "verify",
    "write_jsonl",
    "write_parquet",
]
