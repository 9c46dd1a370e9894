# Generated from contract/worker.ts by `npm run contract`. Do not edit.

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from typing import Annotated, Literal
from typing_extensions import TypeAliasType


class WorkerProtocol(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )


Cache = TypeAliasType("Cache", Annotated[str, Field(min_length=1)])


Poster = TypeAliasType("Poster", Annotated[str, Field(min_length=1)])


Family = TypeAliasType("Family", Literal["cogvideox"])


Task = TypeAliasType("Task", Literal["text-to-video", "image-to-video"])


Image = TypeAliasType("Image", Annotated[str, Field(min_length=1)])


Scheduler = TypeAliasType("Scheduler", Literal["ddim", "dpm"])


ReserveFraction = TypeAliasType(
    "ReserveFraction", Annotated[float, Field(gt=0.0, le=1.0)]
)


DeviceKind = TypeAliasType("DeviceKind", Literal["cpu", "cuda"])


Precision = TypeAliasType("Precision", Literal["float32", "bfloat16", "float16"])


class Resident(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["resident"] = "resident"


class ModelOffload(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["model-offload"] = "model-offload"


class GroupOffload(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["group-offload"] = "group-offload"
    level: Literal["block", "leaf"]
    stream: bool
    record_stream: Annotated[bool, Field(alias="recordStream")]
    pinned_bytes: Annotated[int, Field(alias="pinnedBytes", ge=0)]


class Sequential(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["sequential"] = "sequential"


StoredAs = TypeAliasType(
    "StoredAs", Literal["same", "int8", "int8-products", "fp8-products"]
)


Attention = TypeAliasType("Attention", Literal["sdpa", "cudnn", "sage"])


Steps = TypeAliasType("Steps", Literal["all", "cached"])


SlabRows = TypeAliasType("SlabRows", Annotated[int, Field(ge=1)])


class SlabPlan(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    slab_rows: Annotated[SlabRows | None, Field(alias="slabRows")]
    resident_bytes: Annotated[int, Field(alias="residentBytes", ge=0)]


PhaseSecondsAdditionalProperty = TypeAliasType(
    "PhaseSecondsAdditionalProperty", Annotated[float, Field(ge=0.0)]
)


CompileSeconds = TypeAliasType("CompileSeconds", Annotated[float, Field(ge=0.0)])


Phase = TypeAliasType(
    "Phase", Literal["loading", "encoding", "denoising", "decoding", "finishing"]
)


AllocatedBytes = TypeAliasType("AllocatedBytes", Annotated[int, Field(ge=0)])


ReservedBytes = TypeAliasType("ReservedBytes", Annotated[int, Field(ge=0)])


class PhasePeak(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    allocated_bytes: Annotated[AllocatedBytes | None, Field(alias="allocatedBytes")]
    reserved_bytes: Annotated[ReservedBytes | None, Field(alias="reservedBytes")]
    host_bytes: Annotated[int, Field(alias="hostBytes", ge=0)]


class KeptNothing(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["nothing"] = "nothing"


class KeptEmbeddings(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["embeddings"] = "embeddings"


class KeptCheckpoint(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["checkpoint"] = "checkpoint"
    step: Annotated[int, Field(ge=1)]


class KeptLatents(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["latents"] = "latents"


Step = TypeAliasType("Step", Annotated[int, Field(ge=1)])


RequestedBytes = TypeAliasType("RequestedBytes", Annotated[int, Field(ge=0)])


FreeBytes = TypeAliasType("FreeBytes", Annotated[int, Field(ge=0)])


AllowedBytes = TypeAliasType("AllowedBytes", Annotated[int, Field(ge=0)])


Bytes = TypeAliasType("Bytes", Annotated[int, Field(ge=0)])


class Holder(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    name: str
    bytes: Bytes | None


class HostMemoryFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["host-memory"] = "host-memory"
    phase: Phase | None
    step: Step | None = None
    detail: str


class SpillFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["spill"] = "spill"
    phase: Phase | None
    step: Step | None = None
    detail: str
    step_seconds: Annotated[float, Field(alias="stepSeconds", ge=0.0)]
    expected_seconds: Annotated[float, Field(alias="expectedSeconds", ge=0.0)]


class BadWeightsFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["bad-weights"] = "bad-weights"
    phase: Phase | None
    step: Step | None = None
    detail: str
    file: str
    problem: Literal[
        "missing", "truncated", "damaged", "wrong-shape", "pickle", "unreadable"
    ]


class BadInputFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["bad-input"] = "bad-input"
    phase: Phase | None
    step: Step | None = None
    detail: str
    problem: Literal[
        "image-missing",
        "image-unreadable",
        "image-truncated",
        "image-too-large",
        "settings",
        "memory-limit",
    ]


class BadFramesFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["bad-frames"] = "bad-frames"
    phase: Phase | None
    step: Step | None = None
    detail: str
    problem: Literal["nan", "black", "seams", "flicker"]


class DiskFullFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["disk-full"] = "disk-full"
    phase: Phase | None
    step: Step | None = None
    detail: str
    path: str


class NotWritableFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["not-writable"] = "not-writable"
    phase: Phase | None
    step: Step | None = None
    detail: str
    path: str
    exists: bool


class DriverLostFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["driver-lost"] = "driver-lost"
    phase: Phase | None
    step: Step | None = None
    detail: str


class EnvironmentFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["environment"] = "environment"
    phase: Phase | None
    step: Step | None = None
    detail: str


class KilledFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["killed"] = "killed"
    phase: Phase | None
    step: Step | None = None
    detail: str
    signal: str | None


class HangFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["hang"] = "hang"
    phase: Phase | None
    step: Step | None = None
    detail: str
    seconds: float


class InternalFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["internal"] = "internal"
    phase: Phase | None
    step: Step | None = None
    detail: str


class StepProgress(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    type: Literal["step"] = "step"
    job_id: Annotated[str, Field(alias="jobId")]
    phase: Literal["denoising", "decoding"]
    step: Annotated[int, Field(ge=1)]
    of: Annotated[int, Field(ge=1)]
    seconds: float
    cached: bool | None = None


class PromptCutProgress(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    type: Literal["prompt-cut"] = "prompt-cut"
    job_id: Annotated[str, Field(alias="jobId")]
    field: Literal["prompt", "negativePrompt"]
    limit: int
    cut: str


class PreviewProgress(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    type: Literal["preview"] = "preview"
    job_id: Annotated[str, Field(alias="jobId")]
    phase: Literal["denoising", "decoding"]
    step: Annotated[int, Field(ge=1)]
    of: Annotated[int, Field(ge=1)]
    before: Annotated[int, Field(ge=0)]
    frames: Annotated[int, Field(ge=1, le=481)]
    width: Annotated[int, Field(ge=1, le=512)]
    height: Annotated[int, Field(ge=1, le=512)]
    rgb: Annotated[str, Field(max_length=16000000)]


class Ready(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    protocol: int
    pid: int
    python: str
    torch: str
    diffusers: str
    import_seconds: Annotated[float, Field(alias="importSeconds")]


HostBytes = TypeAliasType("HostBytes", Annotated[int, Field(ge=0)])


class Heartbeat(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    beat: Annotated[int, Field(ge=0)]
    reserved_bytes: Annotated[ReservedBytes | None, Field(alias="reservedBytes")]
    host_bytes: Annotated[HostBytes | None, Field(alias="hostBytes")] = None


class Device(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: DeviceKind
    name: str
    capability: str | None
    total_bytes: Annotated[int, Field(alias="totalBytes", ge=0)]
    free_bytes: Annotated[int, Field(alias="freeBytes", ge=0)]


class OperationWorked(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["worked"] = "worked"
    device: DeviceKind
    seconds: float


class OperationFailed(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["failed"] = "failed"
    device: DeviceKind
    detail: str


CudnnAttention = TypeAliasType("CudnnAttention", Annotated[float, Field(ge=0.0)])


SageAttention = TypeAliasType("SageAttention", Annotated[float, Field(ge=0.0)])


class ProductShare(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    whole: Annotated[float, Field(ge=0.0)]
    bare: Annotated[float, Field(ge=0.0)]


ExportQuality = TypeAliasType("ExportQuality", Literal["high", "middle", "small"])


class WebmFormat(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["webm"] = "webm"
    quality: ExportQuality


Width = TypeAliasType("Width", Annotated[int, Field(ge=16, le=4096)])


ExportDither = TypeAliasType(
    "ExportDither", Literal["error-diffusion", "ordered", "none"]
)


class FramesFormat(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["frames"] = "frames"
    zip: bool


class ExportDone(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["done"] = "done"
    bytes: Annotated[int, Field(ge=0)]
    frames: Annotated[int, Field(ge=1)]
    codec: str


ExportProblem = TypeAliasType(
    "ExportProblem", Literal["unreadable", "exists", "full", "not-writable", "internal"]
)


class ExportCancelled(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["cancelled"] = "cancelled"


class Exported(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    id: int
    done: Annotated[int, Field(ge=0)]
    of: Annotated[int, Field(ge=0)]


class StillOrder(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    source: Annotated[str, Field(min_length=1)]
    out: Annotated[str, Field(min_length=1)]
    which: Literal["poster", "last"]


class DescribeOrder(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    source: Annotated[str, Field(min_length=1)]


class DescribedVideo(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["video"] = "video"
    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]
    frames: Annotated[int, Field(ge=1)]
    fps: Annotated[float, Field(gt=0.0)]
    codec: str


class DescribedNothing(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["unreadable"] = "unreadable"
    detail: str


class ModelFolder(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    folder: Annotated[str, Field(min_length=1)]
    family: Family
    task: Task


class RenderSettings(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    prompt: Annotated[str, Field(max_length=4000, min_length=1)]
    negative_prompt: Annotated[str, Field(alias="negativePrompt", max_length=4000)]
    image: Image | None
    width: Annotated[int, Field(ge=16, le=2048)]
    height: Annotated[int, Field(ge=16, le=2048)]
    frames: Annotated[int, Field(ge=1, le=481)]
    fps: Annotated[int, Field(ge=1, le=120)]
    steps: Annotated[int, Field(ge=1, le=500)]
    guidance: Annotated[float, Field(ge=0.0, le=50.0)]
    scheduler: Scheduler
    seed: Annotated[int, Field(ge=0, le=4294967295)]


Placement = TypeAliasType(
    "Placement", Resident | ModelOffload | GroupOffload | Sequential
)


class Storage(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    transformer: StoredAs


Kept = TypeAliasType(
    "Kept", KeptNothing | KeptEmbeddings | KeptCheckpoint | KeptLatents
)


class DeviceMemoryFailure(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    cause: Literal["device-memory"] = "device-memory"
    phase: Phase | None
    step: Step | None = None
    detail: str
    requested_bytes: Annotated[RequestedBytes | None, Field(alias="requestedBytes")]
    allocated_bytes: Annotated[AllocatedBytes | None, Field(alias="allocatedBytes")]
    reserved_bytes: Annotated[ReservedBytes | None, Field(alias="reservedBytes")]
    free_bytes: Annotated[FreeBytes | None, Field(alias="freeBytes")]
    allowed_bytes: Annotated[AllowedBytes | None, Field(alias="allowedBytes")] = None
    others: list[Holder] | None = None


class RenderCancelled(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["cancelled"] = "cancelled"
    phase: Phase
    kept: Kept


class PhaseProgress(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    type: Literal["phase"] = "phase"
    job_id: Annotated[str, Field(alias="jobId")]
    phase: Phase
    kept: Kept


class SavedProgress(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    type: Literal["saved"] = "saved"
    job_id: Annotated[str, Field(alias="jobId")]
    kept: Kept


Operation = TypeAliasType("Operation", OperationWorked | OperationFailed)


class ProductShares(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    int8: ProductShare | None
    fp8: ProductShare | None


class Mp4Format(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["mp4"] = "mp4"
    quality: ExportQuality


class GifFormat(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["gif"] = "gif"
    dither: ExportDither
    width: Width | None


class ExportFailed(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["failed"] = "failed"
    problem: ExportProblem
    detail: str


Described = TypeAliasType("Described", DescribedVideo | DescribedNothing)


class Placements(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    text_encoder: Annotated[Placement, Field(alias="textEncoder")]
    transformer: Placement
    vae: Placement


class RenderDone(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["done"] = "done"
    file: str
    bytes: Annotated[int, Field(ge=1)]
    width: int
    height: int
    frames: int
    fps: int
    seed: int
    seconds: float
    phase_seconds: Annotated[
        dict[Phase, PhaseSecondsAdditionalProperty], Field(alias="phaseSeconds")
    ]
    phase_peaks: Annotated[dict[Phase, PhasePeak], Field(alias="phasePeaks")]
    compile_seconds: Annotated[CompileSeconds | None, Field(alias="compileSeconds")] = (
        None
    )
    kept: Kept
    replanned: bool


Failure = TypeAliasType(
    "Failure",
    DeviceMemoryFailure
    | HostMemoryFailure
    | SpillFailure
    | BadWeightsFailure
    | BadInputFailure
    | BadFramesFailure
    | DiskFullFailure
    | NotWritableFailure
    | DriverLostFailure
    | EnvironmentFailure
    | KilledFailure
    | HangFailure
    | InternalFailure,
)


Progress = TypeAliasType(
    "Progress",
    PhaseProgress | StepProgress | SavedProgress | PromptCutProgress | PreviewProgress,
)


class Abilities(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kernels: bool
    compiler: bool
    cudnn_attention: Annotated[CudnnAttention | None, Field(alias="cudnnAttention")]
    sage_attention: Annotated[SageAttention | None, Field(alias="sageAttention")]
    eight_bit_products: Annotated[ProductShares, Field(alias="eightBitProducts")]


ExportFormat = TypeAliasType(
    "ExportFormat", Mp4Format | WebmFormat | GifFormat | FramesFormat
)


ExportOutcome = TypeAliasType(
    "ExportOutcome", ExportDone | ExportFailed | ExportCancelled
)


class Plan(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    device: DeviceKind
    precision: Precision
    checkpoint_every_steps: Annotated[int, Field(alias="checkpointEverySteps", ge=1)]
    placements: Placements
    storage: Storage
    guidance: Literal["batched", "sequential"]
    attention: Attention
    compile: bool
    steps: Steps
    decode: SlabPlan
    encode: SlabPlan
    pinned_bytes: Annotated[int, Field(alias="pinnedBytes", ge=0)]
    reserve_fraction: Annotated[ReserveFraction | None, Field(alias="reserveFraction")]


class RenderFailed(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    kind: Literal["failed"] = "failed"
    failure: Failure


class Probe(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    python: str
    torch: str
    diffusers: str
    av: str
    devices: list[Device]
    operation: Operation
    abilities: Abilities | None = None
    host_bytes: Annotated[HostBytes | None, Field(alias="hostBytes")] = None


class ExportOrder(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    source: Annotated[str, Field(min_length=1)]
    out: Annotated[str, Field(min_length=1)]
    format: ExportFormat
    comment: str | None


class RenderOrder(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
    )
    job_id: Annotated[str, Field(alias="jobId", min_length=1)]
    folder: Annotated[str, Field(min_length=1)]
    cache: Cache | None
    model: ModelFolder
    settings: RenderSettings
    plan: Plan
    out: Annotated[str, Field(min_length=1)]
    overwrite: bool
    metadata: str
    poster: Poster | None
    accept_frames: Annotated[bool, Field(alias="acceptFrames")]
    preview: bool


RenderOutcome = TypeAliasType(
    "RenderOutcome", RenderDone | RenderFailed | RenderCancelled
)
