import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from pointsman.v1 import route_input_pb2 as _route_input_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Capability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAPABILITY_UNSPECIFIED: _ClassVar[Capability]
    CAPABILITY_TOOLS: _ClassVar[Capability]
    CAPABILITY_IMAGES: _ClassVar[Capability]
    CAPABILITY_AUDIO: _ClassVar[Capability]
    CAPABILITY_DOCUMENTS: _ClassVar[Capability]
    CAPABILITY_JSON_SCHEMA: _ClassVar[Capability]
    CAPABILITY_REASONING: _ClassVar[Capability]
    CAPABILITY_GUARDED: _ClassVar[Capability]

class BreakerState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BREAKER_STATE_UNSPECIFIED: _ClassVar[BreakerState]
    BREAKER_STATE_CLOSED: _ClassVar[BreakerState]
    BREAKER_STATE_OPEN: _ClassVar[BreakerState]
    BREAKER_STATE_HALF_OPEN: _ClassVar[BreakerState]
CAPABILITY_UNSPECIFIED: Capability
CAPABILITY_TOOLS: Capability
CAPABILITY_IMAGES: Capability
CAPABILITY_AUDIO: Capability
CAPABILITY_DOCUMENTS: Capability
CAPABILITY_JSON_SCHEMA: Capability
CAPABILITY_REASONING: Capability
CAPABILITY_GUARDED: Capability
BREAKER_STATE_UNSPECIFIED: BreakerState
BREAKER_STATE_CLOSED: BreakerState
BREAKER_STATE_OPEN: BreakerState
BREAKER_STATE_HALF_OPEN: BreakerState

class Target(_message.Message):
    __slots__ = ("id", "provider", "model", "price", "context_window", "max_output_tokens", "capabilities", "region", "tags", "no_retention", "prior")
    ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_WINDOW_FIELD_NUMBER: _ClassVar[int]
    MAX_OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    NO_RETENTION_FIELD_NUMBER: _ClassVar[int]
    PRIOR_FIELD_NUMBER: _ClassVar[int]
    id: str
    provider: str
    model: str
    price: Price
    context_window: int
    max_output_tokens: int
    capabilities: _containers.RepeatedScalarFieldContainer[Capability]
    region: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    no_retention: bool
    prior: TargetPrior
    def __init__(self, id: _Optional[str] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., price: _Optional[_Union[Price, _Mapping]] = ..., context_window: _Optional[int] = ..., max_output_tokens: _Optional[int] = ..., capabilities: _Optional[_Iterable[_Union[Capability, str]]] = ..., region: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., no_retention: _Optional[bool] = ..., prior: _Optional[_Union[TargetPrior, _Mapping]] = ...) -> None: ...

class Price(_message.Message):
    __slots__ = ("input", "cached_input", "output", "cache_write")
    INPUT_FIELD_NUMBER: _ClassVar[int]
    CACHED_INPUT_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    CACHE_WRITE_FIELD_NUMBER: _ClassVar[int]
    input: float
    cached_input: float
    output: float
    cache_write: float
    def __init__(self, input: _Optional[float] = ..., cached_input: _Optional[float] = ..., output: _Optional[float] = ..., cache_write: _Optional[float] = ...) -> None: ...

class TargetPrior(_message.Message):
    __slots__ = ("strength", "task_strengths", "time_to_first_token", "tokens_per_second")
    class TaskStrengthsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    TASK_STRENGTHS_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_FIRST_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOKENS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    strength: float
    task_strengths: _containers.ScalarMap[str, float]
    time_to_first_token: _duration_pb2.Duration
    tokens_per_second: float
    def __init__(self, strength: _Optional[float] = ..., task_strengths: _Optional[_Mapping[str, float]] = ..., time_to_first_token: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tokens_per_second: _Optional[float] = ...) -> None: ...

class TargetStatus(_message.Message):
    __slots__ = ("target", "breaker_state", "retry_after", "time_to_first_token_p50", "time_to_first_token_p95", "tokens_per_second", "latency_sample_count", "success_estimates", "in_flight_count", "concurrency_limit")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    BREAKER_STATE_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_FIRST_TOKEN_P50_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_FIRST_TOKEN_P95_FIELD_NUMBER: _ClassVar[int]
    TOKENS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    LATENCY_SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_ESTIMATES_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CONCURRENCY_LIMIT_FIELD_NUMBER: _ClassVar[int]
    target: Target
    breaker_state: BreakerState
    retry_after: _duration_pb2.Duration
    time_to_first_token_p50: _duration_pb2.Duration
    time_to_first_token_p95: _duration_pb2.Duration
    tokens_per_second: float
    latency_sample_count: int
    success_estimates: _containers.RepeatedCompositeFieldContainer[SuccessEstimate]
    in_flight_count: int
    concurrency_limit: int
    def __init__(self, target: _Optional[_Union[Target, _Mapping]] = ..., breaker_state: _Optional[_Union[BreakerState, str]] = ..., retry_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., time_to_first_token_p50: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., time_to_first_token_p95: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tokens_per_second: _Optional[float] = ..., latency_sample_count: _Optional[int] = ..., success_estimates: _Optional[_Iterable[_Union[SuccessEstimate, _Mapping]]] = ..., in_flight_count: _Optional[int] = ..., concurrency_limit: _Optional[int] = ...) -> None: ...

class SuccessEstimate(_message.Message):
    __slots__ = ("task", "success_probability", "effective_sample_count", "lower", "upper")
    TASK_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    task: _route_input_pb2.Task
    success_probability: float
    effective_sample_count: float
    lower: float
    upper: float
    def __init__(self, task: _Optional[_Union[_route_input_pb2.Task, str]] = ..., success_probability: _Optional[float] = ..., effective_sample_count: _Optional[float] = ..., lower: _Optional[float] = ..., upper: _Optional[float] = ...) -> None: ...
