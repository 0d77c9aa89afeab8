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

class CompletionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPLETION_STATE_UNSPECIFIED: _ClassVar[CompletionState]
    COMPLETION_STATE_COMPLETED: _ClassVar[CompletionState]
    COMPLETION_STATE_TRUNCATED: _ClassVar[CompletionState]
    COMPLETION_STATE_REFUSED: _ClassVar[CompletionState]
    COMPLETION_STATE_CANCELLED: _ClassVar[CompletionState]
    COMPLETION_STATE_FAILED: _ClassVar[CompletionState]
    COMPLETION_STATE_INTERRUPTED: _ClassVar[CompletionState]
    COMPLETION_STATE_IN_PROGRESS: _ClassVar[CompletionState]

class FinishReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FINISH_REASON_UNSPECIFIED: _ClassVar[FinishReason]
    FINISH_REASON_STOP: _ClassVar[FinishReason]
    FINISH_REASON_LENGTH: _ClassVar[FinishReason]
    FINISH_REASON_TOOL_CALLS: _ClassVar[FinishReason]
    FINISH_REASON_CONTENT_FILTER: _ClassVar[FinishReason]
    FINISH_REASON_INTERRUPTED: _ClassVar[FinishReason]
COMPLETION_STATE_UNSPECIFIED: CompletionState
COMPLETION_STATE_COMPLETED: CompletionState
COMPLETION_STATE_TRUNCATED: CompletionState
COMPLETION_STATE_REFUSED: CompletionState
COMPLETION_STATE_CANCELLED: CompletionState
COMPLETION_STATE_FAILED: CompletionState
COMPLETION_STATE_INTERRUPTED: CompletionState
COMPLETION_STATE_IN_PROGRESS: CompletionState
FINISH_REASON_UNSPECIFIED: FinishReason
FINISH_REASON_STOP: FinishReason
FINISH_REASON_LENGTH: FinishReason
FINISH_REASON_TOOL_CALLS: FinishReason
FINISH_REASON_CONTENT_FILTER: FinishReason
FINISH_REASON_INTERRUPTED: FinishReason

class Completion(_message.Message):
    __slots__ = ("state", "parts", "finish_reason", "target_id", "usage", "cost_micros", "latency", "time_to_first_token", "message", "rule_id", "cache_hit", "error_reason", "attempt_count")
    STATE_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_FIRST_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    CACHE_HIT_FIELD_NUMBER: _ClassVar[int]
    ERROR_REASON_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_COUNT_FIELD_NUMBER: _ClassVar[int]
    state: CompletionState
    parts: _containers.RepeatedCompositeFieldContainer[_route_input_pb2.Part]
    finish_reason: FinishReason
    target_id: str
    usage: Usage
    cost_micros: int
    latency: _duration_pb2.Duration
    time_to_first_token: _duration_pb2.Duration
    message: str
    rule_id: str
    cache_hit: CacheHit
    error_reason: str
    attempt_count: int
    def __init__(self, state: _Optional[_Union[CompletionState, str]] = ..., parts: _Optional[_Iterable[_Union[_route_input_pb2.Part, _Mapping]]] = ..., finish_reason: _Optional[_Union[FinishReason, str]] = ..., target_id: _Optional[str] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., cost_micros: _Optional[int] = ..., latency: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., time_to_first_token: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., message: _Optional[str] = ..., rule_id: _Optional[str] = ..., cache_hit: _Optional[_Union[CacheHit, _Mapping]] = ..., error_reason: _Optional[str] = ..., attempt_count: _Optional[int] = ...) -> None: ...

class CacheHit(_message.Message):
    __slots__ = ("decision_id", "saved_micros")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    SAVED_MICROS_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    saved_micros: int
    def __init__(self, decision_id: _Optional[str] = ..., saved_micros: _Optional[int] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens", "cache_write_tokens", "estimated")
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    CACHED_INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    REASONING_TOKENS_FIELD_NUMBER: _ClassVar[int]
    CACHE_WRITE_TOKENS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_FIELD_NUMBER: _ClassVar[int]
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cache_write_tokens: int
    estimated: bool
    def __init__(self, input_tokens: _Optional[int] = ..., cached_input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., reasoning_tokens: _Optional[int] = ..., cache_write_tokens: _Optional[int] = ..., estimated: _Optional[bool] = ...) -> None: ...
