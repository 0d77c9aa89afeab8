from pointsman.v1 import route_input_pb2 as _route_input_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Scorecard(_message.Message):
    __slots__ = ("revision", "curves", "latencies", "outputs", "prompt_correction")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CURVES_FIELD_NUMBER: _ClassVar[int]
    LATENCIES_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    PROMPT_CORRECTION_FIELD_NUMBER: _ClassVar[int]
    revision: str
    curves: _containers.RepeatedCompositeFieldContainer[SuccessCurve]
    latencies: _containers.RepeatedCompositeFieldContainer[LatencyProfile]
    outputs: _containers.RepeatedCompositeFieldContainer[OutputPrediction]
    prompt_correction: PromptCorrection
    def __init__(self, revision: _Optional[str] = ..., curves: _Optional[_Iterable[_Union[SuccessCurve, _Mapping]]] = ..., latencies: _Optional[_Iterable[_Union[LatencyProfile, _Mapping]]] = ..., outputs: _Optional[_Iterable[_Union[OutputPrediction, _Mapping]]] = ..., prompt_correction: _Optional[_Union[PromptCorrection, _Mapping]] = ...) -> None: ...

class PromptCorrection(_message.Message):
    __slots__ = ("features", "means", "scales", "targets")
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    MEANS_FIELD_NUMBER: _ClassVar[int]
    SCALES_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    features: str
    means: _containers.RepeatedScalarFieldContainer[float]
    scales: _containers.RepeatedScalarFieldContainer[float]
    targets: _containers.RepeatedCompositeFieldContainer[TargetCorrection]
    def __init__(self, features: _Optional[str] = ..., means: _Optional[_Iterable[float]] = ..., scales: _Optional[_Iterable[float]] = ..., targets: _Optional[_Iterable[_Union[TargetCorrection, _Mapping]]] = ...) -> None: ...

class TargetCorrection(_message.Message):
    __slots__ = ("target_id", "outcome_count", "number_weights", "word_weights", "word_scale")
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_COUNT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    WORD_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    WORD_SCALE_FIELD_NUMBER: _ClassVar[int]
    target_id: str
    outcome_count: int
    number_weights: _containers.RepeatedScalarFieldContainer[float]
    word_weights: bytes
    word_scale: float
    def __init__(self, target_id: _Optional[str] = ..., outcome_count: _Optional[int] = ..., number_weights: _Optional[_Iterable[float]] = ..., word_weights: _Optional[bytes] = ..., word_scale: _Optional[float] = ...) -> None: ...

class SuccessCurve(_message.Message):
    __slots__ = ("target_id", "task", "intercept", "slope", "effective_sample_count", "standard_error")
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    INTERCEPT_FIELD_NUMBER: _ClassVar[int]
    SLOPE_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    STANDARD_ERROR_FIELD_NUMBER: _ClassVar[int]
    target_id: str
    task: _route_input_pb2.Task
    intercept: float
    slope: float
    effective_sample_count: float
    standard_error: float
    def __init__(self, target_id: _Optional[str] = ..., task: _Optional[_Union[_route_input_pb2.Task, str]] = ..., intercept: _Optional[float] = ..., slope: _Optional[float] = ..., effective_sample_count: _Optional[float] = ..., standard_error: _Optional[float] = ...) -> None: ...

class LatencyProfile(_message.Message):
    __slots__ = ("target_id", "time_to_first_token_p50", "time_to_first_token_p95", "seconds_per_token", "sample_count")
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_FIRST_TOKEN_P50_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_FIRST_TOKEN_P95_FIELD_NUMBER: _ClassVar[int]
    SECONDS_PER_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    target_id: str
    time_to_first_token_p50: float
    time_to_first_token_p95: float
    seconds_per_token: float
    sample_count: int
    def __init__(self, target_id: _Optional[str] = ..., time_to_first_token_p50: _Optional[float] = ..., time_to_first_token_p95: _Optional[float] = ..., seconds_per_token: _Optional[float] = ..., sample_count: _Optional[int] = ...) -> None: ...

class OutputPrediction(_message.Message):
    __slots__ = ("task", "tokens", "sample_count")
    TASK_FIELD_NUMBER: _ClassVar[int]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    task: _route_input_pb2.Task
    tokens: float
    sample_count: int
    def __init__(self, task: _Optional[_Union[_route_input_pb2.Task, str]] = ..., tokens: _Optional[float] = ..., sample_count: _Optional[int] = ...) -> None: ...
