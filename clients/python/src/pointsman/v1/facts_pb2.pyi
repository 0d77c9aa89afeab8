from pointsman.v1 import route_input_pb2 as _route_input_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Modality(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODALITY_UNSPECIFIED: _ClassVar[Modality]
    MODALITY_TEXT: _ClassVar[Modality]
    MODALITY_IMAGE: _ClassVar[Modality]
    MODALITY_AUDIO: _ClassVar[Modality]
    MODALITY_DOCUMENT: _ClassVar[Modality]
MODALITY_UNSPECIFIED: Modality
MODALITY_TEXT: Modality
MODALITY_IMAGE: Modality
MODALITY_AUDIO: Modality
MODALITY_DOCUMENT: Modality

class Facts(_message.Message):
    __slots__ = ("caller", "task", "task_confidence", "difficulty", "difficulty_confidence", "language", "input_tokens", "predicted_output_tokens", "max_output_tokens", "turn_count", "modalities", "tool_count", "json_output", "sensitivity", "risk", "labels", "hints", "budget", "unavailable_target_ids", "warm_prefix", "draw", "streaming", "conversation_id", "tool_required", "success_adjustments")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class SuccessAdjustmentsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    CALLER_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    TASK_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    DIFFICULTY_FIELD_NUMBER: _ClassVar[int]
    DIFFICULTY_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    MAX_OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    TURN_COUNT_FIELD_NUMBER: _ClassVar[int]
    MODALITIES_FIELD_NUMBER: _ClassVar[int]
    TOOL_COUNT_FIELD_NUMBER: _ClassVar[int]
    JSON_OUTPUT_FIELD_NUMBER: _ClassVar[int]
    SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    HINTS_FIELD_NUMBER: _ClassVar[int]
    BUDGET_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_TARGET_IDS_FIELD_NUMBER: _ClassVar[int]
    WARM_PREFIX_FIELD_NUMBER: _ClassVar[int]
    DRAW_FIELD_NUMBER: _ClassVar[int]
    STREAMING_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_ADJUSTMENTS_FIELD_NUMBER: _ClassVar[int]
    caller: Caller
    task: _route_input_pb2.Task
    task_confidence: float
    difficulty: float
    difficulty_confidence: float
    language: str
    input_tokens: int
    predicted_output_tokens: int
    max_output_tokens: int
    turn_count: int
    modalities: _containers.RepeatedScalarFieldContainer[Modality]
    tool_count: int
    json_output: bool
    sensitivity: Sensitivity
    risk: Risk
    labels: _containers.ScalarMap[str, str]
    hints: _route_input_pb2.Hints
    budget: Budget
    unavailable_target_ids: _containers.RepeatedScalarFieldContainer[str]
    warm_prefix: WarmPrefix
    draw: float
    streaming: bool
    conversation_id: str
    tool_required: bool
    success_adjustments: _containers.ScalarMap[str, float]
    def __init__(self, caller: _Optional[_Union[Caller, _Mapping]] = ..., task: _Optional[_Union[_route_input_pb2.Task, str]] = ..., task_confidence: _Optional[float] = ..., difficulty: _Optional[float] = ..., difficulty_confidence: _Optional[float] = ..., language: _Optional[str] = ..., input_tokens: _Optional[int] = ..., predicted_output_tokens: _Optional[int] = ..., max_output_tokens: _Optional[int] = ..., turn_count: _Optional[int] = ..., modalities: _Optional[_Iterable[_Union[Modality, str]]] = ..., tool_count: _Optional[int] = ..., json_output: _Optional[bool] = ..., sensitivity: _Optional[_Union[Sensitivity, _Mapping]] = ..., risk: _Optional[_Union[Risk, _Mapping]] = ..., labels: _Optional[_Mapping[str, str]] = ..., hints: _Optional[_Union[_route_input_pb2.Hints, _Mapping]] = ..., budget: _Optional[_Union[Budget, _Mapping]] = ..., unavailable_target_ids: _Optional[_Iterable[str]] = ..., warm_prefix: _Optional[_Union[WarmPrefix, _Mapping]] = ..., draw: _Optional[float] = ..., streaming: _Optional[bool] = ..., conversation_id: _Optional[str] = ..., tool_required: _Optional[bool] = ..., success_adjustments: _Optional[_Mapping[str, float]] = ...) -> None: ...

class Caller(_message.Message):
    __slots__ = ("tenant", "app", "user", "roles", "key_id")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    APP_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    app: str
    user: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    key_id: str
    def __init__(self, tenant: _Optional[str] = ..., app: _Optional[str] = ..., user: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., key_id: _Optional[str] = ...) -> None: ...

class Sensitivity(_message.Message):
    __slots__ = ("pii_count", "secret_count", "kinds")
    class KindsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    PII_COUNT_FIELD_NUMBER: _ClassVar[int]
    SECRET_COUNT_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    pii_count: int
    secret_count: int
    kinds: _containers.ScalarMap[str, int]
    def __init__(self, pii_count: _Optional[int] = ..., secret_count: _Optional[int] = ..., kinds: _Optional[_Mapping[str, int]] = ...) -> None: ...

class Risk(_message.Message):
    __slots__ = ("harmful", "injection", "harmful_confidence", "injection_confidence")
    HARMFUL_FIELD_NUMBER: _ClassVar[int]
    INJECTION_FIELD_NUMBER: _ClassVar[int]
    HARMFUL_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    INJECTION_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    harmful: float
    injection: float
    harmful_confidence: float
    injection_confidence: float
    def __init__(self, harmful: _Optional[float] = ..., injection: _Optional[float] = ..., harmful_confidence: _Optional[float] = ..., injection_confidence: _Optional[float] = ...) -> None: ...

class Budget(_message.Message):
    __slots__ = ("remaining", "remaining_share")
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    REMAINING_SHARE_FIELD_NUMBER: _ClassVar[int]
    remaining: float
    remaining_share: float
    def __init__(self, remaining: _Optional[float] = ..., remaining_share: _Optional[float] = ...) -> None: ...

class WarmPrefix(_message.Message):
    __slots__ = ("target_id", "cached_tokens")
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    CACHED_TOKENS_FIELD_NUMBER: _ClassVar[int]
    target_id: str
    cached_tokens: int
    def __init__(self, target_id: _Optional[str] = ..., cached_tokens: _Optional[int] = ...) -> None: ...
