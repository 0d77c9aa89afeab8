import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import completion_pb2 as _completion_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AttemptState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTEMPT_STATE_UNSPECIFIED: _ClassVar[AttemptState]
    ATTEMPT_STATE_SUCCEEDED: _ClassVar[AttemptState]
    ATTEMPT_STATE_FAILED: _ClassVar[AttemptState]
    ATTEMPT_STATE_CANCELLED: _ClassVar[AttemptState]
    ATTEMPT_STATE_REFUSED: _ClassVar[AttemptState]

class AttemptErrorKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTEMPT_ERROR_KIND_UNSPECIFIED: _ClassVar[AttemptErrorKind]
    ATTEMPT_ERROR_KIND_NOT_SENT: _ClassVar[AttemptErrorKind]
    ATTEMPT_ERROR_KIND_MAYBE_BILLED: _ClassVar[AttemptErrorKind]
    ATTEMPT_ERROR_KIND_REFUSED: _ClassVar[AttemptErrorKind]
    ATTEMPT_ERROR_KIND_CALLER_FAULT: _ClassVar[AttemptErrorKind]

class AttemptErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTEMPT_ERROR_REASON_UNSPECIFIED: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_CONNECTION: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_TIMEOUT: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_RATE_LIMITED: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_UNAVAILABLE: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_SERVER_ERROR: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_BAD_RESPONSE: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_INTERRUPTED: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_UNAUTHENTICATED: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_INVALID_REQUEST: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_CONTENT_REFUSED: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_CANCELLED: _ClassVar[AttemptErrorReason]
    ATTEMPT_ERROR_REASON_NOT_ADMITTED: _ClassVar[AttemptErrorReason]
ATTEMPT_STATE_UNSPECIFIED: AttemptState
ATTEMPT_STATE_SUCCEEDED: AttemptState
ATTEMPT_STATE_FAILED: AttemptState
ATTEMPT_STATE_CANCELLED: AttemptState
ATTEMPT_STATE_REFUSED: AttemptState
ATTEMPT_ERROR_KIND_UNSPECIFIED: AttemptErrorKind
ATTEMPT_ERROR_KIND_NOT_SENT: AttemptErrorKind
ATTEMPT_ERROR_KIND_MAYBE_BILLED: AttemptErrorKind
ATTEMPT_ERROR_KIND_REFUSED: AttemptErrorKind
ATTEMPT_ERROR_KIND_CALLER_FAULT: AttemptErrorKind
ATTEMPT_ERROR_REASON_UNSPECIFIED: AttemptErrorReason
ATTEMPT_ERROR_REASON_CONNECTION: AttemptErrorReason
ATTEMPT_ERROR_REASON_TIMEOUT: AttemptErrorReason
ATTEMPT_ERROR_REASON_RATE_LIMITED: AttemptErrorReason
ATTEMPT_ERROR_REASON_UNAVAILABLE: AttemptErrorReason
ATTEMPT_ERROR_REASON_SERVER_ERROR: AttemptErrorReason
ATTEMPT_ERROR_REASON_BAD_RESPONSE: AttemptErrorReason
ATTEMPT_ERROR_REASON_INTERRUPTED: AttemptErrorReason
ATTEMPT_ERROR_REASON_UNAUTHENTICATED: AttemptErrorReason
ATTEMPT_ERROR_REASON_INVALID_REQUEST: AttemptErrorReason
ATTEMPT_ERROR_REASON_CONTENT_REFUSED: AttemptErrorReason
ATTEMPT_ERROR_REASON_CANCELLED: AttemptErrorReason
ATTEMPT_ERROR_REASON_NOT_ADMITTED: AttemptErrorReason

class Attempt(_message.Message):
    __slots__ = ("index", "target_id", "start_time", "state", "error", "usage", "cost_micros", "latency", "time_to_first_token", "provider_request_id", "response_model", "hedge", "shadow", "provider")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_FIRST_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_MODEL_FIELD_NUMBER: _ClassVar[int]
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    index: int
    target_id: str
    start_time: _timestamp_pb2.Timestamp
    state: AttemptState
    error: AttemptError
    usage: _completion_pb2.Usage
    cost_micros: int
    latency: _duration_pb2.Duration
    time_to_first_token: _duration_pb2.Duration
    provider_request_id: str
    response_model: str
    hedge: bool
    shadow: bool
    provider: str
    def __init__(self, index: _Optional[int] = ..., target_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[AttemptState, str]] = ..., error: _Optional[_Union[AttemptError, _Mapping]] = ..., usage: _Optional[_Union[_completion_pb2.Usage, _Mapping]] = ..., cost_micros: _Optional[int] = ..., latency: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., time_to_first_token: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., provider_request_id: _Optional[str] = ..., response_model: _Optional[str] = ..., hedge: _Optional[bool] = ..., shadow: _Optional[bool] = ..., provider: _Optional[str] = ...) -> None: ...

class AttemptError(_message.Message):
    __slots__ = ("kind", "reason", "message", "http_status", "retry_after")
    KIND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HTTP_STATUS_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    kind: AttemptErrorKind
    reason: AttemptErrorReason
    message: str
    http_status: int
    retry_after: _duration_pb2.Duration
    def __init__(self, kind: _Optional[_Union[AttemptErrorKind, str]] = ..., reason: _Optional[_Union[AttemptErrorReason, str]] = ..., message: _Optional[str] = ..., http_status: _Optional[int] = ..., retry_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
